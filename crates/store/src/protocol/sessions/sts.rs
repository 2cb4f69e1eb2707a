//! The two calls of STS that are answered here: `AssumeRole` and `GetCallerIdentity`.
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html>

use std::collections::HashMap;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{Extensions, HeaderMap, HeaderValue, Method, Uri};
use percent_encoding::percent_decode_str;
use s3s::dto::{Timestamp, TimestampFormat};
use s3s::route::S3Route;
use s3s::{Body, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::{Policy, SessionKeys, Sessions};

/// Lives that STS gives, in seconds, and the one that it gives unasked.
const LIFE_SECONDS: std::ops::RangeInclusive<u64> = 900..=43_200;
const DEFAULT_LIFE_SECONDS: u64 = 3600;

/// A form longer than this is none of STS's: a policy has 2,048 characters at most.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// Who the one account is.
const ACCOUNT_ID: &str = "000000000000";

#[async_trait::async_trait]
impl S3Route for Sessions {
    /// `POST /` with a form is no call of S3's.
    fn is_match(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        _extensions: &mut Extensions,
    ) -> bool {
        let form = headers.get(CONTENT_TYPE).is_some_and(|kind| {
            kind.as_bytes()
                .starts_with(b"application/x-www-form-urlencoded")
        });
        *method == Method::POST && uri.path() == "/" && form
    }

    async fn call(&self, mut request: S3Request<Body>) -> S3Result<S3Response<Body>> {
        let caller = request.credentials.as_ref();
        let access_key_id = caller.map(|caller| caller.access_key.clone());
        let access_key_id = access_key_id.unwrap_or_default();
        let body = request.input.store_all_limited(MAX_BODY_BYTES).await;
        let body = body.map_err(|_| s3_error!(IncompleteBody, "The form could not be read"))?;
        let form = form(&body);
        let field = |name: &str| form.get(name).map(String::as_str);
        let is_session = self.find(&access_key_id).is_some();
        match field("Action") {
            Some("GetCallerIdentity") => Ok(answer(&caller_identity(is_session))),
            Some("AssumeRole") if is_session => Err(s3_error!(
                AccessDenied,
                "A session is given by the account, not by another session"
            )),
            Some("AssumeRole") => {
                let role = field("RoleArn").filter(|role| role.starts_with("arn:"));
                let role = role.ok_or_else(|| invalid("RoleArn must be an ARN"))?;
                let policy = field("Policy")
                    .ok_or_else(|| invalid("A session without a policy is not implemented"))?;
                let policy = Policy::read(policy).map_err(|error| malformed(&error))?;
                let life = life(field("DurationSeconds"))?;
                let name = field("RoleSessionName").unwrap_or_default();
                Ok(answer(&assumed(&self.give(policy, life)?, role, name)?))
            }
            _ => Err(s3_error!(
                NotImplemented,
                "This call of STS is not implemented"
            )),
        }
    }
}

fn form(body: &[u8]) -> HashMap<String, String> {
    let text = String::from_utf8_lossy(body).replace('+', " ");
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn life(asked: Option<&str>) -> S3Result<Duration> {
    let seconds = match asked {
        None => Some(DEFAULT_LIFE_SECONDS),
        Some(text) => text.parse().ok(),
    };
    let seconds = seconds.filter(|seconds| LIFE_SECONDS.contains(seconds));
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| invalid("DurationSeconds must be 900 to 43200"))
}

fn caller_identity(is_session: bool) -> String {
    let arn = if is_session {
        format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/session")
    } else {
        format!("arn:aws:iam::{ACCOUNT_ID}:user/owner")
    };
    format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>{arn}</Arn><UserId>owner</UserId><Account>{ACCOUNT_ID}</Account></GetCallerIdentityResult>\
         </GetCallerIdentityResponse>"
    )
}

fn assumed(keys: &SessionKeys, role: &str, name: &str) -> S3Result<String> {
    let mut expiration = Vec::new();
    Timestamp::from(keys.ends_at)
        .format(TimestampFormat::DateTime, &mut expiration)
        .map_err(|error| s3_error!(error, InternalError, "No time could be written"))?;
    let expiration = String::from_utf8_lossy(&expiration);
    let (role, name) = (escaped(role), escaped(name));
    let SessionKeys {
        access_key_id,
        secret,
        token,
        ..
    } = keys;
    Ok(format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
         <AccessKeyId>{access_key_id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
         <SessionToken>{token}</SessionToken><Expiration>{expiration}</Expiration></Credentials>\
         <AssumedRoleUser><AssumedRoleId>{access_key_id}:{name}</AssumedRoleId><Arn>{role}/{name}</Arn></AssumedRoleUser>\
         </AssumeRoleResult></AssumeRoleResponse>"
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn answer(xml: &str) -> S3Response<Body> {
    let mut response = S3Response::new(Body::from(xml.to_owned()));
    response
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}

fn invalid(why: &'static str) -> S3Error {
    s3_error!(InvalidArgument, "{why}")
}

fn malformed(error: &serde_json::Error) -> S3Error {
    let mut refusal = S3Error::with_message(
        S3ErrorCode::Custom("MalformedPolicyDocument".into()),
        format!("This policy is not understood: {error}"),
    );
    refusal.set_status_code(http::StatusCode::BAD_REQUEST);
    refusal
}
