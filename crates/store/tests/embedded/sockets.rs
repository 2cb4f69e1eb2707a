//! What clients do to sockets: stop, hang, stream without a size, keep sending when refused.

use std::time::Duration;

use store::MAX_PUT_BYTES;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::signer::Signed;
use crate::world::{World, element, open};

/// Opens a connection and sends the head of a PUT, with these headers beside the signed ones.
async fn begin(world: &World, request: &Signed, headers: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&world.host).await.unwrap();
    let target = request.url.split_once(&world.host).unwrap().1;
    let signed = request.headers.iter();
    let signed = signed.map(|(name, value)| format!("{name}: {value}\r\n"));
    let signed = signed.collect::<Vec<_>>().concat();
    let head = format!(
        "{} {target} HTTP/1.1\r\nhost: {}\r\n{signed}{headers}\r\n",
        request.method, world.host
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Everything until the store closes or falls silent.
async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(Ok(read @ 1..)) =
        tokio::time::timeout(Duration::from_millis(500), stream.read(&mut buffer)).await
    {
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn ticket(world: &World) -> Signed {
    world
        .unsigned("PUT", "k")
        .header("content-type", "video/webm")
        .presign()
}

#[tokio::test]
async fn a_body_that_is_cut_off_leaves_nothing() {
    let world = World::start().await;
    let mut stream = begin(&world, &ticket(&world), "content-length: 3000000\r\n").await;
    stream.write_all(&vec![7; 2_000_000]).await.unwrap();
    while world.staged() == 0 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    world.settled().await;
    assert_eq!(world.stored(), 0);
}

#[tokio::test]
async fn a_body_that_stops_coming_times_out() {
    let world = World::start_with_idle_limit(Duration::from_millis(200)).await;
    let mut stream = begin(&world, &ticket(&world), "content-length: 3000\r\n").await;
    stream.write_all(&[7; 2000]).await.unwrap();
    let answer = answer(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(element(&answer, "Code"), "RequestTimeout");
    world.settled().await;
    assert_eq!(world.stored(), 0);
}

#[tokio::test]
async fn a_body_of_unknown_size_needs_one() {
    let world = World::start().await;
    let mut stream = begin(&world, &ticket(&world), "transfer-encoding: chunked\r\n").await;
    stream.write_all(b"4\r\nbody\r\n0\r\n\r\n").await.unwrap();
    let answer = answer(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 411"), "{answer}");
    assert_eq!(element(&answer, "Code"), "MissingContentLength");
    assert_eq!((world.stored(), world.staged()), (0, 0));
}

#[tokio::test]
async fn an_empty_body_is_an_object() {
    let world = World::start().await;
    let mut stream = begin(&world, &ticket(&world), "content-length: 0\r\n").await;
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
    let read = world.get("k").await;
    assert_eq!(read.headers()["content-length"], "0");
    assert_eq!(read.bytes().await.unwrap(), "");
}

#[tokio::test]
async fn more_than_five_gibibytes_are_refused_before_they_are_sent() {
    let world = World::start().await;
    let headers = format!(
        "content-length: {}\r\nexpect: 100-continue\r\n",
        MAX_PUT_BYTES + 1
    );
    let mut stream = begin(&world, &ticket(&world), &headers).await;
    let answer = answer(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(element(&answer, "Code"), "EntityTooLarge");
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on() {
    let world = World::start().await;
    let headers = "content-length: 4\r\nexpect: 100-continue\r\n";
    let mut stream = begin(&world, &ticket(&world), headers).await;
    let mut told = [0; 25];
    stream.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"body").await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
}

/// Without lingering, more than a third of such answers are lost to a reset.
#[tokio::test]
async fn a_client_that_is_still_sending_gets_its_refusal() {
    let world = World::start().await;
    let bad = Signed {
        url: ticket(&world).url.replace("/k?", "/l?"),
        ..ticket(&world)
    };
    for _ in 0..20 {
        let response = world.send(&bad, vec![7; 20_000_000]).await;
        assert_eq!(response.status(), 403);
        assert!(
            response
                .text()
                .await
                .unwrap()
                .contains("SignatureDoesNotMatch")
        );
    }
    assert_eq!((world.stored(), world.staged()), (0, 0));
}

#[tokio::test]
async fn a_page_of_another_origin_may_put_and_read_the_tag() {
    let world = World::start().await;
    let request = ticket(&world);
    let preflight = world
        .client
        .request(reqwest::Method::OPTIONS, &request.url)
        .header("origin", "http://localhost:5173")
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "content-type")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 200);
    assert_eq!(preflight.headers()["access-control-allow-origin"], "*");
    assert_eq!(
        preflight.headers()["access-control-allow-headers"],
        "content-type"
    );
    assert!(
        preflight.headers()["access-control-allow-methods"]
            .to_str()
            .unwrap()
            .contains("PUT")
    );

    let put = world
        .client
        .put(&request.url)
        .header("origin", "http://localhost:5173");
    let put = put
        .header("content-type", "video/webm")
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(put.status(), 200);
    assert!(
        put.headers()["access-control-expose-headers"]
            .to_str()
            .unwrap()
            .contains("ETag")
    );
}

#[tokio::test]
async fn told_to_stop_it_stops_and_the_folder_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(store.serve(listener, async move {
        let _ = stopped.await;
    }));
    stop.send(()).unwrap();
    serving.await.unwrap();
    open(folder.path());
}
