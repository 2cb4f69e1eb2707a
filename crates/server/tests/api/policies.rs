//! PostgreSQL's row level security: what the server's role sees when a statement forgets its tenant.

use std::time::Duration;

use server::configuration::{External, StorageChoice};
use server::{Clock, Configuration, DatabaseUrl, administration};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use crate::rows::{APP, OWNER, Rows, TestDatabase, connect};
use crate::world::{ADMIN, OTHERS, USER, World};

/// The only table without policies.
const WITHOUT_POLICIES: &str = "_sqlx_migrations";

/// The only table with policies whose rows are no tenant's.
const NO_TENANTS: &str = "attempts";

/// Every table with policies.
async fn tables(database: &TestDatabase) -> Vec<String> {
    let mut connection = database.as_administrator().await;
    let rows = sqlx::query(
        "SELECT relname::text FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> $1 ORDER BY 1",
    )
    .bind(WITHOUT_POLICIES)
    .fetch_all(&mut connection)
    .await
    .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// What a statement counts, in a transaction of the server's role that says these settings.
async fn as_app(
    connection: &mut PgConnection,
    settings: &[(&str, &str)],
    statement: &str,
) -> Result<i64, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    for (name, value) in settings {
        sqlx::query("SELECT set_config($1, $2, true)")
            .bind(name)
            .bind(value)
            .execute(&mut *transaction)
            .await?;
    }
    let counted = sqlx::query(AssertSqlSafe(statement.to_owned()))
        .fetch_one(&mut *transaction)
        .await?;
    // Nothing of it stays.
    transaction.rollback().await?;
    counted.try_get(0)
}

#[tokio::test]
async fn no_table_shows_anything_to_nobody_or_another_tenants_to_anybody() {
    let Some(database) = TestDatabase::if_there("row level security").await else {
        return;
    };
    let world = World::over_rows(Rows::Server(database)).await;
    let Rows::Server(database) = &world.rows else {
        unreachable!("it was given one");
    };
    // Rows of both tenants in every table.
    for email in [USER, ADMIN, OTHERS[0], OTHERS[2]] {
        let token = world.token(email).await;
        world.recording(&token).await;
        let given_up = world.uploaded(&token, b"webm").await;
        let path = crate::world::path(&given_up, "/upload");
        world.delete(&token, &path).await.expect(204);
    }
    for (email, tenant) in [(USER, "other"), (OTHERS[0], "demo")] {
        let token = world.token(email).await;
        let wish = serde_json::json!({"tenantId": tenant, "hours": 1, "reason": "ticket 12"});
        let asked = world.post(&token, "/support/requests", &wish).await;
        asked.expect(202);
    }
    let url = world.database();
    let administration = administration::Administration::open(&url, Clock::system());
    let administration = administration.await.unwrap();
    for tenant in ["demo", "other"] {
        let quota = server::Quota {
            bytes: Some(1_000_000),
            recordings_a_day: None,
        };
        let tenant = wire::TenantId::from(tenant);
        administration.set_quota(&tenant, quota).await.unwrap();
    }
    let mut app = connect(&database.as_role(APP)).await;
    let mut administrator = database.as_administrator().await;
    for table in tables(database).await {
        let count = format!("SELECT count(*) FROM {table}");
        let whole: i64 = sqlx::query(AssertSqlSafe(count.clone()))
            .fetch_one(&mut administrator)
            .await
            .unwrap()
            .get(0);
        let held: bool = sqlx::query(
            "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = $1::text::regclass",
        )
        .bind(&table)
        .fetch_one(&mut administrator)
        .await
        .unwrap()
        .get(0);
        assert!(held, "{table}: row level security is not forced");

        for settings in [
            &[][..],
            &[("app.tenant", "")],
            &[("app.tenant", "nobody")],
            &[("app.purpose", "")],
            &[("app.purpose", "everything")],
        ] {
            let seen = as_app(&mut app, settings, &count).await.unwrap();
            assert_eq!(seen, 0, "{table} by {settings:?}");
        }
        let seen_by = async |app: &mut PgConnection, tenant: &str| {
            let settings = [("app.tenant", tenant)];
            as_app(app, &settings, &count).await.unwrap()
        };
        let (demo, other) = (
            seen_by(&mut app, "demo").await,
            seen_by(&mut app, "other").await,
        );
        assert!(
            demo + other <= whole,
            "{table}: {demo} and {other} of {whole}"
        );
        if table == NO_TENANTS {
            assert!(whole > 0, "{table} is empty");
            assert_eq!((demo, other), (0, 0), "{table}");
        } else if whole > 0 {
            assert!(demo > 0 && demo < whole, "{table}: {demo} of {whole}");
            assert!(other > 0 && other < whole, "{table}: {other} of {whole}");
        }
    }
}

#[tokio::test]
async fn attempts_are_counted_by_who_signs_in_and_forgotten_by_the_sweep() {
    let Some(database) = TestDatabase::if_there("row level security").await else {
        return;
    };
    let world = World::over_rows(Rows::Server(database)).await;
    let Rows::Server(database) = &world.rows else {
        unreachable!("it was given one");
    };
    let failed = world.login(USER, "wrong").await;
    failed.refused(401, "wrong_credentials");
    let mut app = connect(&database.as_role(APP)).await;
    let sees = "SELECT count(*) FROM attempts";
    let changes = "WITH changed AS (UPDATE attempts SET failures = 0 RETURNING 1) SELECT count(*) FROM changed";
    let forgets = "WITH gone AS (DELETE FROM attempts RETURNING 1) SELECT count(*) FROM gone";
    for (settings, expected) in [
        (("app.purpose", "sign_in"), [2, 2, 2]),
        (("app.purpose", "sweep"), [2, 0, 2]),
        (("app.purpose", "administration"), [0, 0, 0]),
        (("app.tenant", "demo"), [0, 0, 0]),
    ] {
        let mut done = async |statement| as_app(&mut app, &[settings], statement).await.unwrap();
        let done = [done(sees).await, done(changes).await, done(forgets).await];
        assert_eq!(done, expected, "{settings:?}");
    }
    let kept = async || {
        let mut administrator = database.as_administrator().await;
        let counted = sqlx::query(sees).fetch_one(&mut administrator).await;
        counted.unwrap().get::<i64, _>(0)
    };
    world.time.advance(Duration::from_mins(10));
    world.running.sweep().await;
    assert_eq!(kept().await, 2, "of an address and of an account");
    world.time.advance(Duration::from_mins(10));
    world.running.sweep().await;
    assert_eq!(kept().await, 0);
}

/// Not even whom no policy holds.
#[tokio::test]
async fn nobody_changes_what_the_audit_trail_has() {
    let Some(database) = TestDatabase::if_there("the audit trail").await else {
        return;
    };
    let world = World::over_rows(Rows::Server(database)).await;
    let Rows::Server(database) = &world.rows else {
        unreachable!("it was given one");
    };
    world.token(USER).await;
    let mut administrator = database.as_administrator().await;
    for attempt in [
        "UPDATE audit_events SET outcome = 'refused'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
    ] {
        let refused = sqlx::query(attempt).execute(&mut administrator).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("never changed"), "{attempt}: {refused}");
    }
    // Whoever goes without a tenant adds, and does not see.
    let mut app = connect(&database.as_role(APP)).await;
    let count = "SELECT count(*) FROM audit_events";
    for purpose in ["sign_in", "sweep", "administration"] {
        let settings = [("app.purpose", purpose)];
        let seen = as_app(&mut app, &settings, count).await.unwrap();
        assert_eq!(seen, 0, "{purpose}");
    }
}

#[tokio::test]
async fn nothing_of_another_tenants_is_written() {
    let Some(database) = TestDatabase::if_there("row level security").await else {
        return;
    };
    let world = World::over_rows(Rows::Server(database)).await;
    let Rows::Server(database) = &world.rows else {
        unreachable!("it was given one");
    };
    world.recording(&world.token(USER).await).await;
    let mut app = connect(&database.as_role(APP)).await;
    let changed = "WITH changed AS (UPDATE recordings SET filename = 'x' RETURNING 1) SELECT count(*) FROM changed";
    let removed =
        "WITH removed AS (DELETE FROM recordings RETURNING 1) SELECT count(*) FROM removed";
    for (settings, rows) in [
        (&[][..], (0, 0)),
        (&[("app.tenant", "other")], (0, 0)),
        (&[("app.purpose", "sign_in")], (0, 0)),
        (&[("app.purpose", "sweep")], (0, 0)),
        (&[("app.purpose", "administration")], (0, 0)),
        (&[("app.tenant", "demo")], (1, 1)),
    ] {
        let mut done = async |statement| as_app(&mut app, settings, statement).await.unwrap();
        let done = (done(changed).await, done(removed).await);
        assert_eq!(done, rows, "changed and removed by {settings:?}");
    }
    let forged =
        "WITH forged AS (INSERT INTO tasks VALUES ('demo', 'forged', 'Forged', 1) RETURNING 1)
                  SELECT count(*) FROM forged";
    let settings = [("app.tenant", "other")];
    let error = as_app(&mut app, &settings, forged).await.unwrap_err();
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    assert_eq!(code.as_deref(), Some("42501"), "{error}");
    // A migration is the owner's: the server's role changes no schema and lifts no policy.
    for statement in [
        "ALTER TABLE recordings DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON recordings",
        "DELETE FROM _sqlx_migrations",
        "CREATE TABLE mine (id TEXT)",
    ] {
        let refused = sqlx::query(AssertSqlSafe(statement.to_owned()));
        let refused = refused.execute(&mut app).await;
        assert!(refused.is_err(), "{statement}");
    }
}

fn served_from(database: DatabaseUrl) -> Configuration {
    let external = External {
        database,
        jwt_secret: wire::Secret::from("0123456789abcdef0123456789abcdef"),
        bucket: Err(server::configuration::MissingVariables {
            names: vec!["AWS_REGION"],
            no_keys: true,
        }),
        tenant_buckets: std::collections::BTreeMap::new(),
    };
    Configuration {
        storage: StorageChoice::External(Box::new(external)),
        ..Configuration::embedded("unused".into(), 0)
    }
}

#[tokio::test]
async fn a_role_that_no_policy_holds_serves_nobody() {
    let Some(database) = TestDatabase::if_there("row level security").await else {
        return;
    };
    for (url, why) in [
        (database.as_role(OWNER), "owns the tables"),
        (database.administrator(), "is a superuser"),
    ] {
        let configuration = served_from(url.as_str().parse().unwrap());
        let error = server::start(configuration, Clock::system())
            .await
            .unwrap_err();
        assert!(error.is_configuration(), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[tokio::test]
async fn a_schema_is_changed_by_its_owner_alone() {
    let Some(database) = TestDatabase::if_there("migrations").await else {
        return;
    };
    let mut connection = database.as_administrator().await;
    crate::rows::order(
        &mut connection,
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION revui_owner",
    )
    .await;
    let app: DatabaseUrl = database.as_role(APP).as_str().parse().unwrap();
    let start =
        async |url: &DatabaseUrl| server::start(served_from(url.clone()), Clock::system()).await;
    let error = start(&app).await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
    let said = error.to_string();
    assert!(said.contains("revui-server database migrate"), "{said}");
    let refused = administration::migrate(&app).await.unwrap_err();
    assert!(
        refused.to_string().contains("DATABASE_OWNER_URL"),
        "{refused}"
    );

    let owner: DatabaseUrl = database.as_role(OWNER).as_str().parse().unwrap();
    let owned = app.clone().owned_by(&owner).unwrap();
    administration::migrate(&owned).await.unwrap();
    administration::migrate(&owned).await.unwrap();
    start(&app).await.unwrap().stop().await;
    start(&owned).await.unwrap().stop().await;
}
