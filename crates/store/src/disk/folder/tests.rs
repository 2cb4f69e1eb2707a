use super::*;
use bytes::Bytes;

fn folder() -> (tempfile::TempDir, Folder) {
    let root = tempfile::tempdir().unwrap();
    let folder = Folder::open(root.path()).unwrap();
    folder.create_bucket("bucket").unwrap();
    (root, folder)
}

fn put(folder: &Folder, key: &str, body: &[u8], write_once: bool) -> Result<Record, CommitError> {
    let mut staging = folder.stage(&[]).unwrap();
    staging.append(&[Bytes::copy_from_slice(body)]).unwrap();
    let staged = staging.finish().unwrap();
    folder.commit("bucket", key, Described::default(), staged, write_once)
}

fn read(folder: &Folder, key: &str) -> Option<Vec<u8>> {
    let mut object = folder.object("bucket", key).unwrap()?;
    let mut wanted = 0..object.record.size_bytes;
    let mut body = Vec::new();
    while !wanted.is_empty() {
        let bytes = object.read(&wanted).unwrap();
        wanted.start += bytes.len() as u64;
        body.extend_from_slice(&bytes);
    }
    Some(body)
}

fn staged_files(root: &Path) -> usize {
    fs::read_dir(root.join("staging")).unwrap().count()
}

#[test]
fn any_key_is_a_file_inside_the_folder() {
    let (root, folder) = folder();
    let long = "k".repeat(1024);
    let keys = [
        "a",
        "A",
        "../../x",
        "/etc/passwd",
        "..",
        ".",
        "a/b",
        "a//b",
        "ключ/録画🎬",
        "nul\u{1}",
        &long,
    ];
    for key in keys {
        put(&folder, key, key.as_bytes(), true).unwrap();
    }
    for key in keys {
        assert_eq!(read(&folder, key).unwrap(), key.as_bytes(), "{key}");
    }
    let objects = root.path().join("buckets/bucket/objects");
    assert_eq!(fs::read_dir(objects).unwrap().count(), keys.len());
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 4);
}

#[test]
fn an_object_is_replaced_whole_or_not_at_all() {
    let (root, folder) = folder();
    let first = put(&folder, "k", b"first", false).unwrap();
    let mut reader = folder.object("bucket", "k").unwrap().unwrap();
    let second = put(&folder, "k", b"second", false).unwrap();
    assert_ne!(first.etag(), second.etag());
    assert_eq!(reader.read(&(0..5)).unwrap(), "first");
    assert_eq!(read(&folder, "k").unwrap(), b"second");

    let refused = put(&folder, "k", b"third", true).unwrap_err();
    assert!(matches!(refused, CommitError::Exists));
    assert_eq!(read(&folder, "k").unwrap(), b"second");
    assert_eq!(staged_files(root.path()), 0);
}

#[test]
fn of_many_that_write_once_one_wins() {
    let (root, folder) = folder();
    let winners = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8u8)
            .map(|number| {
                let folder = &folder;
                scope.spawn(move || {
                    put(folder, "k", &[number; 1000], true)
                        .is_ok()
                        .then_some(number)
                })
            })
            .collect();
        let ended: Vec<_> = writers
            .into_iter()
            .filter_map(|writer| writer.join().unwrap())
            .collect();
        ended
    });
    assert_eq!(winners.len(), 1);
    assert_eq!(read(&folder, "k").unwrap(), [winners[0]; 1000]);
    assert_eq!(staged_files(root.path()), 0);
}

#[test]
fn any_range_of_several_chunks_reads_back() {
    let (_root, folder) = folder();
    let body: Vec<u8> = (0..=250).cycle().take(700_000).collect();
    put(&folder, "k", &body, false).unwrap();
    let mut object = folder.object("bucket", "k").unwrap().unwrap();
    for range in [
        0..1,
        65_535..65_537,
        65_536..131_072,
        300_000..700_000,
        699_999..700_000,
        5..5,
    ] {
        let mut wanted = range.clone();
        let mut read = Vec::new();
        while !wanted.is_empty() {
            let bytes = object.read(&wanted).unwrap();
            assert!(!bytes.is_empty() && bytes.len() <= 256 * 1024);
            wanted.start += bytes.len() as u64;
            read.extend_from_slice(&bytes);
        }
        let expected =
            &body[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()];
        assert_eq!(read, expected, "{range:?}");
    }
}

#[test]
fn a_dropped_body_leaves_nothing_and_an_old_one_is_swept() {
    let (root, folder) = folder();
    let mut staging = folder.stage(&[]).unwrap();
    staging.append(&[Bytes::from_static(b"half")]).unwrap();
    assert_eq!(staged_files(root.path()), 1);
    drop(staging);
    assert_eq!(staged_files(root.path()), 0);

    drop(folder);
    fs::write(root.path().join("staging/left-behind"), b"half").unwrap();
    Folder::open(root.path()).unwrap();
    assert_eq!(staged_files(root.path()), 0);
}

#[test]
fn what_was_stored_is_there_after_reopening_and_not_in_the_clear() {
    let (root, folder) = folder();
    let body = b"a sentence that must not lie on the disk as it is";
    put(&folder, "k", body, false).unwrap();
    drop(folder);
    let folder = Folder::open(root.path()).unwrap();
    assert_eq!(read(&folder, "k").unwrap(), body);
    let file = root
        .path()
        .join("buckets/bucket/objects")
        .join(file_name("k"));
    let stored = fs::read(file).unwrap();
    assert!(!stored.windows(10).any(|window| window == &body[..10]));
}

#[test]
fn one_process_at_a_time() {
    let (root, _folder) = folder();
    let error = Folder::open(root.path()).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
}

#[test]
fn a_lost_or_damaged_master_key_is_said_and_not_replaced() {
    let (root, folder) = folder();
    put(&folder, "k", b"body", false).unwrap();
    drop(folder);
    let path = root.path().join("master.key");
    let key = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(matches!(
        Folder::open(root.path()),
        Err(OpenError::MasterKeyMissing { .. })
    ));
    fs::write(&path, b"short").unwrap();
    assert!(matches!(
        Folder::open(root.path()),
        Err(OpenError::MasterKeyDamaged { .. })
    ));
    fs::write(&path, key).unwrap();
    assert_eq!(
        read(&Folder::open(root.path()).unwrap(), "k").unwrap(),
        b"body"
    );
}

#[test]
fn a_file_cut_or_changed_anywhere_is_an_error_and_no_object() {
    let (root, folder) = folder();
    put(&folder, "k", b"some bytes", false).unwrap();
    let path = root
        .path()
        .join("buckets/bucket/objects")
        .join(file_name("k"));
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(folder.object("bucket", "k").is_err(), "cut to {length}");
    }
    for position in 0..whole.len() {
        let mut changed = whole.clone();
        changed[position] ^= 0x20;
        fs::write(&path, &changed).unwrap();
        let opened = folder.object("bucket", "k");
        let failed = opened
            .and_then(|object| object.unwrap().read(&(0..10)))
            .is_err();
        assert!(failed, "changed at {position}");
    }
    assert!(folder.records("bucket", "").unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn a_list_fails_when_a_file_cannot_be_read() {
    let (root, folder) = folder();
    put(&folder, "k", b"body", false).unwrap();
    // A folder opens, but reading it is an error that says nothing about an object.
    let unreadable = root.path().join("buckets/bucket/objects/unreadable");
    fs::create_dir(&unreadable).unwrap();
    assert!(folder.records("bucket", "").is_err());
    fs::remove_dir(&unreadable).unwrap();
    assert_eq!(folder.records("bucket", "").unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let (root, folder) = folder();
    put(&folder, "k", b"body", false).unwrap();
    let object = root
        .path()
        .join("buckets/bucket/objects")
        .join(file_name("k"));
    for path in [root.path().join("master.key"), object] {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
}
