//! Signing in and staying signed in.

use std::time::Duration;

use serde_json::{Value, json};
use server::Clock;
use server::administration::Administration;
use wire::{Role, Secret};

use crate::world::{ADMIN, Answer, USER, World};

const MINUTE: Duration = Duration::from_mins(1);

async fn refresh(world: &World, token: &str) -> Answer {
    world
        .post_open("/auth/refresh", &json!({"refreshToken": token}))
        .await
}

async fn administration(world: &World) -> Administration {
    Administration::open(&world.database(), Clock::system())
        .await
        .unwrap()
}

#[tokio::test]
async fn signing_in_says_who_and_for_how_long() {
    let world = World::start().await;
    let body = json!({"email": " User@Demo.Example ", "password": world.password(USER), "deviceName": "Ada's laptop"});
    let session = world.post_open("/auth/login", &body).await.expect(200);
    assert_eq!(session.body["expiresIn"], 900);
    let user = json!({"id": world.user_id(USER), "email": USER, "name": "user", "role": "USER", "tenantId": "demo"});
    assert_eq!(session.body["user"], user);
    let me = world
        .get(&session.text("accessToken"), "/auth/me")
        .await
        .expect(200);
    assert_eq!(me.body, user);
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_are_the_same_and_limited() {
    let world = World::start().await;
    let wrong = world.login(USER, "wrong").await;
    wrong.refused(401, "wrong_credentials");
    let nobody = world.login("nobody@demo.example", "wrong").await;
    nobody.refused(401, "wrong_credentials");
    assert_eq!(nobody.body["message"], wrong.body["message"]);
    for _ in 1..10 {
        world
            .login(USER, "wrong")
            .await
            .refused(401, "wrong_credentials");
        world
            .login("nobody@demo.example", "x")
            .await
            .refused(401, "wrong_credentials");
    }
    let right = world.password(USER);
    for (email, password) in [(USER, right.as_str()), ("nobody@demo.example", "x")] {
        let limited = world.login(email, password).await;
        limited.refused(429, "too_many_attempts");
        let wait: u64 = limited.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=900).contains(&wait), "{wait}");
    }
    world.time.advance(15 * MINUTE);
    world.login(USER, &right).await.expect(200);
}

#[tokio::test]
async fn a_restart_forgets_no_attempt() {
    let world = World::start().await;
    for _ in 0..10 {
        world
            .login(USER, "wrong")
            .await
            .refused(401, "wrong_credentials");
    }
    world.time.advance(14 * MINUTE);
    let world = world.restart().await;
    let right = world.password(USER);
    let limited = world.login(USER, &right).await;
    limited.refused(429, "too_many_attempts");
    world.time.advance(MINUTE);
    world.login(USER, &right).await.expect(200);
}

#[tokio::test]
async fn an_access_token_lives_for_fifteen_minutes() {
    let world = World::start().await;
    let token = world.token(USER).await;
    world.time.advance(14 * MINUTE);
    world.get(&token, "/tasks").await.expect(200);
    world.time.advance(MINUTE);
    let expired = world.get(&token, "/tasks").await;
    expired.refused(401, "token_expired");
    assert_eq!(expired.headers["www-authenticate"], "Bearer");
    for garbled in [
        "",
        "x",
        "a.b.c",
        &"a".repeat(5000),
        &token[..token.len() - 2],
    ] {
        world
            .get(garbled, "/tasks")
            .await
            .refused(401, "unauthorized");
    }
    let bare = world.request(reqwest::Method::GET, "/tasks");
    world.send(bare).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_with_grace_for_a_lost_answer() {
    let world = World::start().await;
    let session = world.login(USER, &world.password(USER)).await.expect(200);
    let first = session.text("refreshToken");
    let second = refresh(&world, &first).await.expect(200);
    world.time.advance(Duration::from_secs(29));
    let repeated = refresh(&world, &first).await.expect(200);
    world
        .get(&repeated.text("accessToken"), "/auth/me")
        .await
        .expect(200);
    let third = refresh(&world, &second.text("refreshToken"))
        .await
        .expect(200);

    // The first one once more, later: somebody else has it, and the whole family ends.
    world.time.advance(Duration::from_secs(2));
    refresh(&world, &first).await.refused(401, "unauthorized");
    for revoked in [&third, &repeated] {
        refresh(&world, &revoked.text("refreshToken"))
            .await
            .refused(401, "unauthorized");
    }
}

#[tokio::test]
async fn a_refresh_token_lives_for_thirty_days() {
    let world = World::start().await;
    let session = world.login(USER, &world.password(USER)).await.expect(200);
    world.time.advance(Duration::from_hours(29 * 24));
    let renewed = refresh(&world, &session.text("refreshToken"))
        .await
        .expect(200);
    world.time.advance(Duration::from_hours(30 * 24));
    refresh(&world, &renewed.text("refreshToken"))
        .await
        .refused(401, "unauthorized");
    refresh(&world, "noise").await.refused(401, "unauthorized");
    refresh(&world, "").await.refused(401, "unauthorized");
}

#[tokio::test]
async fn signing_out_ends_this_sign_in_and_no_other() {
    let world = World::start().await;
    let session = world.login(USER, &world.password(USER)).await.expect(200);
    let other = world.login(USER, &world.password(USER)).await.expect(200);
    let token = session.text("refreshToken");
    let body = json!({"refreshToken": token});
    world.post_open("/auth/logout", &body).await.expect(204);
    world.post_open("/auth/logout", &body).await.expect(204);
    world
        .post_open("/auth/logout", &json!({"refreshToken": "noise"}))
        .await
        .expect(204);
    refresh(&world, &token).await.refused(401, "unauthorized");
    world
        .get(&session.text("accessToken"), "/auth/me")
        .await
        .refused(401, "unauthorized");
    refresh(&world, &other.text("refreshToken"))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_changed_role_takes_effect_with_the_next_call() {
    let world = World::start().await;
    let session = world.login(USER, &world.password(USER)).await.expect(200);
    let theirs = world.recording(&world.token(ADMIN).await).await;
    let token = session.text("accessToken");
    let theirs = format!("/recordings/{theirs}");
    world.get(&token, &theirs).await.refused(403, "forbidden");
    let administration = administration(&world).await;
    administration.set_role(USER, Role::Reviewer).await.unwrap();
    world.get(&token, &theirs).await.expect(200);
    let session = refresh(&world, &session.text("refreshToken"))
        .await
        .expect(200);
    assert_eq!(session.body["user"]["role"], "REVIEWER");
}

#[tokio::test]
async fn disabling_ends_every_sign_in_and_enabling_revives_none() {
    let world = World::start().await;
    let first = world.login(USER, &world.password(USER)).await.expect(200);
    let second = world.login(USER, &world.password(USER)).await.expect(200);
    let unaffected = world.login(ADMIN, &world.password(ADMIN)).await.expect(200);
    let administration = administration(&world).await;
    let ended = async || {
        for session in [&first, &second] {
            refresh(&world, &session.text("refreshToken"))
                .await
                .refused(401, "unauthorized");
            for path in ["/auth/me", "/tasks", "/recordings"] {
                world
                    .get(&session.text("accessToken"), path)
                    .await
                    .refused(401, "unauthorized");
            }
        }
    };
    administration.set_disabled(USER, true).await.unwrap();
    ended().await;
    world
        .login(USER, &world.password(USER))
        .await
        .refused(401, "wrong_credentials");
    administration.set_disabled(USER, false).await.unwrap();
    ended().await;
    let again = world.login(USER, &world.password(USER)).await.expect(200);
    refresh(&world, &again.text("refreshToken"))
        .await
        .expect(200);
    refresh(&world, &unaffected.text("refreshToken"))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_new_password_ends_the_sign_ins_of_the_old_one() {
    let world = World::start().await;
    let session = world.login(USER, &world.password(USER)).await.expect(200);
    let new = "a new password";
    let administration = administration(&world).await;
    administration
        .set_password(USER, Secret::from(new))
        .await
        .unwrap();
    refresh(&world, &session.text("refreshToken"))
        .await
        .refused(401, "unauthorized");
    world
        .get(&session.text("accessToken"), "/auth/me")
        .await
        .refused(401, "unauthorized");
    world
        .login(USER, &world.password(USER))
        .await
        .refused(401, "wrong_credentials");
    world.login(USER, new).await.expect(200);
}

#[tokio::test]
async fn what_is_stored_signs_nobody_in() {
    let world = World::start().await;
    let session = world.login(USER, &world.password(USER)).await.expect(200);
    let stored = world.rows.stored().await;
    let known = |(_, content): &(String, Vec<u8>)| {
        let content = String::from_utf8_lossy(content);
        content.contains(USER)
    };
    assert!(
        stored.iter().any(known),
        "it is looked at where it would be"
    );
    for secret in [
        session.text("refreshToken"),
        world.password(USER),
        session.text("accessToken"),
    ] {
        for (place, content) in &stored {
            let found = content
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "a secret is in {place}");
        }
    }
}

#[tokio::test]
async fn login_says_what_is_wrong_with_the_body() {
    let world = World::start().await;
    let answer = world
        .post_open("/auth/login", &json!({"email": 1, "otp": "x"}))
        .await;
    answer.refused(400, "invalid_request");
    assert_eq!(
        answer.body["message"],
        json!([
            "email must be a string",
            "password must be a string",
            "property otp should not exist"
        ])
    );
    for body in [json!([]), Value::Null, json!("x")] {
        world
            .post_open("/auth/login", &body)
            .await
            .refused(400, "invalid_request");
    }
}
