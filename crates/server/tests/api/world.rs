//! A backend of the test's own, on free ports, over a temporary folder.

use std::collections::BTreeMap;
use std::path::Path;

use faults::Faults;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use server::configuration::{External, Operating, ProviderConfiguration, StorageChoice};
use server::{Configuration, Running};
use storage::{Bucket, BucketConfig, Credentials, Encryption, PartChecksum};
use tempfile::TempDir;
use wire::Secret;

use crate::captured::capture_log;
use crate::gateway::Gateway;
use crate::rows::Rows;
use crate::time::Time;

/// What was answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn text(&self, field: &str) -> String {
        match &self.body[field] {
            Value::String(text) => text.clone(),
            other => panic!("{field} is {other} in {:?}", self.body),
        }
    }

    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("none")
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status, self.code()),
            (status, code),
            "{:?}",
            self.body
        );
        assert_eq!(self.body["statusCode"], status);
        assert_eq!(
            self.body["requestId"],
            self.headers["x-request-id"].to_str().unwrap()
        );
    }
}

/// A running backend.
pub(crate) struct World {
    pub(crate) running: Running,
    /// Another server over the same rows, which reaches the store through a gateway; it is the one that is called.
    pub(crate) front: Option<(Running, Gateway)>,
    pub(crate) time: Time,
    pub(crate) data: TempDir,
    pub(crate) rows: Rows,
    pub(crate) http: reqwest::Client,
}

/// Emails of the demo.
pub(crate) const USER: &str = "user@demo.example";
pub(crate) const REVIEWER: &str = "reviewer@demo.example";
pub(crate) const ADMIN: &str = "admin@demo.example";
pub(crate) const SUPER_ADMIN: &str = "super-admin@demo.example";
pub(crate) const OTHERS: [&str; 4] = [
    "user@other.example",
    "reviewer@other.example",
    "admin@other.example",
    "super-admin@other.example",
];

impl World {
    pub(crate) async fn start() -> Self {
        Self::over(TempDir::new().unwrap()).await
    }

    pub(crate) async fn over(data: TempDir) -> Self {
        Self::with(data, Wanted::default()).await
    }

    /// Whose rows are these.
    pub(crate) async fn over_rows(rows: Rows) -> Self {
        Self::with_rows(TempDir::new().unwrap(), rows, Wanted::default()).await
    }

    /// With faults before the backend and before its store.
    pub(crate) async fn going_wrong(faults: &str) -> Self {
        let wanted = Wanted {
            faults: Faults::from_toml(faults).unwrap(),
            ..Wanted::default()
        };
        Self::with(TempDir::new().unwrap(), wanted).await
    }

    /// As it is shipped: parts are held to what costs least.
    pub(crate) async fn holding_parts_to_a_crc() -> Self {
        let wanted = Wanted {
            part_checksum: PartChecksum::Crc64Nvme,
            ..Wanted::default()
        };
        Self::with(TempDir::new().unwrap(), wanted).await
    }

    /// Watched and limited in this way.
    pub(crate) async fn operated(operating: Operating) -> Self {
        let wanted = Wanted {
            operating,
            ..Wanted::default()
        };
        Self::with(TempDir::new().unwrap(), wanted).await
    }

    /// That lets in whom these providers vouch for.
    pub(crate) async fn believing(providers: Vec<ProviderConfiguration>) -> Self {
        let wanted = Wanted {
            providers,
            ..Wanted::default()
        };
        Self::with(TempDir::new().unwrap(), wanted).await
    }

    async fn with(data: TempDir, wanted: Wanted) -> Self {
        let rows = Rows::of_a_test(data.path().join("revui.db")).await;
        Self::with_rows(data, rows, wanted).await
    }

    async fn with_rows(data: TempDir, rows: Rows, wanted: Wanted) -> Self {
        capture_log();
        let time = Time::default();
        Self {
            running: run(data.path(), &rows, &time, wanted).await,
            front: None,
            time,
            data,
            rows,
            http: reqwest::Client::new(),
        }
    }

    /// With another number of days after which an upload is given up.
    pub(crate) async fn with_pending_days(pending_days: u32) -> Self {
        let wanted = Wanted {
            pending_days,
            ..Wanted::default()
        };
        Self::with(TempDir::new().unwrap(), wanted).await
    }

    /// Whose store is behind a gateway that can be told to fail.
    pub(crate) async fn behind_a_gateway() -> Self {
        Self::behind_a_gateway_with(|_, _| ()).await
    }

    /// The same, configured otherwise.
    pub(crate) async fn behind_a_gateway_with(change: impl FnOnce(&Self, &mut External)) -> Self {
        let mut world = Self::start().await;
        let gateway = Gateway::start(&world.running.store_origin().unwrap()).await;
        let mut external = External {
            database: world.database(),
            jwt_secret: Secret::from(world.secret("jwtSecret")),
            bucket: Ok(world.bucket_config(&gateway.origin)),
            tenant_buckets: BTreeMap::new(),
        };
        change(&world, &mut external);
        let configuration = Configuration {
            storage: StorageChoice::External(Box::new(external)),
            ..Configuration::embedded(world.data.path().join("unused"), 0)
        };
        let front = server::start(configuration, world.time.clock());
        world.front = Some((front.await.unwrap(), gateway));
        world
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        &self.front.as_ref().unwrap().1
    }

    /// The server that is called.
    pub(crate) fn called(&self) -> &Running {
        self.front
            .as_ref()
            .map_or(&self.running, |(front, _)| front)
    }

    /// One of the secrets that the data folder keeps.
    pub(crate) fn secret(&self, name: &str) -> String {
        let note = std::fs::read(self.data.path().join("secrets.json")).unwrap();
        let secrets: Value = serde_json::from_slice(&note).unwrap();
        secrets[name].as_str().unwrap().to_owned()
    }

    pub(crate) fn bucket_config(&self, origin: &str) -> BucketConfig {
        BucketConfig {
            region: "us-east-1".to_owned(),
            bucket: "revui-recordings".to_owned(),
            endpoint_url: origin.parse().ok(),
            credentials: Credentials::Static {
                access_key_id: self.secret("accessKeyId"),
                secret_access_key: self.secret("secretAccessKey").into(),
                session_token: None,
            },
            encryption: Encryption::BucketDefault,
            part_checksum: PartChecksum::Sha256,
            tagging: true,
            signing_role: None,
        }
    }

    /// The store, past the backend.
    pub(crate) async fn bucket(&self) -> Bucket {
        let origin = self.running.store_origin().unwrap();
        let config = self.bucket_config(&origin);
        Bucket::connect(config).await.unwrap()
    }

    /// Stops it in good order and starts it again over the same data, on other ports.
    pub(crate) async fn restart(self) -> Self {
        self.restart_as(Wanted::default()).await
    }

    /// The same, and parts of uploads that are begun from now on are held to another checksum.
    pub(crate) async fn restart_holding_parts_to_a_crc(self) -> Self {
        let wanted = Wanted {
            part_checksum: PartChecksum::Crc64Nvme,
            ..Wanted::default()
        };
        self.restart_as(wanted).await
    }

    async fn restart_as(self, wanted: Wanted) -> Self {
        self.running.stop().await;
        Self {
            running: Box::pin(run(self.data.path(), &self.rows, &self.time, wanted)).await,
            front: None,
            ..self
        }
    }

    pub(crate) fn password(&self, email: &str) -> String {
        let users = &self.running.demo().unwrap().users;
        let user = users.iter().find(|user| user.email == email);
        user.unwrap().password.expose().to_owned()
    }

    pub(crate) fn user_id(&self, email: &str) -> String {
        let users = &self.running.demo().unwrap().users;
        let user = users.iter().find(|user| user.email == email);
        user.unwrap().user_id.as_str().to_owned()
    }

    pub(crate) fn database(&self) -> server::DatabaseUrl {
        self.rows.url()
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}/api{path}", self.called().origin());
        self.http.request(method, url)
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).bearer_auth(token))
            .await
    }

    pub(crate) async fn delete(&self, token: &str, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path).bearer_auth(token))
            .await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, path).bearer_auth(token);
        self.send(request.json(body)).await
    }

    /// A POST by nobody in particular.
    pub(crate) async fn post_open(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Answer {
        let body = json!({"email": email, "password": password});
        self.post_open("/auth/login", &body).await
    }

    /// An access token of a demo user.
    pub(crate) async fn token(&self, email: &str) -> String {
        let session = self.login(email, &self.password(email)).await;
        session.expect(200).text("accessToken")
    }

    /// Puts bytes with a ticket of `initiate` or `renew`, with all the headers that it names.
    pub(crate) async fn put(&self, ticket: &Answer, bytes: &[u8]) -> reqwest::Response {
        let mut request = self.http.put(ticket.text("uploadUrl")).body(bytes.to_vec());
        match ticket.body["uploadHeaders"].as_object() {
            Some(headers) => {
                for (name, value) in headers {
                    request = request.header(name, value.as_str().unwrap());
                }
            }
            None => request = request.header("content-type", "video/webm"),
        }
        request.send().await.unwrap()
    }

    /// A recording of the base contract whose bytes are in the store.
    pub(crate) async fn uploaded(&self, token: &str, bytes: &[u8]) -> Answer {
        let body = json!({"taskId": "task-uuid", "filename": "a b.webm"});
        let initiated = self
            .post(token, "/recordings/initiate", &body)
            .await
            .expect(201);
        assert_eq!(self.put(&initiated, bytes).await.status(), 200);
        initiated
    }

    pub(crate) async fn complete(&self, token: &str, initiated: &Answer, size: usize) -> Answer {
        let body = json!({"s3Key": initiated.text("s3Key"), "fileSize": size, "duration": 7});
        self.post(token, &path(initiated, "/complete"), &body).await
    }

    /// A complete recording: its id.
    pub(crate) async fn recording(&self, token: &str) -> String {
        let initiated = self.uploaded(token, b"webm").await;
        self.complete(token, &initiated, 4).await.expect(200);
        initiated.text("recordingId")
    }
}

/// The address of an initiated recording.
pub(crate) fn path(initiated: &Answer, end: &str) -> String {
    format!("/recordings/{}{end}", initiated.text("recordingId"))
}

/// What a test's server is to be like.
struct Wanted {
    pending_days: u32,
    part_checksum: PartChecksum,
    faults: Faults,
    operating: Operating,
    providers: Vec<ProviderConfiguration>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            pending_days: 7,
            part_checksum: PartChecksum::Sha256,
            faults: Faults::none(),
            operating: Operating::default(),
            providers: Vec::new(),
        }
    }
}

async fn run(data: &Path, rows: &Rows, time: &Time, wanted: Wanted) -> Running {
    let mut configuration = Configuration::embedded(data.join("data"), 0);
    configuration.storage = StorageChoice::Embedded {
        folder: data.to_owned(),
        database: Some(Box::new(rows.url())),
        demo: true,
        part_checksum: wanted.part_checksum,
        faults: wanted.faults,
    };
    configuration.pending_days = wanted.pending_days;
    configuration.operating = wanted.operating;
    configuration.providers = wanted.providers;
    configuration.cors_origins = vec!["https://app.example".parse().unwrap()];
    server::start(configuration, time.clock()).await.unwrap()
}
