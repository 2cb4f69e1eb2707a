//! Waiting: for a server that is not there, as long as one is told to and no longer.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use world::strict::{Strict, Variant};
use world::{Line, Ports, Revui, fixtures};

/// Where nobody listens for as long as this port is kept.
fn at(ports: &Ports) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, ports.first()).into()
}

/// `--max-wait` counts seconds of waiting, and then the upload is there to be gone on with.
#[tokio::test(flavor = "multi_thread")]
async fn no_longer_than_one_is_told_to() {
    let strict = Strict::start(Variant::default()).await;
    let nobodys = Ports::claim(1);
    let server = format!("http://{}", at(&nobodys));
    let revui = Revui::new().with_session(&server, &strict.new_token());
    let short = fixtures::short();
    let upload = ["upload", short.to_str().unwrap(), "--task", "t", "--json"];
    let upload = upload.into_iter().chain(["--max-wait", "2"]);
    let began = Instant::now();
    let ended = revui.run(upload).await.exits(5);
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(2), "{took:?}");
    let events = ended.events();
    let waited = events.iter().any(|event| event["event"] == "waiting");
    assert!(waited, "it says what it waits for:\n{}", ended.stdout);
    assert_eq!(ended.event("failed")["code"], "server_unreachable");

    // `resume` takes the same limit, and the job outlives that too.
    let resume = ["resume", "--json", "--max-wait", "0"];
    let again = revui.run(resume).await.exits(5);
    let job = &ended.event("failed")["jobId"];
    assert_eq!(&again.event("failed")["jobId"], job);
}

/// An upload to a server that cannot be reached is kept, and goes on once it can; without a limit by itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_outlives_an_unreachable_server() {
    let strict = Strict::start(Variant::default()).await;
    let backend: SocketAddr = strict.server.trim_start_matches("http://").parse().unwrap();
    let nobodys = Ports::claim(1);
    let address = at(&nobodys);
    let server = format!("http://{address}");
    let revui = Revui::new().with_session(&server, &strict.new_token());
    let mut running = revui.start_upload(&fixtures::short(), "t");
    let is_waiting = |event: &serde_json::Value| event["event"] == "waiting";
    let waiting = running.event("a wait", is_waiting).await;
    assert_eq!(waiting["code"], "server_unreachable", "{waiting}");

    let listener = TcpListener::bind(address).await.unwrap();
    let _line = Line::over(listener, backend);
    let done = running.finish().await.exits(0).event("done");
    assert_eq!(done["jobId"], waiting["jobId"]);
}
