//! `revui-server storage verify`, `rotate-key` and `restore-test`, as an operator starts them: against the embedded store,
//! which checks signatures, and against moto, which has IAM and configuration and believes every signature.

use reqwest::Method;

use crate::moto;
use crate::ordering::order;
use crate::world::World;

const ROLE: &str = "arn:aws:iam::000000000000:role/revui-signing";

/// What names the embedded store of a world, its STS too.
pub(crate) fn embedded(world: &World) -> Vec<(&'static str, String)> {
    let origin = world.running.store_origin().unwrap();
    vec![
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_S3_BUCKET_NAME", "revui-recordings".to_owned()),
        ("AWS_ACCESS_KEY_ID", world.secret("accessKeyId")),
        ("AWS_SECRET_ACCESS_KEY", world.secret("secretAccessKey")),
        ("AWS_ENDPOINT_URL_S3", origin.clone()),
        ("AWS_ENDPOINT_URL_STS", origin),
        ("AWS_S3_TAGGING", "on".to_owned()),
        ("AWS_S3_SIGNING_ROLE_ARN", ROLE.to_owned()),
        ("CORS_ORIGIN", "https://app.example".to_owned()),
    ]
}

pub(crate) fn change(variables: &mut [(&'static str, String)], name: &str, value: &str) {
    let found = variables.iter_mut().find(|(known, _)| *known == name);
    value.clone_into(&mut found.unwrap().1);
}

/// Files that objects of the embedded store have.
fn stored(world: &World) -> usize {
    let objects = world
        .data
        .path()
        .join("store/buckets/revui-recordings/objects");
    std::fs::read_dir(objects).unwrap().count()
}

#[tokio::test]
async fn a_store_that_checks_signatures_passes_and_nothing_of_it_is_left() {
    let world = World::start().await;
    let before = stored(&world);
    let ended = order(&["verify", "--json"], &embedded(&world))
        .await
        .expect(0);
    assert_eq!(ended.checks("failed"), [""; 0], "{}", ended.out);
    assert_eq!(ended.checks("warned"), [""; 0], "{}", ended.out);
    let passed = ended.checks("passed");
    for id in [
        "dns",
        "clock",
        "caller",
        "credentials",
        "bucket",
        "list",
        "presigned-put",
        "presigned-get",
        "encrypted",
        "anonymous",
        "expired",
        "tampered",
        "content-type",
        "size",
        "write-once",
        "parts",
        "tags",
        "tenants",
        "cors",
    ] {
        assert!(
            passed.iter().any(|passed| passed == id),
            "{id}: {}",
            ended.said_of(id)
        );
    }
    // It has no such setting, and encrypts all the same; and it is on this machine.
    let skipped = ended.checks("skipped");
    assert!(
        skipped.contains(&"encryption".to_owned()) && skipped.contains(&"tls".to_owned()),
        "{skipped:?}"
    );
    assert_eq!(stored(&world), before);
    assert_eq!(ended.json()["left"], serde_json::json!([]));

    let text = order(&["verify"], &embedded(&world)).await.expect(0);
    assert!(text.out.contains("passed   tenants"), "{}", text.out);
    assert!(text.out.ends_with(" 0 failed, 3 skipped\n"), "{}", text.out);
    let secret = world.secret("secretAccessKey");
    assert!(!text.out.contains(&secret) && !text.out.contains("X-Amz-Signature"));
}

#[tokio::test]
async fn what_keeps_everything_from_working_is_named_first() {
    let world = World::start().await;
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nowhere.local_addr().unwrap().port();
    drop(nowhere);
    for (name, value, failed, expected) in [
        (
            "AWS_SECRET_ACCESS_KEY",
            "another-secret".to_owned(),
            "caller",
            "AWS_SECRET_ACCESS_KEY",
        ),
        (
            "AWS_ACCESS_KEY_ID",
            "AKIANOBODY".to_owned(),
            "caller",
            "no such access key",
        ),
        (
            "AWS_S3_BUCKET_NAME",
            "no-such-bucket".to_owned(),
            "bucket",
            "storage apply",
        ),
        (
            "AWS_ENDPOINT_URL_S3",
            format!("http://127.0.0.1:{port}"),
            "tls",
            "nothing listens there",
        ),
        (
            "AWS_ENDPOINT_URL_S3",
            "https://store.invalid".to_owned(),
            "dns",
            "name server",
        ),
    ] {
        let mut variables = embedded(&world);
        change(&mut variables, name, &value);
        let ended = order(&["verify", "--json"], &variables).await.expect(1);
        assert_eq!(ended.checks("failed"), [failed], "{}", ended.out);
        assert!(ended.said_of(failed).contains(expected), "{}", ended.out);
        assert_eq!(ended.checks("skipped").last().unwrap(), "everything-else");
    }
    let mut variables = embedded(&world);
    variables.retain(|(name, _)| *name != "AWS_SECRET_ACCESS_KEY");
    let ended = order(&["verify"], &variables).await.expect(2);
    assert!(ended.err.contains("AWS_SECRET_ACCESS_KEY"), "{}", ended.err);
}

const OPEN_TO_ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::broken","arn:aws:s3:::broken/*"]}]}"#;

const OTHER_ORIGIN: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>https://old.example</AllowedOrigin>\
    <AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>";

#[tokio::test]
async fn what_is_broken_on_purpose_is_named_and_told_how_to_mend() {
    let Some(moto) = moto::start("what_is_broken_on_purpose_is_named_and_told_how_to_mend").await
    else {
        return;
    };
    let (id, secret) = moto.user("revui-backend").await;
    let region = "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>";
    moto.s3(Method::PUT, "/broken", "eu-central-1", region)
        .await;
    moto.s3(Method::PUT, "/broken?policy", "eu-central-1", OPEN_TO_ALL)
        .await;
    moto.s3(Method::PUT, "/broken?cors", "eu-central-1", OTHER_ORIGIN)
        .await;
    moto.s3(Method::DELETE, "/broken?encryption", "eu-central-1", "")
        .await;
    let mut variables = moto.variables();
    variables.extend([
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_S3_BUCKET_NAME", "broken".to_owned()),
        ("AWS_ACCESS_KEY_ID", id),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("CORS_ORIGIN", "https://app.example".to_owned()),
        (
            "AWS_S3_SIGNING_ROLE_ARN",
            "arn:aws:iam::123456789012:role/revui-signing".to_owned(),
        ),
    ]);
    let ended = order(&["verify", "--json"], &variables).await.expect(1);
    let failed = ended.checks("failed");
    for (id, expected) in [
        ("region", "set AWS_REGION=eu-central-1"),
        ("encryption", "SSEAlgorithm AES256"),
        ("anonymous", "Block Public Access"),
        ("expired", "took a ticket that ended"),
        ("tampered", "took a ticket for another key"),
        ("content-type", "took text/html"),
        ("size", "took one byte more than was signed"),
        ("tenants", "TENANT_BUCKETS"),
        ("cors", "AllowedOrigins"),
    ] {
        assert!(
            failed.iter().any(|failed| failed == id),
            "{id} in {failed:?}: {}",
            ended.said_of(id)
        );
        assert!(
            ended.said_of(id).contains(expected),
            "{}",
            ended.said_of(id)
        );
    }
    // What is as it should be is not called broken.
    let passed = ended.checks("passed");
    for id in [
        "caller",
        "credentials",
        "bucket",
        "list",
        "presigned-put",
        "presigned-get",
        "write-once",
    ] {
        assert!(
            passed.iter().any(|passed| passed == id),
            "{id}: {}",
            ended.said_of(id)
        );
    }
    assert!(
        ended.said_of("caller").contains("user/revui-backend"),
        "{}",
        ended.out
    );
    assert!(
        ended.said_of("credentials").contains("0 days old"),
        "{}",
        ended.out
    );
    // Also what should have been refused has been taken away.
    assert_eq!(ended.json()["left"], serde_json::json!([]));
    let again = order(&["verify", "--json"], &variables).await.expect(1);
    assert!(
        again.checks("passed").contains(&"list".to_owned()),
        "{}",
        again.said_of("list")
    );
}

#[tokio::test]
async fn a_key_is_exchanged_step_by_step() {
    let Some(moto) = moto::start("a_key_is_exchanged_step_by_step").await else {
        return;
    };
    let (old, secret) = moto.user("revui-backend").await;
    moto.s3(Method::PUT, "/recordings", "us-east-1", "").await;
    let with = |id: &str, secret: &str| {
        let mut variables = moto.variables();
        variables.extend([
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_S3_BUCKET_NAME", "recordings".to_owned()),
            ("AWS_ACCESS_KEY_ID", id.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", secret.to_owned()),
        ]);
        variables
    };
    let active = |id: &str| (id.to_owned(), "Active".to_owned());

    // Nobody can be asked here: the old key stays.
    let made = order(&["rotate-key"], &with(&old, &secret)).await.expect(0);
    let shown = |name: &str| {
        let mut lines = made.out.lines();
        let line = lines.find_map(|line| line.strip_prefix(name)).unwrap();
        line.to_owned()
    };
    let new = shown("AWS_ACCESS_KEY_ID=");
    let new_secret = shown("AWS_SECRET_ACCESS_KEY=");
    assert!(
        made.out.contains(&format!("--retire {old}")),
        "{}",
        made.out
    );
    assert_eq!(
        moto.keys("revui-backend").await,
        [active(&old), active(&new)]
    );

    // There is no room for a third.
    let full = order(&["rotate-key"], &with(&old, &secret)).await.expect(1);
    assert!(
        full.err.contains(&format!("--retire {old}")),
        "{}",
        full.err
    );
    assert_eq!(moto.keys("revui-backend").await.len(), 2);

    // The key that is configured is not ended.
    let refused = order(&["rotate-key", "--retire", &old], &with(&old, &secret)).await;
    assert!(
        refused
            .expect(2)
            .err
            .contains("configure the new one first")
    );
    let retire = ["rotate-key", "--retire", &old, "--json"];
    let ended = order(&retire, &with(&new, &new_secret)).await.expect(0);
    assert_eq!(ended.json()["old"]["state"], "deleted");
    assert_eq!(moto.keys("revui-backend").await, [active(&new)]);

    // All at once, by whoever knows that nobody uses it.
    let all = ["rotate-key", "--keep-old", "no", "--json"];
    let all = order(&all, &with(&new, &new_secret)).await.expect(0).json();
    let newest = all["new"]["accessKeyId"].as_str().unwrap().to_owned();
    assert_eq!(
        all["old"],
        serde_json::json!({"accessKeyId": new, "state": "deleted"})
    );
    assert_eq!(moto.keys("revui-backend").await, [active(&newest)]);

    // A key that does not work is taken back, and the old one is as it was.
    let newest_secret = all["new"]["secretAccessKey"].as_str().unwrap();
    let mut elsewhere = with(&newest, newest_secret);
    change(&mut elsewhere, "AWS_S3_BUCKET_NAME", "no-such-bucket");
    let failed = order(&["rotate-key", "--keep-old", "no"], &elsewhere)
        .await
        .expect(1);
    assert!(
        failed.err.contains("could not put an object"),
        "{}",
        failed.err
    );
    assert!(
        failed.out.contains("has been deleted again"),
        "{}",
        failed.out
    );
    assert_eq!(moto.keys("revui-backend").await, [active(&newest)]);
}

#[tokio::test]
async fn what_was_deleted_comes_back_where_versions_are_kept() {
    let world = World::start().await;
    let never = order(&["restore-test", "--json"], &embedded(&world))
        .await
        .expect(1);
    assert_eq!(never.json()["restored"], false);
    assert!(never.out.contains("Turn versioning on"), "{}", never.out);

    let Some(moto) = moto::start("what_was_deleted_comes_back_where_versions_are_kept").await
    else {
        return;
    };
    moto.s3(Method::PUT, "/recordings", "us-east-1", "").await;
    let mut variables = moto.variables();
    variables.extend([
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_S3_BUCKET_NAME", "recordings".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
    ]);
    let versioning = |status: &str| {
        format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>")
    };
    moto.s3(
        Method::PUT,
        "/recordings?versioning",
        "us-east-1",
        &versioning("Enabled"),
    )
    .await;
    let back = order(&["restore-test", "--json"], &variables)
        .await
        .expect(0)
        .json();
    assert_eq!(back["restored"], true);
    assert_eq!(back["sizeBytes"], 1024 * 1024);
    assert!(back["milliseconds"].is_u64() && back["left"].is_null());
    let text = order(&["restore-test"], &variables).await.expect(0);
    assert!(
        text.out.contains("every byte the same, in "),
        "{}",
        text.out
    );

    moto.s3(
        Method::PUT,
        "/recordings?versioning",
        "us-east-1",
        &versioning("Suspended"),
    )
    .await;
    let suspended = order(&["restore-test"], &variables).await.expect(1);
    assert!(
        suspended.out.contains("what is deleted"),
        "{}",
        suspended.out
    );
}
