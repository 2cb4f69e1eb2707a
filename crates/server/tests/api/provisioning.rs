//! `revui-server storage` as a program: what it says, how it ends, and what the embedded store lacks.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use reqwest::Method;
use serde_json::Value;

use crate::https::Https;
use crate::moto;
use crate::world::World;

fn storage(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_revui-server"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command.arg("storage").args(arguments);
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    command.env("AWS_SECRET_ACCESS_KEY", "not-to-be-said");
    command
}

fn said(output: &Output) -> String {
    let (out, error) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(error)
    )
}

#[tokio::test]
async fn the_embedded_store_lacks_what_can_be_set_and_says_what_to_do_instead() {
    let world = World::start().await;
    let origin = world.running.store_origin().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = storage(
        folder.path(),
        &["plan", "--profile", "development", "--json"],
    );
    command
        .env("AWS_ENDPOINT_URL_S3", &origin)
        .env("AWS_S3_BUCKET_NAME", world.bucket().await.name())
        .env("AWS_ACCESS_KEY_ID", world.secret("accessKeyId"))
        .env("AWS_SECRET_ACCESS_KEY", world.secret("secretAccessKey"));
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    for finding in plan["findings"].as_array().unwrap() {
        let expected = if finding["id"] == "recordings.existence" {
            "holds"
        } else {
            "lacking"
        };
        assert_eq!(finding["verdict"], expected, "{finding}");
        assert!(
            expected == "holds"
                || finding["mend"]
                    .as_str()
                    .unwrap()
                    .contains("this store has no such setting")
        );
    }
    let left_out = plan["leftOut"].to_string();
    assert!(
        left_out.contains("plain HTTP") && left_out.contains("bucket.account_id"),
        "{left_out}"
    );
}

#[tokio::test]
async fn nothing_is_set_unasked_and_nothing_twice() {
    let world = World::start().await;
    let origin = world.running.store_origin().unwrap();
    let (id, secret) = (world.secret("accessKeyId"), world.secret("secretAccessKey"));
    let ended = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| {
            let mut command = storage(folder.path(), arguments);
            command
                .env("AWS_ENDPOINT_URL_S3", &origin)
                .env("AWS_S3_BUCKET_NAME", "another-bucket")
                .env("AWS_ACCESS_KEY_ID", &id)
                .env("AWS_SECRET_ACCESS_KEY", &secret);
            let output = command.output().unwrap();
            assert!(
                !said(&output).contains(&secret),
                "the secret is not to be said"
            );
            (output.status.code(), said(&output))
        };
        // Nobody can be asked where there is no terminal.
        [
            run(&["apply"]),
            run(&["plan"]),
            run(&["apply", "--yes"]),
            run(&["apply", "--yes"]),
        ]
    });
    let [unasked, missing, set, again] = ended.await.unwrap();
    assert!(
        unasked.0 == Some(1) && unasked.1.contains("say --yes"),
        "{unasked:?}"
    );
    assert!(
        missing.0 == Some(3) && missing.1.contains("missing   recordings.existence"),
        "{missing:?}"
    );
    assert!(
        set.0 == Some(0) && set.1.contains("set       recordings.existence"),
        "{set:?}"
    );
    assert!(
        again.0 == Some(0) && again.1.contains("Nothing to set."),
        "{again:?}"
    );
}

/// Over HTTPS the statement that refuses plain HTTP is a part of the policy: it is set, found again, and named when somebody
/// takes it away.
#[tokio::test]
async fn over_https_a_bucket_refuses_plain_http() {
    let Some(moto) = moto::start("over_https_a_bucket_refuses_plain_http").await else {
        return;
    };
    let https = Https::before(&moto.origin).await;
    let folder = tempfile::tempdir().unwrap();
    let text = "profile = \"development\"\n[bucket]\nname = \"https-recordings\"\n[access]\nsigning_role = \"\"\n";
    std::fs::write(folder.path().join("storage.toml"), text).unwrap();
    let run = async |arguments: &[&str]| {
        let mut command = storage(folder.path(), arguments);
        command
            .env("SSL_CERT_FILE", https.authority())
            .env("AWS_ENDPOINT_URL_S3", &https.origin)
            .env("AWS_ENDPOINT_URL_IAM", &https.origin)
            .env("AWS_ENDPOINT_URL_STS", &https.origin);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output = output.await.unwrap();
        (output.status.code(), said(&output))
    };
    let (code, set) = run(&["apply", "--yes"]).await;
    assert_eq!(code, Some(0), "{set}");
    assert!(set.contains("set       recordings.policy"), "{set}");
    assert!(!set.contains("plain HTTP:"), "{set}");
    let (code, again) = run(&["apply", "--yes"]).await;
    assert_eq!(code, Some(0), "{again}");
    assert!(again.contains("Nothing to set."), "{again}");

    let path = "/https-recordings?policy";
    let policy = moto.read_s3(path, "us-east-1").await;
    let mut policy: Value = serde_json::from_str(&policy).unwrap();
    let statements = policy["Statement"].as_array_mut().unwrap();
    let refusing = |statement: &Value| {
        statement["Effect"] == "Deny"
            && statement["Condition"]["BoolIfExists"]["aws:SecureTransport"] == "false"
    };
    assert!(statements.iter().any(refusing), "{statements:?}");
    statements.retain(|statement| !refusing(statement));
    let without = policy.to_string();
    moto.s3(Method::PUT, path, "us-east-1", &without).await;
    let (code, plan) = run(&["plan"]).await;
    assert_eq!(code, Some(3), "{plan}");
    assert!(plan.contains("recordings.policy"), "{plan}");
}

#[test]
fn what_cannot_be_used_is_named_by_line_and_key_and_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[bucket]\nname = \"x-y-z\"\nversionning = true\n[lifecycle]\ndelete_after_days = \"ninety\"\n";
    std::fs::write(folder.path().join("storage.toml"), text).unwrap();
    let output = storage(folder.path(), &["plan"]).output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("storage.toml: line 3: `bucket.versionning`: there is no such key; the nearest is `bucket.versioning`"), "{said}");
    assert!(
        said.contains("storage.toml: line 5: `lifecycle.delete_after_days`"),
        "{said}"
    );

    // A file that was named has to be there.
    let output = storage(folder.path(), &["plan", "--file", "other.toml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn policies_need_no_store_where_the_account_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[bucket]\naccount_id = \"123456789012\"\n";
    std::fs::write(folder.path().join("storage.toml"), text).unwrap();
    let output = storage(folder.path(), &["policy", "--json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let policies: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ids: Vec<&String> = policies["policies"].as_object().unwrap().keys().collect();
    assert_eq!(ids.len(), 5, "{ids:?}");
    let user = policies["policies"]["user.permissions"].to_string();
    assert!(
        user.contains("s3:AbortMultipartUpload") && !user.contains("PutObjectAcl"),
        "{user}"
    );
    let bucket = policies["policies"]["recordings.policy"].to_string();
    assert!(
        bucket.contains("DenyPlainHttp")
            && bucket.contains("arn:aws:iam::123456789012:user/revui-backend"),
        "{bucket}"
    );
    assert!(!said(&output).contains("not-to-be-said"));
}
