//! What everything is measured on: a database with its roles, schema and people, a store, and the servers before them.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use url::Url;

use crate::process::Process;
use crate::{Options, store};

const SECRET: &str = "signs tokens for the length of a measurement";
const PASSWORD: &str = "for the length of a measurement";

/// As many for each service.
const CONNECTIONS: &str = "16";

/// The one with few recordings, and the one with many.
pub(crate) const FEW: &str = "few";
pub(crate) const MANY: &str = "many";
/// The one whose recordings are begun and completed: what that leaves is in nobody else's lists.
pub(crate) const BUSY: &str = "busy";

/// Recordings among which the first page is taken that the other is compared with.
const FEW_ROWS: u64 = 1000;

/// In milliseconds: no sweep gives what is pending up while it is measured.
const FAR_OFF: i64 = 4_102_444_800_000;

pub(crate) struct Ground {
    options: Options,
    administrator: Url,
    store: String,
}

impl Ground {
    pub(crate) async fn prepare(options: &Options) -> Self {
        let ground = Self {
            options: options.clone(),
            administrator: options.postgres.parse().expect("a URL"),
            store: store::serve().await,
        };
        let roles = format!(
            "DROP DATABASE IF EXISTS bench; DROP ROLE IF EXISTS bench_app; DROP ROLE IF EXISTS bench_owner;
             CREATE ROLE bench_owner LOGIN PASSWORD '{PASSWORD}'; CREATE ROLE bench_app LOGIN PASSWORD '{PASSWORD}';
             CREATE DATABASE bench OWNER bench_owner;"
        );
        ground.psql(&ground.administrator, &roles).await;
        let mut migrate = ground.revui_server();
        migrate.env(
            "DATABASE_OWNER_URL",
            ground.database("bench_owner").as_str(),
        );
        order(migrate.args(["database", "migrate"]), "").await;
        for tenant in [FEW, MANY, BUSY] {
            order(
                ground
                    .revui_server()
                    .args(["tenant", "add", tenant, "--name", tenant]),
                "",
            )
            .await;
            let email = email(tenant);
            let add = [
                "user", "add", &email, "--tenant", tenant, "--name", tenant, "--role", "USER",
            ];
            order(ground.revui_server().args(add), PASSWORD).await;
        }
        ground.fill(FEW, FEW_ROWS).await;
        ground.fill(MANY, options.rows).await;
        let whole = ground.as_administrator();
        ground.psql(&whole, "VACUUM ANALYZE").await;
        ground
    }

    /// Complete recordings of the tenant's one user, a second apart, for tasks of which one has few.
    async fn fill(&self, tenant: &str, rows: u64) {
        let statement = format!(
            "INSERT INTO recordings (id, tenant_id, user_id, task_id, filename, content_type, s3_key, status,
                 ticket_seconds, write_once, size, duration, etag, created_at, completed_at, active_at, tickets_until)
             SELECT 'f-{tenant}-' || lpad(n::text, 9, '0'), '{tenant}', u.id,
                 CASE WHEN n % 1000 = 0 THEN 'rare' ELSE 'common' END, n || '.webm', 'video/webm',
                 '{tenant}/filled/' || n, CASE WHEN n % 500 = 0 THEN 'PENDING' ELSE 'COMPLETE' END, 3600, 1, 4, 7, 'e',
                 1700000000000 + n * 1000, 1700000000000 + n * 1000, {FAR_OFF}, {FAR_OFF}
             FROM generate_series(1, {rows}) n, users u WHERE u.tenant_id = '{tenant}'"
        );
        self.psql(&self.as_administrator(), &statement).await;
    }

    fn as_administrator(&self) -> Url {
        let mut url = self.administrator.clone();
        url.set_path("bench");
        url
    }

    fn database(&self, role: &str) -> Url {
        let mut url = self.as_administrator();
        url.set_username(role).unwrap();
        url.set_password(Some(PASSWORD)).unwrap();
        url
    }

    async fn psql(&self, database: &Url, statements: &str) {
        let mut psql = Command::new(self.options.programs.join("psql"));
        psql.args([
            "--quiet",
            "--no-psqlrc",
            "--set=ON_ERROR_STOP=1",
            "--dbname",
        ])
        .arg(database.as_str());
        order(&mut psql, statements).await;
    }

    fn configured(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env("DATABASE_URL", self.database("bench_app").as_str())
            .env("DATABASE_CONNECTIONS", CONNECTIONS)
            .env("JWT_SECRET", SECRET)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_S3_BUCKET_NAME", "bench")
            .env("AWS_ACCESS_KEY_ID", "AKBENCH")
            .env("AWS_SECRET_ACCESS_KEY", "of nobody's")
            .env("AWS_ENDPOINT_URL_S3", &self.store);
        command
    }

    fn revui_server(&self) -> Command {
        let mut command = self.configured(&self.options.server);
        // The other one writes no log either.
        command
            .env("RUST_LOG", "warn")
            // One account, from one address, is all that asks here: nor does the other one count its requests.
            .env("USER_REQUESTS_PER_SECOND", "0")
            .env("TENANT_REQUESTS_PER_SECOND", "0")
            .env("ADDRESS_REQUESTS_PER_SECOND", "0")
            .current_dir(std::env::temp_dir());
        command
    }

    /// Ours.
    pub(crate) async fn ours(&self) -> Process {
        let mut command = self.revui_server();
        Process::start(command.args(["serve", "--port", "0"])).await
    }

    /// The one of Express and pg.
    pub(crate) async fn theirs(&self) -> Process {
        let mut command = self.configured(Path::new("node"));
        command.env("NODE_ENV", "production").arg("service.js");
        Process::start(command.current_dir(&self.options.node)).await
    }
}

fn email(tenant: &str) -> String {
    format!("user@{tenant}.example")
}

/// An access token of the tenant's user, by ours: both services take it.
pub(crate) async fn token(ours: &Process, tenant: &str) -> String {
    let login = json!({"email": email(tenant), "password": PASSWORD});
    let url = format!("{}/api/auth/login", ours.origin);
    let answer = reqwest::Client::new().post(url).json(&login);
    let session: Value = answer.send().await.unwrap().json().await.unwrap();
    session["accessToken"]
        .as_str()
        .expect("a session")
        .to_owned()
}

/// Runs a program that reads this.
async fn order(command: &mut Command, input: &str) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("a program that starts");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    assert!(child.wait().await.unwrap().success(), "{command:?}");
}
