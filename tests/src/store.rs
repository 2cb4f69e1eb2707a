//! The store behind a backend: the embedded one in this process, or another that is running already.

use std::net::SocketAddr;

use storage::{
    Bucket, BucketConfig, Credentials, Encryption, MIN_SESSION_LIFE, PartChecksum, SecretText,
    SigningRole,
};
use store::EmbeddedStore;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;
use uuid::Uuid;

const REGION: &str = "us-east-1";

/// A store that runs as long as this lives; one that is not ours goes on.
pub(crate) struct Running {
    access_key_id: String,
    secret_access_key: String,
    bucket: String,
    signing_role_arn: String,
    task: Option<JoinHandle<()>>,
    _folder: Option<TempDir>,
}

impl Running {
    /// Starts one, unless `REVUI_TEST_S3_ENDPOINT` names one; and where it is.
    pub(crate) async fn start() -> (Self, SocketAddr) {
        match std::env::var("REVUI_TEST_S3_ENDPOINT") {
            Ok(endpoint) => Self::elsewhere(&endpoint),
            Err(_) => Self::embedded().await,
        }
    }

    fn elsewhere(endpoint: &str) -> (Self, SocketAddr) {
        let url = Url::parse(endpoint).expect("REVUI_TEST_S3_ENDPOINT is an address");
        let addresses = url.socket_addrs(|| None).expect("its host is known");
        let variable =
            |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
        let running = Self {
            access_key_id: variable("REVUI_TEST_S3_ACCESS_KEY_ID"),
            secret_access_key: variable("REVUI_TEST_S3_SECRET_ACCESS_KEY"),
            bucket: format!("journeys-{}", Uuid::new_v4()),
            signing_role_arn: variable("REVUI_TEST_S3_SIGNING_ROLE_ARN"),
            task: None,
            _folder: None,
        };
        (running, addresses[0])
    }

    async fn embedded() -> (Self, SocketAddr) {
        let folder = TempDir::with_prefix("revui-store-").expect("a temporary folder");
        let secret = Uuid::new_v4().to_string();
        let store =
            EmbeddedStore::open(folder.path(), "recordings", "tests", &secret).expect("a store");
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("an address");
        let running = Self {
            access_key_id: "tests".to_owned(),
            secret_access_key: secret,
            bucket: "recordings".to_owned(),
            // It has one account, which may take any role on.
            signing_role_arn: "arn:aws:iam::000000000000:role/revui-signing".to_owned(),
            task: Some(tokio::spawn(store.serve(listener, std::future::pending()))),
            _folder: Some(folder),
        };
        (running, address)
    }

    /// What its owner signs with.
    pub(crate) fn secret_access_key(&self) -> &str {
        &self.secret_access_key
    }

    /// What tells a backend about it (the setup guide's names), as it is reached through `address`.
    pub(crate) fn variables(&self, address: SocketAddr) -> Vec<(&'static str, String)> {
        store_variables(
            address,
            &self.bucket,
            &self.access_key_id,
            &self.secret_access_key,
        )
    }

    /// What tells a backend besides that a session for each tenant signs its tickets.
    pub(crate) fn session_variables(&self, address: SocketAddr) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_S3_SIGNING_ROLE_ARN", self.signing_role_arn.clone()),
            ("AWS_ENDPOINT_URL_STS", format!("http://{address}")),
        ]
    }

    /// The bucket, whose tickets such sessions sign.
    pub(crate) async fn bucket_with_sessions(&self, address: SocketAddr) -> Bucket {
        let endpoint = Url::parse(&format!("http://{address}")).expect("an address");
        let role = SigningRole {
            arn: self.signing_role_arn.clone(),
            session_life: MIN_SESSION_LIFE,
            sts_endpoint_url: Some(endpoint),
        };
        let config = BucketConfig {
            signing_role: Some(role),
            ..self.config(address, false)
        };
        Bucket::connect(config).await.expect("a bucket")
    }

    /// The bucket, as it is reached through `address`: tickets are signed for that host.
    pub(crate) async fn bucket(&self, address: SocketAddr, signs_encryption: bool) -> Bucket {
        let config = self.config(address, signs_encryption);
        let bucket = Bucket::connect(config).await.expect("a bucket");
        bucket.create_if_missing().await.expect("its bucket");
        bucket
    }

    fn config(&self, address: SocketAddr, signs_encryption: bool) -> BucketConfig {
        BucketConfig {
            region: REGION.to_owned(),
            bucket: self.bucket.clone(),
            endpoint_url: Some(Url::parse(&format!("http://{address}")).expect("an address")),
            credentials: Credentials::Static {
                access_key_id: self.access_key_id.clone(),
                secret_access_key: SecretText::from(self.secret_access_key.as_str()),
                session_token: None,
            },
            encryption: if signs_encryption {
                Encryption::Aes256
            } else {
                Encryption::BucketDefault
            },
            part_checksum: PartChecksum::Sha256,
            tagging: false,
            signing_role: None,
        }
    }
}

/// What tells a backend where its bucket is, and in whose name it asks: the setup guide's variables.
pub(crate) fn store_variables(
    address: SocketAddr,
    bucket: &str,
    access_key_id: &str,
    secret_access_key: &str,
) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_S3_BUCKET_NAME", bucket.to_owned()),
        ("AWS_ACCESS_KEY_ID", access_key_id.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", secret_access_key.to_owned()),
        ("AWS_ENDPOINT_URL_S3", format!("http://{address}")),
    ]
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
