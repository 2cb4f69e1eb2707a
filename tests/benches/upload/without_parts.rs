//! A backend as it is, but for one word: that it takes uploads in parts is not said, so that a client sends the whole in
//! one request.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use reqwest::Client;
use tokio::net::TcpListener;

#[derive(Clone)]
struct Front {
    backend: String,
    client: Client,
}

/// Serves until it is killed.
pub(super) fn serve(backend: &str) {
    let front = Front {
        backend: backend.to_owned(),
        client: Client::new(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free port");
        println!("http://{}", listener.local_addr().expect("an address"));
        let routes = Router::new().fallback(pass_on).with_state(front);
        axum::serve(listener, routes)
            .await
            .expect("a server that goes on");
    });
}

async fn pass_on(State(front): State<Front>, parts: Parts, body: Bytes) -> Response {
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let mut request = front
        .client
        .request(parts.method, format!("{}{target}", front.backend))
        .body(body);
    for (name, value) in &parts.headers {
        if name != "host" && name != "content-length" {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.expect("the backend answers");
    let status = answer.status();
    let headers = answer.headers().clone();
    let body = answer.bytes().await.expect("the whole answer");
    let body = if parts.uri.path().ends_with("/recordings/health") {
        let text = String::from_utf8_lossy(&body);
        Bytes::from(text.replace("\"multipart\":true", "\"multipart\":false"))
    } else {
        body
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    for (name, value) in &headers {
        if name != "content-length" && name != "transfer-encoding" {
            response.headers_mut().append(name, value.clone());
        }
    }
    response
}
