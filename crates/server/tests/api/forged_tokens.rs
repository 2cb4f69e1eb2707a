//! Access tokens of a provider that are not what they should be.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::captured::logged;
use crate::issuer::{CLIENT, Signer, unsigned};
use crate::providers::Organisations;

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
