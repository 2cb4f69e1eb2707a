//! What no rule speaks of passes as it is.

use faults::Faults;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::client::{Client, ask, put};
use crate::upstream::{ANSWER, Upstream, When};

#[tokio::test]
async fn every_byte_of_request_and_answer_passes_unchanged() {
    let upstream = Upstream::start().await;
    let proxy = upstream.behind("").await;
    let requests = [
        "PUT /b/k%20x?X-Amz-Signature=ab%2Fcd&x-id=PutObject HTTP/1.1\r\nhOsT: 10.0.0.1:9\r\nX-Odd:  two  spaces \r\n\
         x-amz-checksum-sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\r\ncontent-length: 3\r\n\r\nabc",
        "POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nWiki\r\n2\r\nab\r\n0\r\n\r\n",
        "GET /b/k HTTP/1.1\r\nRange: bytes=0-0\r\n\r\n",
        "DELETE /b/k HTTP/1.1\r\n\r\n",
    ];
    let mut client = Client::connect(proxy.address()).await;
    for request in requests {
        assert_eq!(client.ask(request.as_bytes()).await.unwrap(), ANSWER);
    }
    let received: Vec<_> = upstream
        .received()
        .into_iter()
        .map(|request| String::from_utf8(request).unwrap())
        .collect();
    assert_eq!(received, requests);
    let seen = proxy
        .until(|seen| seen.exchanges.iter().all(|exchange| exchange.ended))
        .await;
    assert_eq!((seen.connections, seen.exchanges.len()), (1, 4));
    let first = &seen.exchanges[0];
    assert_eq!(
        (first.path.as_str(), first.forwarded_bytes),
        ("/b/k%20x", 3)
    );
    assert_eq!(
        (first.upstream_status, first.answered_status),
        (Some(200), Some(200))
    );
}

#[tokio::test]
async fn a_large_body_and_many_connections_pass() {
    let upstream = Upstream::start().await;
    let proxy = upstream.behind("").await;
    let mut asking = Vec::new();
    for number in 0..8 {
        let address = proxy.address();
        asking.push(tokio::spawn(async move {
            let request = put(&format!("/k?partNumber={number}"), 3_000_000);
            (ask(address, &request).await.unwrap(), request)
        }));
    }
    for asked in asking {
        let (answer, request) = asked.await.unwrap();
        assert_eq!(answer, ANSWER);
        assert!(upstream.received().contains(&request));
    }
    assert_eq!(proxy.forwarded_bytes(), 24_000_000);
    assert_eq!(proxy.seen().forwarded_bytes(), 24_000_000);
}

#[tokio::test]
async fn an_early_answer_and_an_interim_one_pass() {
    let refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno";
    let upstream = Upstream::answering(refusal, When::Early).await;
    let proxy = upstream.behind("").await;
    let mut client = Client::connect(proxy.address()).await;
    let request = put("/k", 5_000_000);
    client.stream.write_all(&request[..1000]).await.unwrap();
    let mut answer = vec![0; refusal.len()];
    client.stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, refusal.as_bytes());
    // The rest is still taken, and the connection serves another request.
    client.stream.write_all(&request[1000..]).await.unwrap();
    assert_eq!(
        client.ask(b"GET / HTTP/1.1\r\n\r\n").await.unwrap(),
        refusal
    );
    assert!(upstream.received()[0] == request);

    let upstream = Upstream::start().await;
    let proxy = upstream.behind("").await;
    let request = b"PUT /k HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n";
    let answer = ask(proxy.address(), request).await.unwrap();
    assert_eq!(answer, format!("HTTP/1.1 100 Continue\r\n\r\n{ANSWER}"));
}

#[tokio::test]
async fn a_head_has_no_body_to_wait_for() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Size: 1000\r\n\r\n";
    let upstream = Upstream::answering(answer, When::AtItsEnd).await;
    let proxy = upstream.behind("").await;
    let mut client = Client::connect(proxy.address()).await;
    for _ in 0..2 {
        assert_eq!(
            client.ask(b"HEAD /k HTTP/1.1\r\n\r\n").await.unwrap(),
            answer
        );
    }
}

#[tokio::test]
async fn the_upstreams_end_is_the_clients_end() {
    let closing = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end";
    let upstream = Upstream::answering(closing, When::AtItsEnd).await;
    let proxy = upstream.behind("").await;
    let mut client = Client::connect(proxy.address()).await;
    client
        .stream
        .write_all(b"GET / HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    let mut read = String::new();
    client.stream.read_to_string(&mut read).await.unwrap();
    assert_eq!(read, closing);
}

#[tokio::test]
async fn an_upstream_that_is_not_there_breaks_the_connection() {
    let upstream = Upstream::start().await;
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = faults::Proxy::start(listener, gone, Faults::none()).unwrap();
    assert!(ask(proxy.address(), &put("/k", 10)).await.is_err());
    assert!(upstream.received().is_empty());
}
