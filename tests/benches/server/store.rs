//! A store that has every object: what is measured is who asks it, not it.

use axum::Router;
use axum::http::{Method, StatusCode, header};
use axum::response::IntoResponse as _;
use tokio::net::TcpListener;

/// What each of its objects has.
pub(crate) const OBJECT_BYTES: u64 = 4;

/// Serves from now on; where.
pub(crate) async fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let answer = async |method: Method| {
        if method == Method::HEAD {
            let length = OBJECT_BYTES.to_string();
            let headers = [
                (header::ETAG, "\"d41d8cd98f00b204e9800998ecf8427e\""),
                (header::CONTENT_LENGTH, length.as_str()),
                (header::LAST_MODIFIED, "Sat, 28 Nov 2026 12:00:00 GMT"),
            ];
            return headers.into_response();
        }
        StatusCode::NOT_IMPLEMENTED.into_response()
    };
    tokio::spawn(async move {
        axum::serve(listener, Router::new().fallback(answer))
            .await
            .unwrap();
    });
    origin
}
