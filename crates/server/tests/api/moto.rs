//! A moto server of the test's own: AWS's configuration, IAM and STS without AWS. It takes any signature.

use reqwest::Method;

use crate::skip::skip;

#[path = "../../../storage/tests/bucket/moto_server.rs"]
mod moto_server;

/// A running moto. Dropping it ends it.
pub(crate) struct Moto {
    pub(crate) origin: String,
    http: reqwest::Client,
    _server: moto_server::MotoServer,
}

/// Keys of a session, which end.
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: String,
    /// When, as RFC 3339 writes it.
    pub(crate) end: String,
}

/// None where there is none, which is a failure where all must be there (`CI`).
pub(crate) async fn start(test: &str) -> Option<Moto> {
    let started = tokio::task::spawn_blocking(moto_server::start);
    let Some(server) = started.await.unwrap() else {
        skip(test, "no moto_server: `cargo xtask test` installs it");
        return None;
    };
    Some(Moto {
        origin: server.origin.clone(),
        http: reqwest::Client::new(),
        _server: server,
    })
}

impl Moto {
    /// Asks S3 for something, in the name of nobody in particular, in a region.
    pub(crate) async fn s3(&self, method: Method, path: &str, region: &str, body: &str) {
        self.asked_s3(method, path, region, body).await;
    }

    /// What S3 has there.
    pub(crate) async fn read_s3(&self, path: &str, region: &str) -> String {
        self.asked_s3(Method::GET, path, region, "").await
    }

    async fn asked_s3(&self, method: Method, path: &str, region: &str, body: &str) -> String {
        let request = self.http.request(method, format!("{}{path}", self.origin));
        let request = request.header("authorization", signature(region, "s3"));
        let answer = request.body(body.to_owned()).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        text
    }

    /// Asks IAM for something, and returns its XML.
    pub(crate) async fn iam(&self, fields: &[(&str, &str)]) -> String {
        self.ordered("iam", "2010-05-08", fields).await
    }

    async fn ordered(&self, service: &str, version: &str, fields: &[(&str, &str)]) -> String {
        let mut form = vec![("Version", version)];
        form.extend(fields);
        let form: Vec<_> = form
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = self.http.post(&self.origin);
        let request = request.header("authorization", signature("us-east-1", service));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(form.join("&")).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{fields:?}: {status} {text}");
        text
    }

    /// A user with a key: its id and its secret.
    pub(crate) async fn user(&self, name: &str) -> (String, String) {
        self.iam(&[("Action", "CreateUser"), ("UserName", name)])
            .await;
        let made = self
            .iam(&[("Action", "CreateAccessKey"), ("UserName", name)])
            .await;
        (
            element(&made, "AccessKeyId"),
            element(&made, "SecretAccessKey"),
        )
    }

    /// Takes on a role of this name for an hour.
    pub(crate) async fn session(&self, role: &str) -> Session {
        let role = format!("arn:aws:iam::123456789012:role/{role}");
        let fields = [
            ("Action", "AssumeRole"),
            ("RoleArn", &role),
            ("RoleSessionName", "trial"),
        ];
        let made = self.ordered("sts", "2011-06-15", &fields).await;
        Session {
            id: element(&made, "AccessKeyId"),
            secret: element(&made, "SecretAccessKey"),
            token: element(&made, "SessionToken"),
            end: element(&made, "Expiration"),
        }
    }

    /// The user's keys as IAM lists them: id and state.
    pub(crate) async fn keys(&self, name: &str) -> Vec<(String, String)> {
        let listed = self
            .iam(&[("Action", "ListAccessKeys"), ("UserName", name)])
            .await;
        let members = listed.split("<member>").skip(1);
        members
            .map(|member| (element(member, "AccessKeyId"), element(member, "Status")))
            .collect()
    }

    /// The variables that name it, its IAM and its STS.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        [
            "AWS_ENDPOINT_URL_S3",
            "AWS_ENDPOINT_URL_IAM",
            "AWS_ENDPOINT_URL_STS",
        ]
        .map(|name| (name, self.origin.clone()))
        .into()
    }
}

/// moto reads the service and the region of it, and believes the rest.
fn signature(region: &str, service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

/// The text of the first element of that name.
fn element(xml: &str, name: &str) -> String {
    let begin = format!("<{name}>");
    let (_, rest) = xml
        .split_once(&begin)
        .unwrap_or_else(|| panic!("{name} in {xml}"));
    rest.split('<').next().unwrap().to_owned()
}
