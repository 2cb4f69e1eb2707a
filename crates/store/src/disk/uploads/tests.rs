use std::path::PathBuf;

use bytes::Bytes;

use super::super::{CompleteError, Completion, Described, WantedPart};
use super::*;

const KEY: &str = "tenant/recording.webm";

struct Store {
    root: tempfile::TempDir,
    folder: Folder,
}

impl Store {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        folder.create_bucket("bucket").unwrap();
        Self { root, folder }
    }

    /// As after a crash: what is on the disk counts.
    fn reopen(self) -> Self {
        let Self { root, folder } = self;
        drop(folder);
        let folder = Folder::open(root.path()).unwrap();
        Self { root, folder }
    }

    fn begin(&self) -> String {
        let record = UploadRecord {
            key: KEY.to_owned(),
            begun_at_ms: 0,
            described: Described::default(),
            checksum: None,
        };
        self.folder.begin_upload("bucket", &record).unwrap()
    }

    fn put(&self, upload_id: &str, number: u32, bytes: &[u8]) -> Option<WantedPart> {
        let mut staging = self.folder.stage(&[]).unwrap();
        staging.append(&[Bytes::copy_from_slice(bytes)]).unwrap();
        let staged = staging.finish().unwrap();
        let record =
            self.folder
                .commit_part("bucket", KEY, upload_id, number, staged, BTreeMap::new());
        record.unwrap().map(|record| WantedPart {
            number,
            etag: record.etag(),
            checksums: BTreeMap::new(),
        })
    }

    fn complete(&self, upload_id: &str, parts: &[WantedPart]) -> Result<(), CompleteError> {
        let completion = Completion {
            bucket: "bucket".to_owned(),
            key: KEY.to_owned(),
            upload_id: upload_id.to_owned(),
            parts: parts.to_vec(),
            size_bytes: None,
            write_once: true,
        };
        self.folder.complete(&completion).map(|_| ())
    }

    fn read(&self) -> Option<Vec<u8>> {
        let mut object = self.folder.object("bucket", KEY).unwrap()?;
        let mut wanted = 0..object.record.size_bytes;
        let mut body = Vec::new();
        while !wanted.is_empty() {
            let bytes = object.read(&wanted).unwrap();
            wanted.start += bytes.len() as u64;
            body.extend_from_slice(&bytes);
        }
        Some(body)
    }

    fn files_of(&self, upload_id: &str) -> PathBuf {
        self.folder.upload_folder("bucket", upload_id)
    }
}

#[test]
fn a_completion_cut_off_behind_the_object_is_finished_at_the_next_opening() {
    let store = Store::new();
    let upload_id = store.begin();
    let part = store.put(&upload_id, 1, b"bytes").unwrap();
    store
        .complete(&upload_id, std::slice::from_ref(&part))
        .unwrap();
    let files = store.files_of(&upload_id);
    fs::rename(files.join(COMPLETED), files.join(PENDING)).unwrap();

    let store = store.reopen();
    assert!(files.join(COMPLETED).is_file());
    assert!(store.put(&upload_id, 1, b"late").is_none());
    store.complete(&upload_id, &[part]).unwrap();
    assert_eq!(store.read().unwrap(), b"bytes");
}

#[test]
fn parts_outlive_a_crash_and_not_their_object() {
    let store = Store::new();
    let pending = store.begin();
    let part = store.put(&pending, 1, b"bytes").unwrap();
    let store = store.reopen();
    let page = store.folder.parts("bucket", KEY, &pending, 0, 10).unwrap();
    assert_eq!(page.unwrap().parts.len(), 1);
    store.complete(&pending, &[part]).unwrap();
    let files = store.files_of(&pending);

    // Killed between the removal of the object and that of its parts.
    let objects = store.root.path().join("buckets/bucket/objects");
    let object = fs::read_dir(objects).unwrap().next().unwrap().unwrap();
    fs::remove_file(object.path()).unwrap();
    let store = store.reopen();
    assert!(!files.exists());
    assert_eq!(store.read(), None);
}

#[test]
fn a_part_that_is_another_than_the_list_says_is_not_read() {
    let store = Store::new();
    let upload_id = store.begin();
    let one = store.put(&upload_id, 1, b"bytes").unwrap();
    store.complete(&upload_id, &[one]).unwrap();
    let other = store.begin();
    store.put(&other, 1, b"other").unwrap();
    fs::copy(
        store.files_of(&other).join(part_file(1)),
        store.files_of(&upload_id).join(part_file(1)),
    )
    .unwrap();
    let mut object = store.folder.object("bucket", KEY).unwrap().unwrap();
    assert!(object.read(&(0..5)).is_err());
}

#[test]
fn parts_are_not_in_the_clear() {
    let store = Store::new();
    let upload_id = store.begin();
    let body = b"a sentence that must not lie on the disk as it is";
    store.put(&upload_id, 1, body).unwrap();
    let stored = fs::read(store.files_of(&upload_id).join(part_file(1))).unwrap();
    assert!(!stored.windows(10).any(|window| window == &body[..10]));
}

#[test]
fn names_of_parts_are_read_as_they_are_written() {
    for number in [1, 99_999, 123_456] {
        assert_eq!(part_number(&part_file(number)), Some(number));
    }
    for other in ["upload", "completed", "1", "0001", "+0001"] {
        assert_eq!(part_number(other), None, "{other}");
    }
}
