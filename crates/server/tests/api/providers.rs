//! Access tokens of OpenID Connect providers.

use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use server::Clock;
use server::administration::{Administration, AdministrationError};
use wire::{Role, Secret};

use crate::issuer::{AUDIENCE, CLIENT, Issuer, Signer};
use crate::world::{Answer, World};

/// A world whose tenant `demo` signs in at one provider and `other` at another.
pub(crate) struct Organisations {
    pub(crate) world: World,
    pub(crate) demo: Issuer,
    pub(crate) other: Issuer,
    pub(crate) signer: Signer,
}

impl Organisations {
    pub(crate) async fn start() -> Self {
        let signer = Signer::new("k1", Algorithm::ES256);
        let demo = Issuer::start(&[&signer]).await;
        let other = Issuer::start(&[&signer]).await;
        let world = World::believing(vec![
            demo.configuration("acme", "demo"),
            other.configuration("umbrella", "other"),
        ]);
        Self {
            world: world.await,
            demo,
            other,
            signer,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.world.time.now()
    }

    pub(crate) fn claims(&self) -> Value {
        self.demo.claims("grace", "staff", self.now())
    }

    pub(crate) fn token(&self, group: &str) -> String {
        let claims = self.demo.claims("grace", group, self.now());
        self.signer.sign(&claims)
    }

    pub(crate) async fn me(&self, token: &str) -> Answer {
        self.world.get(token, "/auth/me").await
    }
}

#[tokio::test]
async fn clients_are_told_by_whom_people_sign_in() {
    let organisations = Organisations::start().await;
    let request = organisations
        .world
        .request(reqwest::Method::GET, "/auth/providers");
    let told = organisations.world.send(request).await.expect(200);
    assert_eq!(
        told.body["providers"][0],
        json!({
            "issuer": organisations.demo.origin, "name": "The acme sign-in", "clientId": CLIENT,
            "scopes": ["openid"], "resource": AUDIENCE,
        })
    );
    let none = World::start().await;
    let request = none.request(reqwest::Method::GET, "/auth/providers");
    assert_eq!(
        none.send(request).await.expect(200).body,
        json!({"providers": []})
    );
}

#[tokio::test]
async fn whoever_a_provider_vouches_for_is_a_user_of_its_tenant() {
    let organisations = Organisations::start().await;
    let world = &organisations.world;
    let token = organisations.token("staff");
    let me = organisations.me(&token).await.expect(200);
    assert_eq!(
        (
            me.text("email"),
            me.text("name"),
            me.text("role"),
            me.text("tenantId")
        ),
        (
            "grace@acme.example".into(),
            "Grace".into(),
            "USER".into(),
            "demo".into()
        )
    );
    let recording = world.recording(&token).await;
    let address = format!("/recordings/{recording}");
    world.get(&token, &address).await.expect(200);

    // The same subject of another issuer is somebody else, in another tenant.
    let claims = organisations
        .other
        .claims("grace", "admins", organisations.now());
    let theirs = organisations.signer.sign(&claims);
    let them = organisations.me(&theirs).await.expect(200);
    assert_ne!(them.body["id"], me.body["id"]);
    assert_eq!(them.text("tenantId"), "other");
    world.get(&theirs, &address).await.refused(404, "not_found");
    world
        .delete(&theirs, &address)
        .await
        .refused(404, "not_found");

    // A role is what the provider says now.
    world
        .delete(&token, &address)
        .await
        .refused(403, "forbidden");
    world
        .delete(&organisations.token("admins"), &address)
        .await
        .expect(200);
    let guest = organisations.token("guests");
    organisations.me(&guest).await.refused(403, "forbidden");
}

#[tokio::test]
async fn administrators_shut_people_out_but_leave_roles_and_passwords_to_the_provider() {
    let organisations = Organisations::start().await;
    let token = organisations.token("staff");
    organisations.me(&token).await.expect(200);
    let database = organisations.world.database();
    let administration = Administration::open(&database, Clock::system())
        .await
        .unwrap();
    let name = "acme:grace@acme.example";
    let role = administration.set_role(name, Role::Admin).await;
    let password = administration
        .set_password(name, Secret::from("a new password"))
        .await;
    for refused in [role, password] {
        let elsewhere = matches!(refused, Err(AdministrationError::SignsInElsewhere { .. }));
        assert!(elsewhere, "{refused:?}");
    }
    organisations
        .world
        .login(name, "a new password")
        .await
        .refused(401, "wrong_credentials");
    administration.set_disabled(name, true).await.unwrap();
    organisations.me(&token).await.refused(401, "unauthorized");
    administration.set_disabled(name, false).await.unwrap();
    organisations.me(&token).await.expect(200);
}

#[tokio::test]
async fn a_name_that_is_taken_takes_nobody_over() {
    let organisations = Organisations::start().await;
    let first = organisations
        .me(&organisations.token("staff"))
        .await
        .expect(200);
    // Another subject who says to have the same address.
    let claims = organisations
        .demo
        .claims("mallory", "staff", organisations.now());
    let second = organisations
        .me(&organisations.signer.sign(&claims))
        .await
        .expect(200);
    assert_ne!(first.body["id"], second.body["id"]);
    assert_eq!(second.text("email"), "mallory");
    // One who says to be somebody with a password of ours.
    let mut claims = organisations
        .demo
        .claims("eve", "staff", organisations.now());
    claims["email"] = crate::world::ADMIN.into();
    let third = organisations
        .me(&organisations.signer.sign(&claims))
        .await
        .expect(200);
    assert_eq!(third.text("role"), "USER");
    organisations.world.token(crate::world::ADMIN).await;
}

#[tokio::test]
async fn calls_at_once_make_one_user() {
    let organisations = Organisations::start().await;
    let token = organisations.token("staff");
    let calls = (0..20).map(|_| organisations.me(&token));
    let mut ids: Vec<String> = futures_util::future::join_all(calls)
        .await
        .into_iter()
        .map(|answer| answer.expect(200).text("id"))
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn a_key_is_taken_when_it_comes_and_dropped_when_it_goes() {
    let organisations = Organisations::start().await;
    let old = organisations.token("staff");
    organisations.me(&old).await.expect(200);
    let next = Signer::new("k2", Algorithm::EdDSA);
    organisations.demo.publish(&[&organisations.signer, &next]);
    organisations
        .me(&next.sign(&organisations.claims()))
        .await
        .expect(200);
    organisations.me(&old).await.expect(200);

    organisations.demo.publish(&[&next]);
    organisations.world.time.advance(Duration::from_mins(10));
    let claims = organisations.claims();
    organisations.me(&next.sign(&claims)).await.expect(200);
    organisations
        .me(&organisations.signer.sign(&claims))
        .await
        .refused(401, "unauthorized");
}

#[tokio::test]
async fn unknown_keys_cause_a_fetch_from_time_to_time_and_no_more() {
    let organisations = Organisations::start().await;
    organisations
        .me(&organisations.token("staff"))
        .await
        .expect(200);
    organisations.world.time.stop();
    let before = organisations.demo.fetched();
    let flood = async || {
        let tokens: Vec<String> = (0..50)
            .map(|n| Signer::new(&format!("x{n}"), Algorithm::EdDSA).sign(&organisations.claims()))
            .collect();
        let calls = tokens.iter().map(|token| organisations.me(token));
        for answer in futures_util::future::join_all(calls).await {
            answer.refused(401, "unauthorized");
        }
        organisations.demo.fetched() - before
    };
    assert_eq!(flood().await, 1);
    assert_eq!(flood().await, 1);
    organisations.world.time.advance(Duration::from_secs(10));
    assert_eq!(flood().await, 2);
    organisations
        .me(&organisations.token("staff"))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_provider_that_is_down_locks_nobody_out_whose_key_is_known() {
    let organisations = Organisations::start().await;
    organisations
        .me(&organisations.token("staff"))
        .await
        .expect(200);
    organisations.demo.go_down(true);
    let stranger = Signer::new("k2", Algorithm::EdDSA);
    for hours in [1, 22] {
        organisations
            .world
            .time
            .advance(Duration::from_hours(hours));
        organisations
            .me(&organisations.token("staff"))
            .await
            .expect(200);
        // Nobody can tell whether this one would be good: it is not for the client to end its session.
        let unknown = organisations
            .me(&stranger.sign(&organisations.claims()))
            .await;
        assert_eq!((unknown.status, unknown.code()), (503, "none"));
    }
    organisations.world.time.advance(Duration::from_hours(2));
    assert_eq!(
        organisations.me(&organisations.token("staff")).await.status,
        503
    );
    organisations.demo.go_down(false);
    organisations.world.time.advance(Duration::from_secs(10));
    organisations
        .me(&organisations.token("staff"))
        .await
        .expect(200);
}
