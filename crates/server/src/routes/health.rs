//! `GET /recordings/health`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use wire::{MAX_SINGLE_PUT_BYTES, UploadCapabilities, WholeChecksum};

use crate::app::{App, Store};

#[derive(Debug, Serialize)]
pub(crate) struct Health {
    s3: Configured,
    uploads: UploadCapabilities,
}

#[derive(Debug, Serialize)]
struct Configured {
    configured: bool,
    message: String,
}

/// Whether there is a bucket, and what is offered beyond the base contract.
pub(crate) async fn health(State(app): State<Arc<App>>) -> Json<Health> {
    let s3 = match &app.store {
        Store::Ready(_) => Configured {
            configured: true,
            message: "S3 service configured successfully".to_owned(),
        },
        Store::NotConfigured(missing) => Configured {
            configured: false,
            message: missing.clone(),
        },
    };
    Json(Health {
        s3,
        uploads: UploadCapabilities {
            multipart: false,
            renew: true,
            tasks: true,
            checksum: Some(WholeChecksum::Sha256),
            min_part_size: None,
            max_parts: None,
            max_file_size: Some(MAX_SINGLE_PUT_BYTES),
        },
    })
}
