//! `GET /recordings/health`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use storage::PartChecksum;
use wire::{MAX_PARTS, MIN_PART_BYTES, UploadCapabilities, WholeChecksum};

use crate::app::App;
use crate::recordings::requests::MAX_OBJECT_BYTES;

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    s3: Configured,
    uploads: UploadCapabilities,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Configured {
    configured: bool,
    message: String,
}

fn configured(configured: bool, message: String) -> Configured {
    Configured {
        configured,
        message,
    }
}

/// Whether there is a bucket, and what is offered beyond the base contract.
#[utoipa::path(
    get, path = "/recordings/health", tag = "recordings",
    responses((status = 200, description = "Whether there is a bucket, and what is offered beyond the base contract", body = Health))
)]
pub(crate) async fn health(State(app): State<Arc<App>>) -> Json<Health> {
    let (s3, part_checksum) = match app.store.bucket() {
        Ok(bucket) => {
            let message = "S3 service configured successfully".to_owned();
            (configured(true, message), Some(bucket.part_checksum()))
        }
        Err(missing) => (configured(false, missing), None),
    };
    Json(Health {
        s3,
        uploads: UploadCapabilities {
            multipart: true,
            renew: true,
            tasks: true,
            checksum: part_checksum.map(|kind| match kind {
                PartChecksum::Sha256 => WholeChecksum::Sha256,
                PartChecksum::Crc64Nvme => WholeChecksum::Crc64Nvme,
            }),
            min_part_size: Some(MIN_PART_BYTES),
            max_parts: Some(MAX_PARTS),
            max_file_size: Some(MAX_OBJECT_BYTES),
        },
    })
}
