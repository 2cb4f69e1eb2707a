//! The session cookies of deployments that set some instead of returning a token: which of them are sent back to the API.
//!
//! They go to the origin that set them and to no other, because a session knows no other; so of RFC 6265 only the rules
//! for name, value, path and deletion are needed.

use reqwest::header::{HeaderMap, SET_COOKIE};
use wire::Secret;

/// The `Cookie` header for calls beneath `prefix` (`/api`), from the `Set-Cookie` headers of the login answer; `None` if
/// there is nothing to send.
pub(crate) fn for_api(headers: &HeaderMap, prefix: &str) -> Option<Secret> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for header in headers.get_all(SET_COOKIE) {
        let Some((name, value)) = header.to_str().ok().and_then(|text| read(text, prefix)) else {
            continue;
        };
        pairs.retain(|(known, _)| *known != name);
        if let Some(value) = value {
            pairs.push((name, value));
        }
    }
    let header: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    (!header.is_empty()).then(|| Secret::from(header.join("; ")))
}

/// Name and value of a cookie that is meant for the API; the value is `None` where the cookie is being deleted.
fn read<'a>(text: &'a str, prefix: &str) -> Option<(&'a str, Option<&'a str>)> {
    let mut attributes = text.split(';').map(str::trim);
    let (name, value) = attributes.next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() {
        return None;
    }
    let mut deleted = value.is_empty();
    for attribute in attributes {
        let (key, setting) = attribute.split_once('=').unwrap_or((attribute, ""));
        if key.eq_ignore_ascii_case("path") && !is_beneath(prefix, setting.trim()) {
            return None;
        }
        if key.eq_ignore_ascii_case("max-age") {
            deleted |= setting
                .trim()
                .parse::<i64>()
                .is_ok_and(|seconds| seconds <= 0);
        }
    }
    Some((name, (!deleted).then_some(value)))
}

/// Path matching (RFC 6265 section 5.1.4).
fn is_beneath(path: &str, cookie_path: &str) -> bool {
    let folder = cookie_path.trim_end_matches('/');
    !cookie_path.starts_with('/')
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_cookies_are_kept_by_their_names() {
        for (set, expected) in [
            (
                &["sid=abc; HttpOnly; Secure; SameSite=Lax; Path=/"][..],
                Some("sid=abc"),
            ),
            (
                &["access_token=a.b.c; Path=/api", "csrf=1"],
                Some("access_token=a.b.c; csrf=1"),
            ),
            (
                &["refresh_token=r; Path=/api/auth/refresh", "sid=abc"],
                Some("sid=abc"),
            ),
            (&["sid=old", "sid=new"], Some("sid=new")),
            (&["sid=old", "sid=; Max-Age=0"], None),
            (&["sid=gone; Max-Age=-1"], None),
            (&["sid=a=b=="], Some("sid=a=b==")),
            (&["other=1; Path=/apiary"], None),
            (&["garbage", "=x"], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for text in set {
                headers.append(SET_COOKIE, text.parse().unwrap());
            }
            let kept = for_api(&headers, "/api");
            assert_eq!(kept.as_ref().map(Secret::expose), expected, "{set:?}");
        }
    }
}
