//! The chain of credentials: each case in a process of its own, whose environment is the case.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use storage::{Bucket, BucketConfig, Credentials, Encryption, PartChecksum, PutTicket};

use crate::canned::Canned;

/// Where the machine's own facts are asked for, in place of the link-local address.
const METADATA_ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";

const CHILD_VARIABLE: &str = "STORAGE_CHAIN_CHILD";

/// No test when run with the others: it is the child process of those below, and tells whose keys sign and for how long.
#[tokio::test]
async fn connects_in_a_process_of_its_own() {
    if std::env::var_os(CHILD_VARIABLE).is_none() {
        return;
    }
    let config = BucketConfig {
        region: "us-east-1".to_owned(),
        bucket: "recordings".to_owned(),
        endpoint_url: None,
        credentials: Credentials::Chain,
        encryption: Encryption::BucketDefault,
        part_checksum: PartChecksum::Sha256,
        tagging: true,
        signing_role: None,
    };
    let bucket = match Bucket::connect(config).await {
        Ok(bucket) => bucket,
        Err(error) => return println!("outcome: {error} {:?}", error.missing()),
    };
    let now = SystemTime::now();
    let ticket = PutTicket {
        key: "k",
        content_type: "video/webm",
        content_length: None,
        sha256_hex: None,
        write_once: false,
        sign_encryption: false,
        tags: None,
        expires_in: Duration::from_hours(2),
    };
    let request = bucket.put_ticket(ticket, now).await.unwrap();
    let url = request.url.expose();
    let who = url
        .split_once("X-Amz-Credential=")
        .unwrap()
        .1
        .split('%')
        .next()
        .unwrap();
    let minutes = request
        .expires_at
        .duration_since(now)
        .unwrap()
        .as_secs()
        .div_ceil(60);
    println!(
        "outcome: {who} for {minutes} min, token {}",
        url.contains("X-Amz-Security-Token")
    );
}

/// The child's outcome with nothing of this process's environment but what is given.
async fn outcome(environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "chain::connects_in_a_process_of_its_own",
            "--exact",
            "--nocapture",
        ])
        .env_clear()
        .env(CHILD_VARIABLE, "1")
        .envs(environment.iter().copied());
    if !environment
        .iter()
        .any(|(name, _)| *name == METADATA_ENDPOINT)
    {
        command.env("AWS_EC2_METADATA_DISABLED", "true");
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text
        .lines()
        .find_map(|line| Some(line.split_once("outcome: ")?.1.to_owned()));
    line.unwrap_or_else(|| panic!("{text}"))
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn keys_come_from_the_environment() {
    let environment = [
        ("AWS_ACCESS_KEY_ID", "AKIDENV"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_SESSION_TOKEN", "token"),
    ];
    assert_eq!(
        outcome(&environment).await,
        "AKIDENV for 120 min, token true"
    );
}

#[tokio::test]
async fn keys_come_from_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[uploads]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = secret\n";
    let file = write(folder.path(), "credentials", text);
    let environment = [
        ("AWS_SHARED_CREDENTIALS_FILE", file.as_str()),
        ("AWS_PROFILE", "uploads"),
    ];
    assert_eq!(
        outcome(&environment).await,
        "AKIDPROFILE for 120 min, token false"
    );
}

#[tokio::test]
async fn a_containers_role_ends_the_ticket_with_its_keys() {
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(45);
    let body = format!(
        "{{\"AccessKeyId\":\"ASIDROLE\",\"SecretAccessKey\":\"secret\",\"Token\":\"token\",\"Expiration\":\"{}\"}}",
        end.strftime("%Y-%m-%dT%H:%M:%SZ")
    );
    let canned = Canned::start(vec![(200, &["content-type: application/json"], body)]).await;
    let address = format!("{}/role", canned.origin);
    let environment = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", address.as_str())];
    assert_eq!(
        outcome(&environment).await,
        "ASIDROLE for 45 min, token true"
    );
    assert_eq!(canned.asked(), ["GET /role"]);
}

/// As the instance metadata service answers that wants a token first (`IMDSv2`).
#[tokio::test]
async fn an_instances_role_ends_the_ticket_with_its_keys() {
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(45);
    let keys = format!(
        "{{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"ASIDINSTANCE\",\
         \"SecretAccessKey\":\"secret\",\"Token\":\"token\",\"LastUpdated\":\"2026-01-01T00:00:00Z\",\
         \"Expiration\":\"{}\"}}",
        end.strftime("%Y-%m-%dT%H:%M:%SZ")
    );
    let lives: &[&str] = &["x-aws-ec2-metadata-token-ttl-seconds: 21600"];
    let canned = Canned::start(vec![
        (200, lives, "a-token".to_owned()),
        (200, &[], "uploads".to_owned()),
        (200, &[], keys),
    ])
    .await;
    let environment = [(METADATA_ENDPOINT, canned.origin.as_str())];
    assert_eq!(
        outcome(&environment).await,
        "ASIDINSTANCE for 45 min, token true"
    );
    assert_eq!(
        canned.asked(),
        [
            "PUT /latest/api/token",
            "GET /latest/meta-data/iam/security-credentials/",
            "GET /latest/meta-data/iam/security-credentials/uploads"
        ]
    );
}

#[tokio::test]
async fn a_web_identity_is_exchanged_for_keys() {
    let folder = tempfile::tempdir().unwrap();
    let token = write(folder.path(), "token", "an-identity");
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(60);
    let body = format!(
        "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
         <AccessKeyId>ASIDWEB</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
         <SessionToken>token</SessionToken><Expiration>{}</Expiration>\
         </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>",
        end.strftime("%Y-%m-%dT%H:%M:%SZ")
    );
    let canned = Canned::start(vec![(200, &["content-type: text/xml"], body)]).await;
    let environment = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/uploads"),
        ("AWS_ROLE_SESSION_NAME", "test"),
        ("AWS_ENDPOINT_URL_STS", canned.origin.as_str()),
    ];
    assert_eq!(
        outcome(&environment).await,
        "ASIDWEB for 60 min, token true"
    );
}

#[tokio::test]
async fn nothing_found_names_what_would_mend_it() {
    let outcome = outcome(&[]).await;
    assert!(outcome.starts_with("no AWS credentials"), "{outcome}");
    assert!(
        outcome.ends_with("[\"AWS_ACCESS_KEY_ID\", \"AWS_SECRET_ACCESS_KEY\"]"),
        "{outcome}"
    );
}

#[tokio::test]
async fn a_profile_that_does_not_exist_is_said() {
    let outcome = outcome(&[("AWS_PROFILE", "nobody")]).await;
    assert!(outcome.contains("AWS credentials"), "{outcome}");
}
