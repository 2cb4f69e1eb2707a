use super::*;
use crate::source::Identity;
use crate::{Code, Diagnosis, WaitCause};
use std::sync::Arc;
use wire::Complete;

fn job(id: &JobId) -> Job {
    Job {
        id: id.clone(),
        path: "/recordings/demo.webm".into(),
        file_name: "démo.webm".to_owned(),
        identity: Identity {
            size_bytes: 233_000,
            modified_at: Some("2026-11-24T10:00:00.123456789Z".parse().unwrap()),
            file_id: None,
            ends_sha256: "ab".repeat(32),
        },
        duration_seconds: Some(10.0),
        content_type: "video/webm".to_owned(),
        task: "onboarding".parse().unwrap(),
        account: None,
        created_at: now(),
    }
}

fn now() -> Timestamp {
    "2026-11-24T10:00:01Z".parse().unwrap()
}

fn records() -> Vec<Record> {
    let account = Account {
        server: crate::ServerOrigin::parse("https://recordings.example").unwrap(),
        user: "anna".into(),
    };
    vec![
        Record::Initiating {
            account,
            generation: 0,
        },
        Record::Reserved {
            reservation: Reservation {
                recording: "r1".into(),
                s3_key: "t/o/u/1_demo.webm".to_owned(),
                extended: true,
                multipart: Some(Multipart {
                    upload_id: "u1".to_owned(),
                    part_bytes: 8 << 20,
                    checksum: crate::source::ChecksumKind::Sha256,
                }),
            },
            expires_at: Some(now()),
        },
        Record::Sending { attempt: 1 },
        Record::PartStored {
            number: 1,
            offset: 0,
            size: 233_000,
            checksum: "ef".repeat(32),
            etag: Some("\"e\"".to_owned()),
        },
        Record::Moved { rank: -2 },
        Record::PartsLeadTo {
            recording: "r1".into(),
            host: "store.example:9000".to_owned(),
        },
        Record::Growing { awaits_word: true },
        Record::Sealed {
            identity: job(&JobId::new()).identity,
            duration_seconds: Some(10.0),
            mended: None,
        },
        Record::Approved,
        Record::Waiting {
            cause: WaitCause::BackOff,
            diagnosis: Diagnosis::of(Code::ConnectionLost),
        },
        Record::Completing {
            request: Arc::new(Complete {
                s3_key: "t/o/u/1_demo.webm".to_owned(),
                file_size: 233_000,
                duration: Some(10),
                sha256: None,
                parts: None,
            }),
            sha256: Some("cd".repeat(32)),
        },
    ]
}

fn journal() -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::of(&Home::at(folder.path()));
    (folder, journal)
}

fn known(story: &Story) -> Vec<Record> {
    story
        .entries
        .iter()
        .map(|entry| match &entry.what {
            What::Known(record) => record.clone(),
            What::Unknown(value) => panic!("unknown: {value}"),
        })
        .collect()
}

#[test]
fn what_was_written_is_told() {
    let (_folder, journal) = journal();
    let id = JobId::new();
    let mut log = journal.create(&job(&id), now()).unwrap();
    for record in records() {
        log.append(&record, now()).unwrap();
    }
    drop(log);
    assert_eq!(journal.jobs().unwrap(), std::slice::from_ref(&id));
    let (_log, story) = journal.resume(&id).unwrap();
    assert_eq!(story.job, job(&id));
    assert_eq!(known(&story)[1..], records());
    assert_eq!(story.torn_bytes, 0);
}

#[test]
fn a_log_cut_at_every_byte_reopens() {
    let (_folder, journal) = journal();
    let id = JobId::new();
    let mut log = journal.create(&job(&id), now()).unwrap();
    let mut ends = vec![log.length];
    for record in records() {
        log.append(&record, now()).unwrap();
        ends.push(log.length);
    }
    let path = log.folder.join(LOG);
    drop(log);
    let whole = fs::read(&path).unwrap();

    for cut in 0..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let intact = ends.iter().filter(|&&end| end <= cut as u64).count();
        match journal.resume(&id) {
            Err(JournalError::Damaged(_)) => assert_eq!(intact, 0, "cut at {cut}"),
            Err(other) => panic!("cut at {cut}: {other}"),
            Ok((mut log, story)) => {
                assert_eq!(story.entries.len(), intact, "cut at {cut}");
                assert_eq!(story.torn_bytes, cut as u64 - ends[intact - 1]);
                log.append(&Record::Stopped, now()).unwrap();
                drop(log);
                let story = journal.read(&id).unwrap();
                assert_eq!(story.torn_bytes, 0);
                assert_eq!(known(&story).last(), Some(&Record::Stopped), "cut at {cut}");
            }
        }
    }
}

#[test]
fn a_record_of_a_later_version_is_kept() {
    let (_folder, journal) = journal();
    let id = JobId::new();
    let log = journal.create(&job(&id), now()).unwrap();
    let path = log.folder.join(LOG);
    drop(log);
    let later = br#"{"v":1,"at":"2027-01-01T00:00:00Z","kind":"part_acked","number":3}"#;
    let newer = br#"{"v":2,"at":"2027-01-01T00:00:00Z","kind":"stopped"}"#;
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend(frame::framed(later));
    bytes.extend(frame::framed(newer));
    fs::write(&path, &bytes).unwrap();

    let (mut log, story) = journal.resume(&id).unwrap();
    assert!(matches!(&story.entries[1].what, What::Unknown(value) if value["number"] == 3));
    assert!(matches!(&story.entries[2].what, What::Unknown(_)));
    log.append(&Record::Sending { attempt: 2 }, now()).unwrap();
    drop(log);
    assert!(
        fs::read(&path).unwrap().starts_with(&bytes),
        "nothing is rewritten"
    );
}

#[test]
fn a_job_has_one_master() {
    let (_folder, journal) = journal();
    let id = JobId::new();
    let log = journal.create(&job(&id), now()).unwrap();
    assert!(journal.is_busy(&id));
    assert!(matches!(journal.resume(&id), Err(JournalError::Busy)));
    assert_eq!(
        journal.read(&id).unwrap().job,
        job(&id),
        "looking is allowed"
    );
    drop(log);
    assert!(!journal.is_busy(&id));
    let (log, _) = journal.resume(&id).unwrap();
    log.forget().unwrap();
    assert!(matches!(journal.resume(&id), Err(JournalError::Unknown)));
    assert_eq!(journal.jobs().unwrap(), []);
}

#[test]
fn what_is_no_job_is_skipped() {
    let (folder, journal) = journal();
    let jobs = folder.path().join("jobs");
    fs::create_dir_all(jobs.join("not-a-job")).unwrap();
    fs::write(jobs.join("not-a-job/log"), b"x").unwrap();
    fs::create_dir_all(jobs.join(JobId::new().as_str())).unwrap();
    assert_eq!(journal.jobs().unwrap(), []);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_log_as_it_was() {
    // /dev/full takes nothing: every write ends with ENOSPC.
    let (_folder, journal) = journal();
    let id = JobId::new();
    let mut log = journal.create(&job(&id), now()).unwrap();
    let path = log.folder.join(LOG);
    let before = fs::read(&path).unwrap();
    let real = std::mem::replace(
        &mut log.log,
        File::options().write(true).open("/dev/full").unwrap(),
    );
    let error = log.append(&Record::Stopped, now()).unwrap_err();
    assert!(
        matches!(error, JournalError::Unwritable(error) if error.kind() == io::ErrorKind::StorageFull)
    );
    assert_eq!(fs::read(&path).unwrap(), before);
    log.log = real;
    log.append(&Record::Stopped, now()).unwrap();
    drop(log);
    assert_eq!(journal.read(&id).unwrap().entries.len(), 2);
}

#[test]
fn what_is_left_of_a_damaged_job_can_be_removed() {
    let (_folder, journal) = journal();
    let id = JobId::new();
    let log = journal.create(&job(&id), now()).unwrap();
    let path = log.folder.join(LOG);
    drop(log);
    assert!(!journal.forget_damaged(&id).unwrap(), "it is whole");
    fs::write(&path, b"no record").unwrap();
    assert!(journal.forget_damaged(&id).unwrap());
    assert_eq!(journal.jobs().unwrap(), []);
    assert!(!journal.forget_damaged(&id).unwrap(), "there is none");
}

#[test]
fn a_job_of_a_later_version_is_not_damaged() {
    for first in [
        r#"{"v":2,"at":"2027-01-01T00:00:00Z","kind":"queued","job":{}}"#,
        r#"{"v":1,"at":"2027-01-01T00:00:00Z","kind":"scheduled"}"#,
    ] {
        let (_folder, journal) = journal();
        let id = JobId::new();
        drop(journal.create(&job(&id), now()).unwrap());
        let path = journal.folder(&id).join(LOG);
        let log = frame::framed(first.as_bytes());
        fs::write(&path, &log).unwrap();
        assert!(matches!(journal.read(&id), Err(JournalError::Newer(job)) if job == id));
        assert!(matches!(journal.resume(&id), Err(JournalError::Newer(_))));
        assert!(!journal.forget_damaged(&id).unwrap());
        assert_eq!(fs::read(&path).unwrap(), log, "it is left alone");
    }
}

#[test]
fn a_look_at_a_lock_turns_nobody_away() {
    let (_folder, journal) = journal();
    let id = JobId::new();
    drop(journal.create(&job(&id), now()).unwrap());
    // As whoever asks whether the job is busy, held up in the midst of it.
    let look = lock(&journal.folder(&id)).unwrap();
    let (began, begins) = std::sync::mpsc::channel();
    let going_on = std::thread::spawn(move || {
        began.send(()).unwrap();
        journal.resume(&id).map(drop)
    });
    begins.recv().unwrap();
    std::thread::sleep(4 * LOCK_EVERY);
    drop(look);
    going_on.join().unwrap().unwrap();
}
