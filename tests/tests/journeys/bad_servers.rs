//! Servers that are not ours, and ways to them that are wrong: each has its own explanation, and nothing is sent.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Html;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use world::strict::{Strict, Variant};
use world::{Finished, Ports, Revui, fixtures};

/// Lists recordings there, with any token.
async fn list_at(server: &str) -> Finished {
    let token = Strict::start(Variant::default()).await.new_token();
    Revui::new()
        .with_session(server, &token)
        .run(["list", "--task", "t"])
        .await
}

async fn serve(routes: Router) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}

/// A server whose certificate nobody but itself has signed.
pub(crate) async fn untrusted() -> String {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let refused = acceptor.accept(connection).await;
                assert!(refused.is_err(), "nobody may trust this certificate");
            });
        }
    });
    format!("https://localhost:{port}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_page() {
    let server =
        serve(Router::new().fallback(|| async { Html("<!doctype html><h1>Welcome</h1>") })).await;
    let ended = list_at(&server).await.exits(1);
    assert!(
        ended.stderr.contains("code: not_a_recordings_server")
            || ended.stderr.contains("code: captive_portal"),
        "{}",
        ended.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_404() {
    let server = serve(Router::new().fallback(|| async { StatusCode::NOT_FOUND })).await;
    list_at(&server)
        .await
        .exits(1)
        .explains("code: not_a_recordings_server");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_json_service() {
    let server = serve(Router::new().fallback(|| async { r#"{"status":"ok"}"# })).await;
    list_at(&server)
        .await
        .exits(1)
        .explains("code: not_a_recordings_server");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_port() {
    let closed = Ports::claim(1);
    list_at(&format!("http://127.0.0.1:{}", closed.first()))
        .await
        .exits(1)
        .explains("code: server_unreachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_proves_nothing() {
    let refused = list_at(&untrusted().await).await.exits(1);
    refused.explains("code: bad_certificate");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_cannot_be_used() {
    for (server, why) in [
        ("http://recordings.example", "plain http"),
        ("ftp://recordings.example", "no address"),
        ("https://user:secret@recordings.example", "no address"),
        ("what is this?", "no address"),
    ] {
        list_at(server).await.exits(2).explains(why);
    }
}

/// An upload to any of them ends with the same explanation, or waits where waiting helps; the file is as it was, and can
/// go to the right server at once.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_to_the_wrong_place_loses_nothing() {
    let page = Router::new().fallback(|| async { Html("<!doctype html><h1>Welcome</h1>") });
    let nothing = Router::new().fallback(|| async { StatusCode::NOT_FOUND });
    let strict = Strict::start(Variant::default()).await;
    let short = fixtures::short();
    let before = world::sha256_of(&short);
    for (server, exits) in [
        (serve(page).await, [1, 5]),
        (serve(nothing).await, [1, 1]),
        ("http://127.0.0.1:1".to_owned(), [5, 5]),
        (untrusted().await, [1, 1]),
    ] {
        let revui = Revui::new().with_session(&server, &strict.new_token());
        let upload = ["upload", short.to_str().unwrap(), "--task", "t"];
        let wrong = revui
            .run(upload.into_iter().chain(["--max-wait", "0"]))
            .await;
        assert!(exits.contains(&wrong.exit), "{server}: {wrong:?}");
        assert!(wrong.stderr.contains("code: "), "{}", wrong.stderr);
        let right = revui.with_session(&strict.server, &strict.new_token());
        let done = right.uploaded(&short, "t").await;
        assert_eq!(done["sha256"], before.as_str());
    }
}
