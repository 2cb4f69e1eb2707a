//! Where a test's rows are: in a file of its own, or, with `REVUI_TEST_DATABASE=postgres`, in a database of its own on the
//! server that `REVUI_TEST_POSTGRES` names as its administrator. `cargo xtask with postgres -- COMMAND` sets both.

use std::env;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use server::{DatabaseUrl, administration};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use tokio::sync::OnceCell;
use url::Url;

use crate::skip::skip;

/// Who owns the schema, and as whom the server signs in: made for a server that only this computer reaches, and only while
/// tests run.
pub(crate) const OWNER: &str = "revui_owner";
pub(crate) const APP: &str = "revui_app";
const PASSWORD: &str = "for the length of a test";

/// Held by whoever makes the template, so that others wait for it.
const MAKING_THE_TEMPLATE: i64 = 0x7265_7675;

/// A test's rows, which end with it.
pub(crate) enum Rows {
    /// SQLite.
    File(PathBuf),
    /// PostgreSQL.
    Server(TestDatabase),
}

impl Rows {
    /// Of the kind that this run is about.
    pub(crate) async fn of_a_test(file: PathBuf) -> Self {
        match env::var("REVUI_TEST_DATABASE").as_deref() {
            Ok("postgres") => Self::Server(TestDatabase::create().await),
            Ok(other) if !other.is_empty() => panic!("REVUI_TEST_DATABASE: `{other}`"),
            _ => Self::File(file),
        }
    }

    /// As the server is told.
    pub(crate) fn url(&self) -> DatabaseUrl {
        self.text().parse().unwrap()
    }

    /// The same, as a variable has it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::File(file) => format!("sqlite:{}", file.display()),
            Self::Server(database) => database.as_role(APP).into(),
        }
    }

    /// From now on no event of the audit trail can be written.
    pub(crate) async fn break_the_trail(&self) {
        self.write(match self {
            Self::File(_) => {
                "CREATE TRIGGER broken BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'broken'); END"
            }
            Self::Server(_) => {
                "DROP POLICY tenant_adds ON audit_events; DROP POLICY others_add ON audit_events"
            }
        })
        .await;
    }

    /// Writes past the server, which would take its time for very many rows.
    pub(crate) async fn write(&self, statement: &str) {
        match self {
            Self::File(file) => {
                let mut connection = open(file).await;
                let statement = AssertSqlSafe(statement.to_owned());
                sqlx::query(statement)
                    .execute(&mut connection)
                    .await
                    .unwrap();
                connection.close().await.unwrap();
            }
            Self::Server(database) => {
                order(&mut database.as_administrator().await, statement).await;
            }
        }
    }

    /// How many rows there are of this, as in `recordings WHERE size > 4`.
    pub(crate) async fn count(&self, which: &str) -> i64 {
        let statement = AssertSqlSafe(format!("SELECT COUNT(*) FROM {which}"));
        match self {
            Self::File(file) => {
                let mut connection = open(file).await;
                let row = sqlx::query(statement).fetch_one(&mut connection).await;
                row.unwrap().get(0)
            }
            Self::Server(database) => {
                let mut connection = database.as_administrator().await;
                let row = sqlx::query(statement).fetch_one(&mut connection).await;
                row.unwrap().get(0)
            }
        }
    }

    /// Everything that is kept, by where it is.
    pub(crate) async fn stored(&self) -> Vec<(String, Vec<u8>)> {
        match self {
            Self::File(file) => ["", "-wal"]
                .map(|end| {
                    let name = format!("{}{end}", file.display());
                    let content = std::fs::read(&name).unwrap();
                    (name, content)
                })
                .into(),
            Self::Server(database) => database.stored().await,
        }
    }
}

/// A database with the schema of now. Dropping it removes it.
pub(crate) struct TestDatabase {
    administrator: Url,
    name: String,
}

impl TestDatabase {
    /// On the server that this run has been given.
    pub(crate) async fn create() -> Self {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let Some(administrator) = administrator() else {
            panic!("no REVUI_TEST_POSTGRES: `cargo xtask with postgres -- COMMAND` sets it");
        };
        let template = TEMPLATE.get_or_init(|| make_template(&administrator)).await;
        Self::copy(&administrator, template).await
    }

    /// On another one.
    #[cfg(target_os = "linux")]
    pub(crate) async fn create_on(administrator: &Url) -> Self {
        let template = make_template(administrator).await;
        Self::copy(administrator, &template).await
    }

    async fn copy(administrator: &Url, template: &str) -> Self {
        let name = format!("revui_test_{}", uuid::Uuid::new_v4().simple());
        let mut connection = connect(administrator).await;
        let create = format!("CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}");
        order(&mut connection, &create).await;
        Self {
            administrator: administrator.clone(),
            name,
        }
    }

    /// Its address for this role.
    pub(crate) fn as_role(&self, role: &str) -> Url {
        address(&self.administrator, role, &self.name)
    }

    /// Its address for the server's administrator.
    pub(crate) fn administrator(&self) -> Url {
        let mut url = self.administrator.clone();
        url.set_path(&self.name);
        url
    }

    /// One, where there is a server. With `CI` set there has to be.
    pub(crate) async fn if_there(test: &str) -> Option<Self> {
        if administrator().is_some() {
            return Some(Self::create().await);
        }
        skip(test, "REVUI_TEST_POSTGRES names no server");
        None
    }

    /// A connection that no policy holds.
    pub(crate) async fn as_administrator(&self) -> PgConnection {
        connect(&self.administrator()).await
    }

    async fn stored(&self) -> Vec<(String, Vec<u8>)> {
        let mut connection = self.as_administrator().await;
        let tables = sqlx::query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let mut stored = Vec::new();
        for table in tables {
            let table: String = table.get(0);
            let rows = format!("SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t");
            let rows = sqlx::query(AssertSqlSafe(rows));
            let rows: String = rows.fetch_one(&mut connection).await.unwrap().get(0);
            stored.push((table, rows.into_bytes()));
        }
        stored
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (administrator, name) = (self.administrator.clone(), self.name.clone());
        // The test's own runtime waits for this very drop.
        let removing = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut connection = connect(&administrator).await;
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                order(&mut connection, &drop).await;
            });
        });
        let _ = removing.join();
    }
}

/// The server that a test may make databases on.
fn administrator() -> Option<Url> {
    let text = env::var("REVUI_TEST_POSTGRES").ok()?;
    Some(text.parse().unwrap())
}

fn address(administrator: &Url, role: &str, database: &str) -> Url {
    let mut url = administrator.clone();
    url.set_username(role).unwrap();
    url.set_password(Some(PASSWORD)).unwrap();
    url.set_path(database);
    url
}

async fn open(file: &Path) -> sqlx::AnyConnection {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite:{}", file.display());
    sqlx::AnyConnection::connect(&url).await.unwrap()
}

pub(crate) async fn connect(url: &Url) -> PgConnection {
    PgConnection::connect(url.as_str()).await.unwrap()
}

/// One statement, or several, made of nothing but this file's own words.
pub(crate) async fn order(connection: &mut PgConnection, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(connection)
        .await
        .unwrap();
}

/// Makes the template unless another process has: roles, and a database that the schema's owner has brought up to date.
async fn make_template(administrator: &Url) -> String {
    let name = format!("revui_template_{:x}", fingerprint_of_the_schema());
    let mut connection = connect(administrator).await;
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(MAKING_THE_TEMPLATE)
        .execute(&mut connection)
        .await
        .unwrap();
    let there = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut connection)
        .await
        .unwrap();
    if there.is_none() {
        for role in [OWNER, APP] {
            order(
                &mut connection,
                &format!(
                    "DO $$ BEGIN CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}';
                     EXCEPTION WHEN duplicate_object THEN NULL; END $$"
                ),
            )
            .await;
        }
        // Under another name while it is made: one that was left half-made is no template.
        let making = format!("{name}_{}", uuid::Uuid::new_v4().simple());
        order(
            &mut connection,
            &format!("CREATE DATABASE {making} OWNER {OWNER}"),
        )
        .await;
        let owner: DatabaseUrl = address(administrator, OWNER, &making)
            .as_str()
            .parse()
            .unwrap();
        let app: DatabaseUrl = address(administrator, APP, &making)
            .as_str()
            .parse()
            .unwrap();
        administration::migrate(&app.owned_by(&owner).unwrap())
            .await
            .unwrap();
        order(
            &mut connection,
            &format!("ALTER DATABASE {making} RENAME TO {name}"),
        )
        .await;
    }
    connection.close().await.unwrap();
    name
}

/// A server that outlives a change of the migrations keeps no template of before.
fn fingerprint_of_the_schema() -> u64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        std::fs::read(file).unwrap().hash(&mut hasher);
    }
    hasher.finish()
}
