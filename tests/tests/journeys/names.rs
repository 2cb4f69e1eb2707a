//! Names of every kind: they arrive as they are, whatever the key in the bucket has to look like.

use std::ffi::OsStr;

use reqwest::header::CONTENT_DISPOSITION;
use serde_json::Value;
use world::{Revui, World, files_under, fixtures, sha256_of};

/// The longest that a file system takes: 255 bytes.
const LONGEST_BYTES: usize = 255;

/// What a download keeps of it: while it is unfinished, `.part` stands behind it.
const KEPT_BYTES: usize = LONGEST_BYTES - ".part".len();

/// What a download replaces, for Windows refuses it or a shell would take it for something else.
const NOT_FOR_EVERY_DISK: [char; 3] = ['?', '"', '-'];

/// What `Content-Disposition` calls the file: RFC 8187's `filename*` where there is one, else `filename`.
fn name_in(disposition: &str) -> String {
    if let Some((_, extended)) = disposition.split_once("filename*=UTF-8''") {
        return percent_decoded(extended.split(';').next().unwrap());
    }
    let (_, quoted) = disposition.split_once("filename=\"").unwrap();
    quoted.strip_suffix('"').unwrap().replace('\\', "")
}

fn percent_decoded(text: &str) -> String {
    // A query of one pair whose value is the text; `+` means itself in RFC 8187.
    let query = format!("name={}", text.replace('+', "%2B").replace('&', "%26"));
    let mut url = url::Url::parse("http://localhost/").unwrap();
    url.set_query(Some(&query));
    let (_, value) = url.query_pairs().next().unwrap();
    value.into_owned()
}

async fn there_and_back(world: &World, revui: &Revui, name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::named(folder.path(), name);
    let done: Value = revui.uploaded(&file, &world.task).await;
    let key = done["s3Key"].as_str().unwrap();
    let safe = |character: char| character.is_ascii_alphanumeric() || "/._-".contains(character);
    assert!(key.chars().all(safe) && key.ends_with("webm"), "{key}");

    let link = done["downloadUrl"].as_str().unwrap();
    let answer = reqwest::get(link).await.unwrap();
    let disposition = answer.headers()[CONTENT_DISPOSITION].to_str().unwrap();
    assert_eq!(name_in(disposition), name, "{disposition}");

    let id = done["recordingId"].as_str().unwrap();
    revui.run(["download", id, "--verify"]).await.exits(0);
    let mut back = files_under(revui.home());
    back.retain(|path| path.extension() == Some(OsStr::new("webm")));
    let [back] = &back[..] else {
        panic!("one file brought back: {back:?}");
    };
    assert_eq!(sha256_of(back), sha256_of(&file), "{name}");
    if name.len() <= KEPT_BYTES && !name.contains(NOT_FOR_EVERY_DISK) {
        assert_eq!(back.file_name(), Some(OsStr::new(name)));
    }
    std::fs::remove_file(back).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_every_kind_arrive_as_they_are() {
    let world = World::start().await;
    let revui = world.revui_of(world.user()).await;
    let filled = |with: &str| {
        let room = LONGEST_BYTES - ".webm".len();
        format!("{}.webm", with.repeat(room / with.len()))
    };
    for name in [
        "запись экрана №1.webm",
        "تسجيل الشاشة.webm",
        "\u{202e}mbew.webm",
        "👩‍💻 demo 🎥.webm",
        "a b&c=d?#%25+.webm",
        "it's \"quoted\"; and so on.webm",
        "-rf.webm",
        &filled("x"),
        &filled("録"),
        &filled("🎥"),
    ] {
        there_and_back(&world, &revui, name).await;
    }
}

/// A name that commands a terminal: the recording arrives, and nothing in its name reaches a terminal as a command. One that
/// is no Unicode can be told to nobody, and is refused for that.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt as _;

    let world = World::start().await;
    let revui = world.revui_of(world.user()).await;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &[u8]| {
        let file = folder.path().join(OsStr::from_bytes(name));
        std::fs::copy(fixtures::short(), &file).unwrap();
        file
    };
    let file = at(b"a\x1b]0;owned\x07\r\nb.webm");
    let upload = ["upload", "--task", &world.task, file.to_str().unwrap()];
    let uploaded = revui.run(upload).await.exits(0);
    let listed = revui.run(["list"]).await.exits(0);
    for said in [&uploaded.stderr, &uploaded.stdout, &listed.stdout] {
        let control = |character: char| character.is_control() && character != '\n';
        assert!(!said.contains(control), "{said:?}");
    }

    let refused = revui.upload(&at(&[0xFF; 200]), &world.task).await;
    let failed = refused.exits(4).event("failed");
    assert_eq!(failed["code"], "unreadable", "{failed}");
    assert!(
        failed["message"].as_str().unwrap().contains("name"),
        "{failed}"
    );
}
