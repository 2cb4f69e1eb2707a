//! The decisions, seen from outside: a small world answers each effect with an event, good or bad, in virtual time.

mod answers;
mod arrived;
mod decisions;
mod growing;
mod in_parts;
mod live;
mod network;
mod properties;
mod store;
mod wishes;
mod world;

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use wire::{
    ByteSize, CompletedRecording, DownloadUrl, Initiated, Recording, RenewedTicket,
    UploadCapabilities, UploadStatus,
};

use self::world::{Mishap, World};
use super::*;
use crate::engine::{Destination, PartSizes, Policy, Speed, Tally, snapshot};
use crate::journal::{Account, Entry, Job, Reservation, Story, What};
use crate::source::Identity;
use crate::{JobId, Phase, ServerOrigin};

const SIZE_BYTES: u64 = 1_000_000;
const SHA256: &str = "00aa";

fn account() -> Account {
    Account {
        server: ServerOrigin::parse("https://recordings.example").unwrap(),
        user: "anna".into(),
    }
}

fn job() -> Job {
    Job {
        id: JobId::new(),
        path: "/recordings/demo.webm".into(),
        file_name: "demo.webm".to_owned(),
        identity: Identity {
            size_bytes: SIZE_BYTES,
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

fn start() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().unwrap()
}

/// Small parts, so that this recording has ten of them.
fn policy() -> Policy {
    Policy {
        part_sizes: PartSizes {
            least_bytes: 100_000,
            most_bytes: 100_000,
            unit_bytes: 1000,
        },
        ..Policy::default()
    }
}

fn in_parts() -> UploadCapabilities {
    UploadCapabilities {
        multipart: true,
        min_part_size: Some(100_000),
        checksum: Some(wire::WholeChecksum::Crc64Nvme),
        ..extensions(true)
    }
}

fn extensions(renew: bool) -> UploadCapabilities {
    UploadCapabilities {
        multipart: false,
        renew,
        tasks: true,
        checksum: None,
        min_part_size: None,
        max_parts: None,
        max_file_size: None,
    }
}

fn passing() -> Trouble {
    Trouble::Passing {
        retry_after: None,
        slow_down: false,
    }
}

fn failed(trouble: Trouble) -> Event {
    let diagnosis = Diagnosis::of(Code::StoreRefused);
    Event::Failed { trouble, diagnosis }
}

fn trouble(trouble: Trouble) -> Mishap {
    Mishap::Trouble(trouble)
}

fn is_done(stage: &Stage) -> bool {
    matches!(stage, Stage::Done(_))
}
