//! Cross-origin requests: the setup guide's CORS rules, for every origin.
//!
//! A ticket is the whole of the permission: there is no cookie that another origin could ride on, so that an open rule
//! gives nobody more than the ticket does. A browser's upload page on another port of this machine is the use.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use s3s::Body;

/// How long a browser may remember the answer to a preflight, in seconds.
const MAX_AGE_SECONDS: HeaderValue = HeaderValue::from_static("3600");

pub(super) fn is_cross_origin(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN)
}

/// The answer to `OPTIONS`.
pub(super) fn preflight(headers: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let is_preflight =
        is_cross_origin(headers) && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if !is_preflight {
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return response;
    }
    let answer = response.headers_mut();
    answer.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, HEAD, PUT"),
    );
    if let Some(asked) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    answer.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
    answer.insert(
        VARY,
        HeaderValue::from_static("Access-Control-Request-Headers"),
    );
    response
}

/// Lets the page of another origin read the answer, its `ETag` included.
pub(super) fn allow(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "ETag, Content-Length, Content-Range, Accept-Ranges, x-amz-request-id",
        ),
    );
}
