//! The engine on trial: the real `step` and the real `recall`, in a world that is small enough to be searched to its end
//! ([`model`]), and in one that is large and wild ([`simulation`]).
//!
//! Both have the same two sides. [`program`] is this side: what the loop around `step` does with effects, and what of it
//! survives a crash. [`cloud`] is the other: a backend and a store that keep the contract. Neither decides anything
//! about time, order or failure; that is their users' part.

mod calls;
mod cloud;
mod file;
mod laws;
mod model;
mod program;
mod simulation;

use jiff::Timestamp;
use wire::{UploadCapabilities, WholeChecksum};

use super::{PartSizes, Policy};
use crate::journal::{Account, Job};
use crate::source::Identity;
use crate::{JobId, ServerOrigin};

use self::file::BLOCK_BYTES;

fn start() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().unwrap()
}

fn account() -> Account {
    Account {
        server: ServerOrigin::parse("https://recordings.example").unwrap(),
        user: "anna".into(),
    }
}

/// An upload of a recording of so many bytes.
fn job(size_bytes: u64) -> Job {
    Job {
        id: JobId("trial".to_owned()),
        path: "/recordings/demo.webm".into(),
        file_name: "demo.webm".to_owned(),
        identity: Identity {
            size_bytes,
            modified_at: None,
            file_id: None,
            ends_sha256: String::new(),
        },
        duration_seconds: Some(10.4),
        content_type: "video/webm".to_owned(),
        task: "onboarding".parse().unwrap(),
        account: Some(account()),
        created_at: start(),
    }
}

/// Parts of one block, up to so many.
fn part_sizes(most_blocks: u64) -> PartSizes {
    PartSizes {
        least_bytes: BLOCK_BYTES,
        most_bytes: most_blocks * BLOCK_BYTES,
        unit_bytes: BLOCK_BYTES,
    }
}

fn policy(most_blocks: u64) -> Policy {
    Policy {
        part_sizes: part_sizes(most_blocks),
        ..Policy::default()
    }
}

/// What a backend of ours says that it understands.
fn extensions(multipart: bool) -> UploadCapabilities {
    UploadCapabilities {
        multipart,
        renew: true,
        tasks: true,
        checksum: multipart.then_some(WholeChecksum::Crc64Nvme),
        min_part_size: multipart.then_some(BLOCK_BYTES),
        max_parts: None,
        max_file_size: None,
    }
}
