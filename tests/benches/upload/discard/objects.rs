//! What is remembered of what was discarded.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Header names of checksums, with the value that a client stated for the bytes.
pub(super) type Checksums = Vec<(String, String)>;

/// Every object and every upload in parts, by path.
#[derive(Default)]
pub(super) struct Objects {
    received_bytes: AtomicU64,
    made: AtomicU64,
    complete: Mutex<HashMap<String, Object>>,
    uploads: Mutex<BTreeMap<String, Upload>>,
}

#[derive(Clone, Default)]
pub(super) struct Object {
    pub(super) size_bytes: u64,
    pub(super) etag: String,
    /// `x-amz-meta-*`, content type and checksums: what is told again as it was said.
    pub(super) described: Vec<(String, String)>,
}

#[derive(Clone)]
pub(super) struct Upload {
    pub(super) path: String,
    pub(super) described: Vec<(String, String)>,
    pub(super) parts: BTreeMap<u32, Part>,
}

#[derive(Clone)]
pub(super) struct Part {
    pub(super) size_bytes: u64,
    pub(super) etag: String,
    pub(super) checksums: Checksums,
}

impl Objects {
    /// Counts bytes of bodies, whatever became of them.
    pub(super) fn received(&self) -> &AtomicU64 {
        &self.received_bytes
    }

    /// A name that was not given before.
    pub(super) fn new_name(&self) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        format!("{number:032x}")
    }

    pub(super) fn complete(&self) -> MutexGuard<'_, HashMap<String, Object>> {
        self.complete.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn uploads(&self) -> MutexGuard<'_, BTreeMap<String, Upload>> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
