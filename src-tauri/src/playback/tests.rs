use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::*;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

const CONTENT: &[u8] = b"0123456789";

/// What a server answers to this head: status, head, body. Asked from another thread, as a player is.
async fn ask(address: &str, head: String) -> (u16, String, Vec<u8>) {
    let server = address.split('/').nth(2).unwrap().to_owned();
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(server).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), answer[end + 4..].to_vec())
    })
    .await
    .unwrap()
}

fn request(method: &str, path: &str, host: &str, more: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n")
}

/// Host and path of an address.
fn parts(address: &str) -> (String, String) {
    let rest = address.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    (host.to_owned(), format!("/{path}"))
}

fn a_file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("named as it likes.html");
    std::fs::write(&file, CONTENT).unwrap();
    (folder, file)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_given_whole_or_in_parts_and_kept_by_nobody() {
    let (_folder, file) = a_file();
    let playback = Playback::default();
    let played = playback.serve(file).unwrap();
    let (host, path) = parts(played.address());
    for (method, range, status, body) in [
        ("GET", "", 200, CONTENT),
        ("GET", "Range: bytes=2-4\r\n", 206, &CONTENT[2..5]),
        ("GET", "Range: bytes=7-\r\n", 206, &CONTENT[7..]),
        ("GET", "Range: bytes=-2\r\n", 206, &CONTENT[8..]),
        ("GET", "Range: bytes=10-\r\n", 416, b""),
        ("HEAD", "", 200, b""),
    ] {
        let head = request(method, &path, &host, range);
        let (answered, head, answer) = ask(played.address(), head).await;
        assert_eq!((answered, &answer[..]), (status, body), "{method} {range}");
        assert!(head.contains("cache-control: no-store"), "{head}");
        assert!(head.contains("x-content-type-options: nosniff"), "{head}");
        assert!(head.contains("content-type: video/webm"), "{head}");
        assert!(!head.contains("access-control"), "{head}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_know_the_path_or_comes_by_another_name_gets_nothing() {
    let (_folder, file) = a_file();
    let playback = Playback::default();
    let played = playback.serve(file.clone()).unwrap();
    let (host, path) = parts(played.address());
    let port = host.rsplit(':').next().unwrap().to_owned();
    let by_name = format!("localhost:{port}");
    let on_disk = file.to_str().unwrap().replace('\\', "/");
    let on_disk = format!("/{}", on_disk.trim_start_matches('/')).replace(' ', "%20");
    for (method, path, host, status) in [
        ("GET", "/", &*host, 404),
        ("GET", "/0123456789abcdef0123456789abcdef", &host, 404),
        ("GET", &format!("{path}/"), &host, 404),
        ("GET", &format!("{path}/../{path}"), &host, 404),
        ("GET", &on_disk, &host, 404),
        ("GET", &path, "evil.example", 421),
        ("GET", &path, &by_name, 421),
        ("POST", &path, &host, 405),
        ("OPTIONS", &path, &host, 405),
    ] {
        let head = request(method, path, host, "");
        let (answered, _, answer) = ask(played.address(), head).await;
        assert_eq!(
            (answered, answer.len()),
            (status, 0),
            "{method} {path} {host}"
        );
    }
    assert!(
        !format!("{played:?}").contains(&path[1..]),
        "it is a secret"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_listens_only_while_something_can_be_played() {
    let (_folder, file) = a_file();
    let playback = Playback::default();
    let one = playback.serve(file.clone()).unwrap();
    let other = playback.serve(file).unwrap();
    let (host, path) = parts(one.address());
    assert_eq!(parts(other.address()).0, host, "one server for all");
    assert_ne!(parts(other.address()).1, path);

    drop(one);
    let (status, ..) = ask(other.address(), request("GET", &path, &host, "")).await;
    assert_eq!(status, 404, "it has left the review");
    let (_, path) = parts(other.address());
    let (status, ..) = ask(other.address(), request("GET", &path, &host, "")).await;
    assert_eq!(status, 200);

    // A player that holds its connection loses it, too.
    let mut held = TcpStream::connect(&host).unwrap();
    held.set_read_timeout(Some(PATIENCE)).unwrap();
    drop(other);
    assert_eq!(held.read(&mut [0; 1]).unwrap_or(0), 0);
    assert!(TcpStream::connect(&host).is_err(), "nobody listens");
}
