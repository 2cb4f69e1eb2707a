//! Access tokens of OpenID Connect providers.

use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use server::Clock;
use server::administration::{Administration, AdministrationError};
use wire::{Role, Secret};

use crate::captured::logged;
use crate::issuer::{AUDIENCE, CLIENT, Issuer, Signer, unsigned};
use crate::world::{Answer, World};

/// A world whose tenant `demo` signs in at one provider and `other` at another.
struct Organisations {
    world: World,
    demo: Issuer,
    other: Issuer,
    signer: Signer,
}

impl Organisations {
    async fn start() -> Self {
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

    fn now(&self) -> Timestamp {
        self.world.time.now()
    }

    fn claims(&self) -> Value {
        self.demo.claims("grace", "staff", self.now())
    }

    fn token(&self, group: &str) -> String {
        let claims = self.demo.claims("grace", group, self.now());
        self.signer.sign(&claims)
    }

    async fn me(&self, token: &str) -> Answer {
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

/// What is wrong, and the token.
type Forged = Vec<(&'static str, String)>;

/// Signed by nobody, or by somebody else.
fn wrongly_signed(organisations: &Organisations) -> Forged {
    let signer = &organisations.signer;
    let claims = organisations.claims();
    let public = signer.public();
    let header = |algorithm| Header {
        kid: Some(signer.id.clone()),
        typ: Some("at+jwt".to_owned()),
        ..Header::new(algorithm)
    };
    let signed =
        |header: &Header, key: &EncodingKey| jsonwebtoken::encode(header, &claims, key).unwrap();
    // By what everybody knows: the public key in the forms in which it might be taken for a secret.
    let shared =
        |secret: &[u8]| signed(&header(Algorithm::HS256), &EncodingKey::from_secret(secret));
    let point = [public["x"].as_str().unwrap(), public["y"].as_str().unwrap()].concat();
    let stranger = Signer::new(&signer.id, Algorithm::ES256);
    let own_key = Header {
        jwk: Some(serde_json::from_value(stranger.public()).unwrap()),
        ..header(Algorithm::ES256)
    };
    let nameless = Header {
        kid: None,
        ..header(Algorithm::ES256)
    };
    let critical = Header {
        crit: Some(vec!["exp".to_owned()]),
        ..header(Algorithm::ES256)
    };
    let right = signer.sign(&claims);
    let (head, signature) = right.rsplit_once('.').unwrap();
    let nobody = |header: Value| unsigned(&header, &claims);
    vec![
        ("alg none", nobody(json!({"alg": "none", "kid": signer.id}))),
        ("alg None", nobody(json!({"alg": "None", "kid": signer.id}))),
        ("no alg", nobody(json!({"kid": signer.id}))),
        ("no signature", format!("{head}.")),
        ("half a signature", format!("{head}.{}", &signature[..20])),
        ("HS256 by the point", shared(point.as_bytes())),
        (
            "HS256 by the key's JSON",
            shared(public.to_string().as_bytes()),
        ),
        ("another's key of the same name", stranger.sign(&claims)),
        ("a key that comes along", signed(&own_key, &stranger.key)),
        (
            "another kind of key",
            Signer::new(&signer.id, Algorithm::EdDSA).sign(&claims),
        ),
        ("no key id", signed(&nameless, &signer.key)),
        ("crit", signed(&critical, &signer.key)),
        (
            "an ID token by its type",
            signer.sign_as("id_token+jwt", &claims),
        ),
        ("a logout token", signer.sign_as("logout+jwt", &claims)),
        ("altered", right.replacen('.', ".e30", 1)),
        ("four parts", format!("{right}.x")),
    ]
}

/// Rightly signed, and not for us, not now, or no access token.
fn wrongly_claimed(organisations: &Organisations) -> Forged {
    let issuer = &organisations.demo.origin;
    let now = organisations.now().as_second();
    let with = |name: &str, value: Value| {
        let mut claims = organisations.claims();
        claims[name] = value;
        organisations.signer.sign(&claims)
    };
    let without = |name: &str| {
        let mut claims = organisations.claims();
        claims.as_object_mut().unwrap().remove(name);
        organisations.signer.sign(&claims)
    };
    vec![
        ("not yet", with("nbf", json!(now + 120))),
        ("made in the future", with("iat", json!(now + 120))),
        ("no expiry", without("exp")),
        ("expiry as a text", with("exp", json!("later"))),
        ("the client's audience", with("aud", json!(CLIENT))),
        (
            "another audience",
            with("aud", json!(["https://mail.example"])),
        ),
        ("no audience", without("aud")),
        (
            "unknown issuer",
            with("iss", json!("https://login.evil.example")),
        ),
        (
            "issuer with a slash",
            with("iss", json!(format!("{issuer}/"))),
        ),
        ("our own issuer", with("iss", json!("revui-server"))),
        ("no issuer", without("iss")),
        ("no subject", without("sub")),
        ("subject as a number", with("sub", json!(7))),
        ("nonce", with("nonce", json!("n"))),
        ("at_hash", with("at_hash", json!("h"))),
        ("an ID token by its word", with("token_use", json!("id"))),
        ("huge", with("padding", json!("a".repeat(20_000)))),
    ]
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_the_answer_is_the_same() {
    let organisations = Organisations::start().await;
    organisations
        .me(&organisations.token("staff"))
        .await
        .expect(200);
    let jwt = organisations.signer.sign_as("JWT", &organisations.claims());
    organisations.me(&jwt).await.expect(200);
    let mut texts = Vec::new();
    let forged = [
        wrongly_signed(&organisations),
        wrongly_claimed(&organisations),
    ];
    for (why, token) in forged.into_iter().flatten() {
        let answer = organisations.me(&token).await;
        assert_eq!(
            (answer.status, answer.code()),
            (401, "unauthorized"),
            "{why}: {:?}",
            answer.body
        );
        texts.push(answer.body["message"].clone());
        let lines = logged();
        let (_, signature) = token.rsplit_once('.').unwrap();
        assert!(
            signature.len() < 20 || !lines.contains(signature),
            "{why} is in the log"
        );
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");

    let token = organisations.token("staff");
    organisations.world.time.advance(Duration::from_mins(6));
    organisations.me(&token).await.refused(401, "token_expired");
    // A stranger's is not told that it has expired.
    let stranger = Signer::new(&organisations.signer.id, Algorithm::ES256);
    let mut claims = organisations.claims();
    claims["exp"] = json!(1);
    organisations
        .me(&stranger.sign(&claims))
        .await
        .refused(401, "unauthorized");
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
