//! Signing in at a provider of the tests' own, over real sockets, which answers as no honest one would.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

use super::*;

const CLIENT: &str = "revui";

/// What comes of a sign-in that is as it should be.
const SIGNED_IN: &str = "signed in";

/// What is said of an answer that another provider gave.
const ANOTHER_ISSUER: &str = "the answer does not belong to this sign-in: another issuer answered";

/// What is said of an ID token that is another request's, or another provider's.
const ANOTHER_TOKEN: &str = "the answer does not belong to this sign-in: the ID token is not its";

/// How an issuer is named, by who it is.
type Named = fn(&str) -> Option<String>;

/// The ID token with these claims, if there is one.
type Signed = fn(&Keys, &Value) -> Option<String>;

struct Keys {
    published: Ed25519KeyPair,
    another: Ed25519KeyPair,
}

/// What a provider does.
struct Conduct {
    /// Whether its metadata promise that its answers name it (RFC 9207, section 3).
    promises_issuer: bool,
    /// What the browser brings.
    brings: (&'static str, &'static str),
    names: Named,
    id_token: Signed,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            promises_issuer: true,
            brings: ("code", "c"),
            names: OWN,
            id_token: HONEST,
        }
    }
}

const OWN: Named = |issuer| Some(issuer.to_owned());
const ANOTHER: Named = |_| Some("https://another.example".to_owned());
const HONEST: Signed = |keys, claims| Some(signed(&keys.published, claims));

/// The same with another claim among them.
fn altered(keys: &Keys, claims: &Value, name: &str, value: Value) -> String {
    let mut claims = claims.clone();
    claims[name] = value;
    signed(&keys.published, &claims)
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn signed(by: &Ed25519KeyPair, claims: &Value) -> String {
    let header = json!({"alg": "EdDSA", "kid": "k"}).to_string();
    let text = format!("{}.{}", encoded(header), encoded(claims.to_string()));
    let signature = by.sign(text.as_bytes());
    format!("{text}.{}", encoded(signature))
}

struct Provider {
    issuer: String,
    conduct: Conduct,
    keys: Keys,
    /// Of the sign-in that was asked for.
    nonce: Mutex<String>,
    /// Whether somebody brought it a code.
    was_asked_for_tokens: AtomicBool,
}

impl Provider {
    fn answer(&self, path: &str) -> Value {
        let issuer = &self.issuer;
        match path {
            "/.well-known/openid-configuration" => json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/keys"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["EdDSA"],
                "authorization_response_iss_parameter_supported": self.conduct.promises_issuer,
            }),
            "/keys" => json!({"keys": [{
                "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "k",
                "x": encoded(self.keys.published.public_key()),
            }]}),
            "/token" => self.tokens(),
            _ => Value::Null,
        }
    }

    fn tokens(&self) -> Value {
        self.was_asked_for_tokens.store(true, Ordering::SeqCst);
        let now = jiff::Timestamp::now().as_second();
        let claims = json!({
            "iss": self.issuer, "sub": "ada", "aud": CLIENT, "iat": now, "exp": now + 300,
            "nonce": *self.nonce.lock().unwrap(),
        });
        let mut answer = json!({"access_token": "a", "token_type": "Bearer", "expires_in": 300});
        if let Some(token) = (self.conduct.id_token)(&self.keys, &claims) {
            answer["id_token"] = token.into();
        }
        answer
    }
}

async fn serve(listener: TcpListener, provider: Arc<Provider>) {
    while let Ok((socket, _)) = listener.accept().await {
        let provider = Arc::clone(&provider);
        let service = service_fn(move |request: Request<Incoming>| {
            let provider = Arc::clone(&provider);
            async move {
                let (head, body) = request.into_parts();
                let _ = body.collect().await;
                let answer = provider.answer(head.uri.path()).to_string();
                let response = Response::builder().header("content-type", "application/json");
                Ok::<_, Infallible>(response.body(Full::new(Bytes::from(answer))).unwrap())
            }
        });
        let http = hyper::server::conn::http1::Builder::new();
        tokio::spawn(http.serve_connection(TokioIo::new(socket), service));
    }
}

/// A browser in which somebody has signed in at once.
async fn browse(provider: Arc<Provider>, address: String) {
    let address = Url::parse(&address).unwrap();
    let of = |wanted: &str| {
        let mut pairs = address.query_pairs();
        let (_, value) = pairs.find(|(name, _)| name == wanted).unwrap();
        value.into_owned()
    };
    *provider.nonce.lock().unwrap() = of("nonce");
    let (name, value) = provider.conduct.brings;
    let mut door = Url::parse(&of("redirect_uri")).unwrap();
    door.query_pairs_mut()
        .append_pair("state", &of("state"))
        .append_pair(name, value);
    if let Some(issuer) = (provider.conduct.names)(&provider.issuer) {
        door.query_pairs_mut().append_pair("iss", &issuer);
    }
    // The environment's proxies have no way to this computer's own loopback.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(door).send().await.unwrap();
}

/// What comes of signing in at such a provider, and whether it was asked for tokens.
async fn sign_in_at(conduct: Conduct) -> (String, bool) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let provider = Arc::new(Provider {
        issuer: format!("http://{}", listener.local_addr().unwrap()),
        conduct,
        keys: Keys {
            published: Ed25519KeyPair::generate().unwrap(),
            another: Ed25519KeyPair::generate().unwrap(),
        },
        nonce: Mutex::default(),
        was_asked_for_tokens: AtomicBool::new(false),
    });
    let serving = tokio::spawn(serve(listener, Arc::clone(&provider)));
    let server = ServerOrigin::parse("http://127.0.0.1:1").unwrap();
    let known = SignInProvider {
        issuer: provider.issuer.clone(),
        name: "Acme".to_owned(),
        client_id: CLIENT.to_owned(),
        scopes: vec![OPENID.to_owned()],
        resource: None,
    };
    let person = Arc::clone(&provider);
    let mut tell = move |step| match step {
        SignInStep::OpenBrowser { address } => {
            tokio::spawn(browse(Arc::clone(&person), address));
        }
        other @ SignInStep::EnterCode { .. } => panic!("{other:?}"),
    };
    let outcome = match sign_in(&server, &known, &mut tell).await {
        Ok(tokens) => {
            assert_eq!(tokens.access.expose(), "a");
            SIGNED_IN.to_owned()
        }
        Err(error) => error.to_string(),
    };
    serving.abort();
    let asked = provider.was_asked_for_tokens.load(Ordering::SeqCst);
    (outcome, asked)
}

/// Whoever mixes two providers up would hand one the code of the other (RFC 9700, section 4.4).
#[tokio::test]
async fn a_code_that_another_issuer_gave_is_handed_to_nobody() {
    let cases: [(bool, Named, &str); 8] = [
        (true, OWN, SIGNED_IN),
        (false, OWN, SIGNED_IN),
        (false, |_| None, SIGNED_IN),
        (true, |_| None, ANOTHER_ISSUER),
        (true, ANOTHER, ANOTHER_ISSUER),
        (false, ANOTHER, ANOTHER_ISSUER),
        (true, |issuer| Some(format!("{issuer}/")), ANOTHER_ISSUER),
        (true, |_| Some(String::new()), ANOTHER_ISSUER),
    ];
    for (promises_issuer, names, expected) in cases {
        let (outcome, asked) = sign_in_at(Conduct {
            promises_issuer,
            names,
            ..Conduct::default()
        })
        .await;
        let named = names("ITSELF");
        assert_eq!(outcome, expected, "{promises_issuer} {named:?}");
        assert_eq!(asked, expected == SIGNED_IN, "{promises_issuer} {named:?}");
    }
}

#[tokio::test]
async fn a_refusal_counts_from_the_right_issuer_alone() {
    let cases: [(Named, &str); 2] = [
        (OWN, "the provider refused: access_denied"),
        (ANOTHER, ANOTHER_ISSUER),
    ];
    for (names, expected) in cases {
        let conduct = Conduct {
            brings: ("error", "access_denied"),
            names,
            ..Conduct::default()
        };
        assert_eq!(sign_in_at(conduct).await, (expected.to_owned(), false));
    }
}

#[tokio::test]
async fn tokens_count_with_the_id_token_of_this_very_request() {
    let cases: [(&str, Signed, &str); 9] = [
        ("honest", HONEST, SIGNED_IN),
        (
            "none",
            |_, _| None,
            "the provider's answer is not as it has to be: it has no ID token",
        ),
        (
            "another nonce",
            |keys, claims| Some(altered(keys, claims, "nonce", json!("another"))),
            ANOTHER_TOKEN,
        ),
        (
            "no nonce",
            |keys, claims| Some(altered(keys, claims, "nonce", Value::Null)),
            ANOTHER_TOKEN,
        ),
        (
            "another issuer",
            |keys, claims| {
                Some(altered(
                    keys,
                    claims,
                    "iss",
                    json!("https://another.example"),
                ))
            },
            ANOTHER_TOKEN,
        ),
        (
            "another client",
            |keys, claims| Some(altered(keys, claims, "aud", json!("another"))),
            ANOTHER_TOKEN,
        ),
        (
            "long ago",
            |keys, claims| Some(altered(keys, claims, "exp", json!(1))),
            ANOTHER_TOKEN,
        ),
        (
            "another key",
            |keys, claims| Some(signed(&keys.another, claims)),
            ANOTHER_TOKEN,
        ),
        (
            "no signature",
            |_, claims| {
                let header = json!({"alg": "none"}).to_string();
                Some(format!(
                    "{}.{}.",
                    encoded(header),
                    encoded(claims.to_string())
                ))
            },
            ANOTHER_TOKEN,
        ),
    ];
    for (what, id_token, expected) in cases {
        let (outcome, asked) = sign_in_at(Conduct {
            id_token,
            ..Conduct::default()
        })
        .await;
        assert_eq!(outcome, expected, "{what}");
        assert!(asked, "{what}");
    }
}
