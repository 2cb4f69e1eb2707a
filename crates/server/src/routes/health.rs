//! `GET /recordings/health`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use wire::{MAX_PARTS, MIN_PART_BYTES, UploadCapabilities, WholeChecksum};

use crate::app::App;
use crate::recordings::requests::MAX_OBJECT_BYTES;

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
    let s3 = match app.store.bucket() {
        Ok(_) => Configured {
            configured: true,
            message: "S3 service configured successfully".to_owned(),
        },
        Err(missing) => Configured {
            configured: false,
            message: missing,
        },
    };
    Json(Health {
        s3,
        uploads: UploadCapabilities {
            multipart: true,
            renew: true,
            tasks: true,
            checksum: Some(WholeChecksum::Sha256),
            min_part_size: Some(MIN_PART_BYTES),
            max_parts: Some(MAX_PARTS),
            max_file_size: Some(MAX_OBJECT_BYTES),
        },
    })
}
