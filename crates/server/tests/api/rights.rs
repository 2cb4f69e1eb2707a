//! Who may do what: whoever changes it, the audit trail has it, with the change or not at all.

use std::time::Duration;

use serde_json::{Value, json};
use server::administration::{Administration, AdministrationError, NewUser, TrailQuery};
use wire::{ActorKind, AuditEvent, Role, Secret, TenantId};

use crate::providers::Organisations;
use crate::world::{ADMIN, REVIEWER, USER, World};

const PASSWORD: &str = "correct horse battery";
const NEW_PASSWORD: &str = "another horse battery";

async fn administration(world: &World) -> Administration {
    let database = world.database();
    let opened = Administration::open(&database, world.time.clock());
    opened.await.unwrap()
}

/// A tenant's events about who may do what, the oldest first.
async fn events(world: &World, tenant: &str) -> Vec<AuditEvent> {
    let administration = administration(world).await;
    let tenant = TenantId::from(tenant);
    let trail = administration.trail(&tenant, TrailQuery::default());
    let mut events = trail.await.unwrap().next().await.unwrap();
    events.retain(|event| !event.action.starts_with("audit."));
    events.reverse();
    events
}

/// What there is after the events that were there before.
async fn since(world: &World, tenant: &str, before: &[AuditEvent]) -> Vec<AuditEvent> {
    events(world, tenant).await.split_off(before.len())
}

fn actions(events: &[AuditEvent]) -> Vec<&str> {
    events.iter().map(|event| event.action.as_str()).collect()
}

fn detail(event: &AuditEvent) -> Value {
    Value::from_iter(event.detail.clone())
}

fn ada(tenant: &str) -> NewUser {
    NewUser {
        tenant: TenantId::from(tenant),
        email: "ada@acme.example".to_owned(),
        name: "Ada".to_owned(),
        role: Role::User,
        password: Secret::from(PASSWORD),
    }
}

#[tokio::test]
async fn whatever_an_administrator_orders_is_in_the_trail() {
    let world = World::start().await;
    let administration = administration(&world).await;
    let acme = TenantId::from("acme");
    administration.add_tenant(&acme, "Acme").await.unwrap();
    administration.add_task(&acme, "t1", "First").await.unwrap();
    let id = administration.add_user(ada("acme")).await.unwrap();
    let email = "ada@acme.example";
    for _ in 0..2 {
        world.login(email, PASSWORD).await.expect(200);
    }
    administration.set_role(email, Role::Admin).await.unwrap();
    let new = Secret::from(NEW_PASSWORD);
    administration.set_password(email, new).await.unwrap();
    world.login(email, NEW_PASSWORD).await.expect(200);
    administration.set_disabled(email, true).await.unwrap();
    administration.set_disabled(email, false).await.unwrap();

    let mut events = events(&world, "acme").await;
    events.retain(|event| event.action != "session.begin");
    let id = id.as_str();
    let expected = [
        ("tenant.add", json!({"name": "Acme"})),
        ("task.add", json!({"taskId": "t1", "name": "First"})),
        ("user.add", json!({"userId": id, "role": "USER"})),
        (
            "user.role",
            json!({"userId": id, "role": "ADMIN", "was": "USER"}),
        ),
        ("user.password", json!({"userId": id, "signInsEnded": 2})),
        ("user.disable", json!({"userId": id, "signInsEnded": 1})),
        ("user.enable", json!({"userId": id})),
    ];
    assert_eq!(events.len(), expected.len(), "{events:?}");
    for (event, (action, told)) in events.iter().zip(expected) {
        assert_eq!((event.action.as_str(), detail(event)), (action, told));
        assert_eq!(event.actor.kind, ActorKind::Operator);
    }
    let whole = serde_json::to_string(&events).unwrap();
    for secret in [PASSWORD, NEW_PASSWORD, "argon2"] {
        assert!(!whole.contains(secret), "{whole}");
    }
}

#[tokio::test]
async fn what_changes_nothing_leaves_no_event() {
    let world = World::start().await;
    let administration = administration(&world).await;
    let before = [events(&world, "demo").await, events(&world, "other").await];
    let (demo, nobody) = (TenantId::from("demo"), "nobody@demo.example");
    let taken = NewUser {
        email: USER.to_owned(),
        ..ada("other")
    };
    let short = || Secret::from("short");
    for refused in [
        administration.add_tenant(&demo, "Demo").await,
        administration.add_tenant(&"a/b".into(), "Acme").await,
        administration.add_task(&demo, "demo-task", "Again").await,
        administration.add_task(&"none".into(), "t", "Task").await,
        administration.add_user(taken).await.map(drop),
        administration.add_user(ada("none")).await.map(drop),
        administration.set_role(nobody, Role::Admin).await,
        administration.set_disabled(nobody, true).await,
        administration.set_password(nobody, short()).await,
        administration.set_password(USER, short()).await,
    ] {
        assert!(refused.is_err());
    }
    // Carried out, and as it was.
    administration.set_role(USER, Role::User).await.unwrap();
    administration.set_disabled(USER, false).await.unwrap();
    assert_eq!(since(&world, "demo", &before[0]).await, []);
    assert_eq!(since(&world, "other", &before[1]).await, []);

    for _ in 0..2 {
        administration.set_disabled(USER, true).await.unwrap();
    }
    let disabled = since(&world, "demo", &before[0]).await;
    assert_eq!(actions(&disabled), ["user.disable"]);
}

/// An order of which the trail would know nothing is not carried out.
#[tokio::test]
async fn without_the_trail_nobodys_rights_change() {
    let world = World::start().await;
    let session = world.login(USER, &world.password(USER)).await.expect(200);
    let administration = administration(&world).await;
    administration.set_disabled(REVIEWER, true).await.unwrap();
    let users = async || {
        let users = administration.users().await.unwrap();
        format!("{users:?}")
    };
    let before = users().await;
    world.rows.break_the_trail().await;

    let (demo, acme) = (TenantId::from("demo"), TenantId::from("acme"));
    let new = Secret::from(NEW_PASSWORD);
    for refused in [
        administration.add_tenant(&acme, "Acme").await,
        administration.add_task(&demo, "t1", "First").await,
        administration.add_user(ada("demo")).await.map(drop),
        administration.set_role(USER, Role::Admin).await,
        administration.set_password(USER, new).await,
        administration.set_disabled(ADMIN, true).await,
        administration.set_disabled(REVIEWER, false).await,
    ] {
        let failed = matches!(refused, Err(AdministrationError::Database(_)));
        assert!(failed, "{refused:?}");
    }
    assert_eq!(users().await, before);
    let tasks = administration.tasks(&demo).await.unwrap();
    assert_eq!(tasks.len(), 1);
    let absent = administration.tasks(&acme).await;
    let absent = matches!(absent, Err(AdministrationError::NoSuchTenant { .. }));
    assert!(absent);
    // The password that would have ended it is not set.
    let refresh = json!({"refreshToken": session.text("refreshToken")});
    world.post_open("/auth/refresh", &refresh).await.expect(200);
}

#[tokio::test]
async fn the_demos_making_is_in_the_trail_once() {
    let world = World::start().await;
    let made = events(&world, "demo").await;
    assert_eq!(
        actions(&made),
        [
            "tenant.add",
            "task.add",
            "user.add",
            "user.add",
            "user.add",
            "user.add"
        ]
    );
    for event in &made {
        assert_eq!(event.actor.kind, ActorKind::Server);
        assert_eq!(event.detail["why"], "demo");
    }
    let world = world.restart().await;
    assert_eq!(events(&world, "demo").await, made);
    std::fs::remove_file(world.data.path().join("demo.json")).unwrap();
    let world = world.restart().await;
    let set = since(&world, "demo", &made).await;
    assert_eq!(actions(&set), ["user.password"; 4]);
}

/// What a provider says of people is a change of their rights as an order is.
#[tokio::test]
async fn people_and_roles_that_a_provider_brings_are_in_the_trail() {
    let organisations = Organisations::start().await;
    let world = &organisations.world;
    let before = events(world, "demo").await;
    let staff = organisations.token("staff");
    let me = organisations.me(&staff).await.expect(200);
    let id = me.text("id");
    organisations.me(&staff).await.expect(200);
    let came = since(world, "demo", &before).await;
    assert_eq!(actions(&came), ["user.add", "session.begin"]);
    let [added, begun] = &came[..] else {
        unreachable!("two were there");
    };
    let told = json!({"userId": id, "role": "USER", "provider": "acme"});
    assert_eq!(detail(added), told);
    // It is the provider who lets them in, on a call of theirs.
    assert_eq!(added.actor.kind, ActorKind::Server);
    assert_eq!(added.actor.address.as_deref(), Some("127.0.0.1"));
    assert_eq!(added.actor.request_id, begun.actor.request_id);
    assert_eq!(begun.actor.kind, ActorKind::User);

    // Another name is no other right.
    let mut claims = organisations.claims();
    claims["name"] = "Grace H.".into();
    let renamed = organisations.me(&organisations.signer.sign(&claims)).await;
    assert_eq!(renamed.expect(200).text("name"), "Grace H.");
    assert_eq!(since(world, "demo", &before).await, came);

    let admins = organisations.token("admins");
    let calls = (0..20).map(|_| organisations.me(&admins));
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.expect(200).text("role"), "ADMIN");
    }
    let changed = since(world, "demo", &before).await.split_off(came.len());
    assert_eq!(actions(&changed), ["user.role"]);
    let told = json!({"userId": id, "role": "ADMIN", "was": "USER", "provider": "acme"});
    assert_eq!(detail(&changed[0]), told);
    assert_eq!(changed[0].actor.kind, ActorKind::Server);
}

#[tokio::test]
async fn without_the_trail_a_provider_changes_nobodys_rights() {
    let organisations = Organisations::start().await;
    let world = &organisations.world;
    let staff = organisations.token("staff");
    organisations.me(&staff).await.expect(200);
    let administration = administration(world).await;
    let users = async || {
        let users = administration.users().await.unwrap();
        format!("{users:?}")
    };
    let before = users().await;
    world.rows.break_the_trail().await;
    let admins = organisations.token("admins");
    organisations.me(&admins).await.refused(500, "internal");
    let claims = organisations
        .demo
        .claims("mallory", "staff", organisations.now());
    let stranger = organisations.signer.sign(&claims);
    organisations.me(&stranger).await.refused(500, "internal");
    assert_eq!(users().await, before);
    organisations.me(&staff).await.expect(200);
}

#[tokio::test]
async fn a_sign_in_that_a_stolen_token_ends_is_in_the_trail_once() {
    let world = World::start().await;
    let session = world.login(USER, &world.password(USER)).await.expect(200);
    let before = events(&world, "demo").await;
    let refresh = async |token: String| {
        let body = json!({"refreshToken": token});
        world.post_open("/auth/refresh", &body).await
    };
    let next = refresh(session.text("refreshToken")).await.expect(200);
    world.time.advance(Duration::from_secs(31));
    for _ in 0..2 {
        let again = refresh(session.text("refreshToken")).await;
        again.refused(401, "unauthorized");
    }
    refresh(next.text("refreshToken"))
        .await
        .refused(401, "unauthorized");
    let ended = since(&world, "demo", &before).await;
    assert_eq!(actions(&ended), ["session.revoke"]);
    let actor = &ended[0].actor;
    assert_eq!(actor.user_id, Some(world.user_id(USER).as_str().into()));
    assert_eq!(actor.address.as_deref(), Some("127.0.0.1"));
    // It has ended: nobody can end it again.
    let body = json!({"refreshToken": next.text("refreshToken")});
    world.post_open("/auth/logout", &body).await.expect(204);
    assert_eq!(since(&world, "demo", &before).await, ended);

    let session = world.login(ADMIN, &world.password(ADMIN)).await.expect(200);
    let before = events(&world, "demo").await;
    let body = json!({"refreshToken": session.text("refreshToken")});
    for _ in 0..2 {
        world.post_open("/auth/logout", &body).await.expect(204);
    }
    let ended = since(&world, "demo", &before).await;
    assert_eq!(actions(&ended), ["session.end"]);
}
