//! What an answer means, and how to mend it: the setup guide's Troubleshooting, and more.

use std::error::Error;

use super::Trouble;
use super::answer::{Answer, Unanswered};
use crate::Refusal;

/// What was tried, for what is said of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    Caller,
    Bucket,
    List,
    Encryption,
    Put,
    Get,
    Tag,
    Parts,
    Session,
}

impl Tried {
    /// The right that it takes.
    fn right(self) -> &'static str {
        match self {
            Self::Caller => "sts:GetCallerIdentity",
            Self::Bucket | Self::List => "s3:ListBucket",
            Self::Encryption => "s3:GetEncryptionConfiguration",
            Self::Put => "s3:PutObject",
            Self::Get => "s3:GetObject",
            Self::Tag => "s3:PutObjectTagging",
            Self::Parts => "s3:AbortMultipartUpload and s3:ListMultipartUploadParts",
            Self::Session => "sts:AssumeRole",
        }
    }
}

/// A request that got no answer.
pub(super) fn unanswered(error: &Unanswered) -> Trouble {
    unreached(&chain(&error.0))
}

/// No connection, or none that could be used; `chain` says why, the innermost cause last.
pub(super) fn unreached(chain: &str) -> Trouble {
    let lower = chain.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let (why, mend) = if has(&["dns error", "failed to lookup", "name or service not known"]) {
        (
            "the store's name has no address",
            "check AWS_REGION and AWS_ENDPOINT_URL_S3 for a slip, and this machine's name server",
        )
    } else if has(&["certificate", "tls", "handshake"]) {
        (
            "the encrypted connection could not be trusted",
            "check this machine's clock and its list of authorities; a proxy that opens TLS must be on that list",
        )
    } else if has(&["connection refused"]) {
        (
            "nothing listens there",
            "check AWS_ENDPOINT_URL_S3 and that the store runs",
        )
    } else if has(&["timed out", "timeout", "unreachable"]) {
        (
            "the network let nothing through",
            "allow outbound HTTPS (443) in security groups, network lists and the firewall; in a private network use a VPC endpoint or a NAT gateway",
        )
    } else {
        (
            "no answer came",
            "check the network between here and the store",
        )
    };
    Trouble::new(chain, why, mend)
}

/// An answer that should have been another.
pub(super) fn answered(answer: &Answer, tried: Tried) -> Trouble {
    let status = answer.status.as_u16();
    let (why, mend) = refused(Some(status), answer.code.as_deref(), tried);
    Trouble::new(answer.to_string(), why, mend)
}

/// The same of what the SDK was answered.
pub(super) fn refusal(refusal: &Refusal, tried: Tried) -> Trouble {
    if let Refusal::Unanswered(cause) = refusal {
        return unreached(&chain(cause.as_ref()));
    }
    let (why, mend) = refused(refusal.status(), refusal.code(), tried);
    Trouble::new(refusal.to_string(), why, mend)
}

/// An error with its causes, the innermost last.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

/// Whether a store says that it lacks something altogether.
pub(super) fn is_lacking(refusal: &Refusal) -> bool {
    matches!(refusal.status(), Some(405 | 501))
        || matches!(refusal.code(), Some("NotImplemented" | "MethodNotAllowed"))
}

fn refused(status: Option<u16>, code: Option<&str>, tried: Tried) -> (String, String) {
    if let Some((why, mend)) = code.and_then(by_code) {
        return (why.to_owned(), mend.to_owned());
    }
    let right = tried.right();
    match (status, code) {
        (Some(403), _) => (
            "the account may not do this".to_owned(),
            format!(
                "grant {right} on the bucket and its objects to the backend's user (`revui-server storage policy` shows the whole policy), and check that the bucket policy denies it nothing"
            ),
        ),
        (Some(404), _) => (
            "there is no such bucket or object".to_owned(),
            "make the bucket with `revui-server storage apply`, and check AWS_S3_BUCKET_NAME"
                .to_owned(),
        ),
        (Some(301 | 307), _) => (
            "the bucket is in another region".to_owned(),
            "set AWS_REGION to the bucket's own region".to_owned(),
        ),
        (Some(405 | 501), _) => (
            "this store does not know the request".to_owned(),
            "see the notes on other stores in docs/storage.md".to_owned(),
        ),
        (Some(200..=299), _) => (
            "the answer is not written as S3 writes it".to_owned(),
            "see the notes on other stores in docs/storage.md".to_owned(),
        ),
        (Some(500..), _) => (
            "the store failed".to_owned(),
            "try again; if it stays so, ask whoever runs the store".to_owned(),
        ),
        _ => (
            "it should have been otherwise".to_owned(),
            format!("check that the store is one of S3's kind, and {right}"),
        ),
    }
}

/// Codes that name their cause. Source:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList> and
/// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
fn by_code(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "InvalidAccessKeyId" | "InvalidClientTokenId" | "UnrecognizedClientException" => (
            "there is no such access key (any more), or it is inactive",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a key that IAM lists as active; `revui-server storage rotate-key` makes one",
        ),
        "SignatureDoesNotMatch" => (
            "the secret does not belong to the access key, or something between here and the store changes requests",
            "set AWS_SECRET_ACCESS_KEY to the secret that was shown with the key; let proxies pass the Host header on",
        ),
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => (
            "the temporary credentials have ended, and every URL that they signed with them",
            "get new ones, or let the machine have a role, which renews them by itself",
        ),
        "InvalidToken" => (
            "the session token does not belong to the key",
            "set AWS_SESSION_TOKEN to the one that came with the key, or leave it out for a lasting key",
        ),
        "RequestTimeTooSkewed" | "RequestExpired" => (
            "this machine's clock is more than 15 minutes off",
            "let the machine keep its time by NTP (`timedatectl set-ntp true`)",
        ),
        "NoSuchBucket" => (
            "there is no bucket of that name",
            "make it with `revui-server storage apply`, and check AWS_S3_BUCKET_NAME",
        ),
        "PermanentRedirect"
        | "AuthorizationHeaderMalformed"
        | "IllegalLocationConstraintException"
        | "TemporaryRedirect" => (
            "the bucket is in another region",
            "set AWS_REGION to the bucket's own region",
        ),
        "AccountProblem" | "NotSignedUp" | "AllAccessDisabled" => (
            "AWS has closed the account or the bucket",
            "ask AWS support",
        ),
        "SlowDown" | "ServiceUnavailable" | "Throttling" | "ThrottlingException" => {
            ("the store has too much to do", "try again in a minute")
        }
        "KMS.DisabledException" | "KMS.NotFoundException" | "KMS.InvalidStateException" => (
            "the KMS key that the bucket encrypts with cannot be used",
            "enable the key in KMS, and grant kms:GenerateDataKey and kms:Decrypt on it",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_failed_is_told_by_its_cause() {
        for (chain, expected) in [
            (
                "error sending request: client error (Connect): dns error: failed to lookup address information",
                "no address",
            ),
            (
                "error sending request: client error (Connect): invalid peer certificate: UnknownIssuer",
                "trusted",
            ),
            (
                "error sending request: client error (Connect): tcp connect error: Connection refused (os error 111)",
                "listens",
            ),
            ("error sending request: operation timed out", "443"),
            ("error sending request: connection reset", "network between"),
        ] {
            let trouble = unreached(chain);
            let told = format!("{} {}", trouble.why, trouble.mend);
            assert!(told.contains(expected), "{chain}: {told}");
        }
    }

    #[test]
    fn an_answer_is_told_by_its_code_then_by_its_status_and_what_was_tried() {
        for (status, code, tried, expected) in [
            (403, Some("AccessDenied"), Tried::Put, "s3:PutObject"),
            (403, None, Tried::Tag, "s3:PutObjectTagging"),
            (
                403,
                Some("SignatureDoesNotMatch"),
                Tried::Put,
                "AWS_SECRET_ACCESS_KEY",
            ),
            (403, Some("InvalidAccessKeyId"), Tried::List, "rotate-key"),
            (403, Some("RequestTimeTooSkewed"), Tried::Put, "NTP"),
            (400, Some("ExpiredToken"), Tried::Get, "role"),
            (301, None, Tried::Bucket, "AWS_REGION"),
            (404, Some("NoSuchBucket"), Tried::Bucket, "storage apply"),
            (501, None, Tried::Encryption, "docs/storage.md"),
            (503, None, Tried::Put, "whoever runs"),
            (200, None, Tried::Parts, "docs/storage.md"),
            (400, None, Tried::Parts, "s3:AbortMultipartUpload"),
        ] {
            let (why, mend) = refused(Some(status), code, tried);
            assert!(mend.contains(expected), "{status} {code:?}: {why}; {mend}");
        }
    }
}
