//! The log keeps no secrets, whatever level is asked for.

use serde_json::json;

use crate::captured::logged;
use crate::in_parts::InParts;
use crate::world::{ADMIN, USER, World, path};

/// The value of one of the URL's parameters.
fn parameter(url: &str, name: &str) -> String {
    let (_, rest) = url.split_once(&format!("{name}=")).unwrap();
    rest.split('&').next().unwrap().to_owned()
}

#[tokio::test]
async fn no_secret_is_logged_at_the_finest_level() {
    let world = World::start().await;
    let wrong = "a-wrong-password-of-the-canary";
    world
        .login(USER, wrong)
        .await
        .refused(401, "wrong_credentials");
    let session = world.login(USER, &world.password(USER)).await.expect(200);
    let token = session.text("accessToken");
    let body =
        json!({"taskId": "t", "filename": "a.webm", "fileSize": 4, "idempotencyKey": "canary"});
    let initiated = world
        .post(&token, "/recordings/initiate", &body)
        .await
        .expect(201);
    let renewed = world
        .post(&token, &path(&initiated, "/renew"), &json!({}))
        .await
        .expect(200);
    world
        .complete(&token, &initiated, 4)
        .await
        .refused(409, "object_missing");
    assert_eq!(world.put(&renewed, b"webm").await.status(), 200);
    world.complete(&token, &initiated, 4).await.expect(200);
    let got = world.get(&token, &path(&initiated, "")).await.expect(200);
    let link = got.text("downloadUrl");
    assert_eq!(world.http.get(&link).send().await.unwrap().status(), 200);
    let bad = link.replace("a.webm%22", "b.webm%22");
    assert_eq!(world.http.get(bad).send().await.unwrap().status(), 403);
    let upload = InParts::start(&world, &token, vec![b"webm".to_vec()]).await;
    let signed = upload.sign(&world, &token, &[1]).await.expect(200);
    upload.put_all(&world, &token).await;
    upload.complete(&world, &token).await.expect(200);
    let refresh = json!({"refreshToken": session.text("refreshToken")});
    let refreshed = world.post_open("/auth/refresh", &refresh).await.expect(200);
    let admin = world.token(ADMIN).await;
    world
        .delete(&admin, &path(&initiated, ""))
        .await
        .expect(200);

    let canaries = [
        ("a wrong password", wrong.to_owned()),
        ("a password", world.password(USER)),
        ("an access token", token),
        ("an access token", admin),
        ("an access token", refreshed.text("accessToken")),
        ("a refresh token", session.text("refreshToken")),
        ("a refresh token", refreshed.text("refreshToken")),
        (
            "an upload's signature",
            parameter(&initiated.text("uploadUrl"), "X-Amz-Signature"),
        ),
        (
            "an upload's signature",
            parameter(&renewed.text("uploadUrl"), "X-Amz-Signature"),
        ),
        (
            "a part's signature",
            parameter(
                signed.body["parts"][0]["url"].as_str().unwrap(),
                "X-Amz-Signature",
            ),
        ),
        ("a link's signature", parameter(&link, "X-Amz-Signature")),
        ("the JWT secret", world.secret("jwtSecret")),
        ("the store's secret", world.secret("secretAccessKey")),
    ];
    let log = logged();
    // The capture itself works: what should be there is there.
    assert!(
        log.contains("answered")
            && log.contains(initiated.headers["x-request-id"].to_str().unwrap())
    );
    for (what, canary) in canaries {
        let line = log.lines().find(|line| line.contains(&canary));
        assert!(
            line.is_none(),
            "{what} was logged: {}",
            line.unwrap_or_default()
        );
    }
}
