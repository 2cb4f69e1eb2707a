//! Support access: none, or asked for, for some hours, for one person, and written down.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{ADMIN, Answer, OTHERS, REVIEWER, SUPER_ADMIN, USER, World};

const SUPPORT: &str = "user@other.example";

async fn grant(world: &World, email: &str, body: &Value) -> Answer {
    let token = world.token(email).await;
    world.post(&token, "/support/grants", body).await
}

fn wanted(world: &World, hours: u32) -> Value {
    json!({"userId": world.user_id(SUPPORT), "hours": hours, "reason": "ticket 12"})
}

#[tokio::test]
async fn whom_a_tenant_lets_in_sees_its_recordings_and_changes_nothing() {
    let world = World::start().await;
    let id = world.recording(&world.token(USER).await).await;
    let row = format!("/recordings/{id}");
    let list = "/recordings?tenantId=demo";
    let support = world.token(SUPPORT).await;
    for address in [row.as_str(), &format!("{row}/check"), list] {
        world.get(&support, address).await.refused(404, "not_found");
    }
    let granted = grant(&world, ADMIN, &wanted(&world, 2)).await.expect(201);

    let shown = world.get(&support, &row).await.expect(200);
    let link = world
        .http
        .get(shown.text("downloadUrl"))
        .send()
        .await
        .unwrap();
    assert_eq!(link.status(), 200);
    let check = world
        .get(&support, &format!("{row}/check"))
        .await
        .expect(200);
    assert_eq!(check.body["agrees"], true);
    let listed = world.get(&support, list).await.expect(200);
    assert_eq!(listed.body["recordings"][0]["id"], json!(id));
    // Their own list stays theirs.
    let own = world.get(&support, "/recordings").await.expect(200);
    assert_eq!(own.body, json!({"recordings": []}));

    let hold = format!("{row}/hold");
    let reason = json!({"reason": "x"});
    let claim = json!({"s3Key": "x", "fileSize": 4});
    world.delete(&support, &row).await.refused(404, "not_found");
    world
        .post(&support, &hold, &reason)
        .await
        .refused(404, "not_found");
    world
        .delete(&support, &hold)
        .await
        .refused(404, "not_found");
    world
        .delete(&support, &format!("{row}/upload"))
        .await
        .refused(404, "not_found");
    world
        .post(&support, &format!("{row}/complete"), &claim)
        .await
        .refused(404, "not_found");

    // Nobody else of that tenant.
    for email in OTHERS.into_iter().filter(|email| *email != SUPPORT) {
        let token = world.token(email).await;
        world.get(&token, &row).await.refused(404, "not_found");
        world.get(&token, list).await.refused(404, "not_found");
    }

    // Each look is in the trail of the tenant that was looked into, with whose person it was.
    let admin = world.token(ADMIN).await;
    let of = format!("/audit?actor={}", world.user_id(SUPPORT));
    let trail = world.get(&admin, &of).await.expect(200);
    let looks: Vec<(&str, &str)> = trail.body["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            let tenant = event["actor"]["tenantId"].as_str().unwrap();
            (event["action"].as_str().unwrap(), tenant)
        })
        .collect();
    let theirs = |action| (action, "other");
    assert_eq!(
        looks,
        ["recording.list", "recording.check", "recording.open"].map(theirs)
    );

    // Until it is revoked.
    let revoke = format!("/support/grants/{}", granted.text("id"));
    world.delete(&admin, &revoke).await.expect(204);
    world.delete(&admin, &revoke).await.expect(204);
    world.get(&support, &row).await.refused(404, "not_found");
    world.get(&support, list).await.refused(404, "not_found");
    let grants = world.get(&admin, "/support/grants").await.expect(200);
    assert!(grants.body["grants"][0]["revokedAt"].is_string());
    for action in ["support.grant", "support.revoke"] {
        let trail = world.get(&admin, &format!("/audit?action={action}")).await;
        assert_eq!(
            trail.expect(200).body["events"].as_array().unwrap().len(),
            1,
            "{action}"
        );
    }
}

#[tokio::test]
async fn a_grant_ends_by_itself() {
    let world = World::start().await;
    world.time.stop();
    let id = world.recording(&world.token(USER).await).await;
    grant(&world, SUPER_ADMIN, &wanted(&world, 1))
        .await
        .expect(201);
    let row = format!("/recordings/{id}");
    world.time.advance(Duration::from_secs(3599));
    world
        .get(&world.token(SUPPORT).await, &row)
        .await
        .expect(200);
    world.time.advance(Duration::from_secs(1));
    let late = world.get(&world.token(SUPPORT).await, &row).await;
    late.refused(404, "not_found");
}

/// The requests that the tenant `demo` has not decided.
async fn open_requests(world: &World) -> Vec<Value> {
    let admin = world.token(ADMIN).await;
    let open = world.get(&admin, "/support/requests").await.expect(200);
    open.body["requests"].as_array().unwrap().clone()
}

#[tokio::test]
async fn what_is_asked_for_is_granted_or_refused_and_written_down() {
    let world = World::start().await;
    let row = world.recording(&world.token(USER).await).await;
    let row = format!("/recordings/{row}");
    let (support, admin) = (world.token(SUPPORT).await, world.token(ADMIN).await);
    let ask = async |tenant: &str, hours: u32| {
        let wish = json!({"tenantId": tenant, "hours": hours, "reason": "ticket 12"});
        world.post(&support, "/support/requests", &wish).await
    };
    // What is open stays as it was asked, and of a tenant that does not exist nothing else is said.
    for (tenant, hours) in [("demo", 2), ("demo", 24), ("nobody", 2)] {
        let asked = ask(tenant, hours).await.expect(202);
        assert_eq!(asked.body, Value::Null, "{tenant}");
    }
    for (tenant, hours) in [("other", 2), ("demo", 0), ("demo", 25)] {
        let refused = ask(tenant, hours).await;
        refused.refused(400, "invalid_request");
    }
    let [request] = open_requests(&world).await.try_into().unwrap();
    assert_eq!(request["email"], SUPPORT);
    assert_eq!(request["userId"], world.user_id(SUPPORT));
    assert_eq!(request["userTenantId"], "other");
    assert_eq!(request["hours"], 2);
    assert_eq!(request["reason"], "ticket 12");
    world.get(&support, &row).await.refused(404, "not_found");

    let decide = |request: &Value| format!("/support/requests/{}", request["id"].as_str().unwrap());
    let refused = decide(&request);
    world.delete(&admin, &refused).await.expect(204);
    let again = world.delete(&admin, &refused).await;
    again.refused(404, "not_found");
    world.get(&support, &row).await.refused(404, "not_found");

    ask("demo", 3).await.expect(202);
    let [request] = open_requests(&world).await.try_into().unwrap();
    let granting = format!("{}/grant", decide(&request));
    let granted = world.post(&admin, &granting, &Value::Null).await;
    let granted = granted.expect(201);
    assert_eq!(granted.text("userId"), world.user_id(SUPPORT));
    assert_eq!(granted.text("reason"), "ticket 12");
    world.get(&support, &row).await.expect(200);
    let again = world.post(&admin, &granting, &Value::Null).await;
    again.refused(404, "not_found");
    assert_eq!(open_requests(&world).await, Vec::<Value>::new());

    let trail = world.get(&admin, "/audit").await.expect(200);
    let events = trail.body["events"].as_array().unwrap().iter();
    let told: Vec<(&str, Option<&str>)> = events
        .filter(|event| event["action"].as_str().unwrap().starts_with("support."))
        .map(|event| {
            let of = event["actor"]["tenantId"].as_str();
            (event["action"].as_str().unwrap(), of)
        })
        .collect();
    let theirs = Some("other");
    assert_eq!(
        told,
        [
            ("support.grant", None),
            ("support.ask", theirs),
            ("support.refuse", None),
            ("support.ask", theirs),
        ]
    );
}

#[tokio::test]
async fn a_request_that_nobody_decides_ends_after_a_week() {
    let world = World::start().await;
    world.time.stop();
    let ask = async || {
        let support = world.token(SUPPORT).await;
        let wish = json!({"tenantId": "demo", "hours": 2, "reason": "ticket 12"});
        let asked = world.post(&support, "/support/requests", &wish);
        asked.await.expect(202);
    };
    ask().await;
    world.time.advance(Duration::from_secs(7 * 86_400 - 1));
    let [first] = open_requests(&world).await.try_into().unwrap();
    world.time.advance(Duration::from_secs(1));
    assert_eq!(open_requests(&world).await, Vec::<Value>::new());
    let late = format!("/support/requests/{}/grant", first["id"].as_str().unwrap());
    let admin = world.token(ADMIN).await;
    let late = world.post(&admin, &late, &Value::Null).await;
    late.refused(404, "not_found");
    ask().await;
    let [second] = open_requests(&world).await.try_into().unwrap();
    assert_ne!(first["id"], second["id"]);
}

/// Who grants, lists and revokes, cell by cell; and what a grant may be.
#[tokio::test]
async fn administrators_decide_and_only_for_other_tenants_people() {
    let world = World::start().await;
    let first = grant(&world, ADMIN, &wanted(&world, 1)).await.expect(201);
    let revoke = format!("/support/grants/{}", first.text("id"));
    for email in [USER, REVIEWER] {
        let token = world.token(email).await;
        grant(&world, email, &wanted(&world, 1))
            .await
            .refused(403, "forbidden");
        world
            .get(&token, "/support/grants")
            .await
            .refused(403, "forbidden");
        world
            .delete(&token, &revoke)
            .await
            .refused(403, "forbidden");
    }
    for email in [ADMIN, SUPER_ADMIN] {
        let token = world.token(email).await;
        grant(&world, email, &wanted(&world, 1)).await.expect(201);
        world.get(&token, "/support/grants").await.expect(200);
        world.delete(&token, &revoke).await.expect(204);
    }
    for email in OTHERS {
        let token = world.token(email).await;
        let (listed, revoked) = (
            world.get(&token, "/support/grants").await,
            world.delete(&token, &revoke).await,
        );
        match email.split_once('@').unwrap().0 {
            "user" | "reviewer" => {
                listed.refused(403, "forbidden");
                revoked.refused(403, "forbidden");
            }
            _ => {
                assert_eq!(listed.expect(200).body, json!({"grants": []}), "{email}");
                revoked.refused(404, "not_found");
            }
        }
    }
    let id = world.user_id(SUPPORT);
    for bad in [
        json!({"userId": world.user_id(USER), "hours": 1, "reason": "x"}),
        json!({"userId": "nobody", "hours": 1, "reason": "x"}),
        json!({"userId": id, "hours": 0, "reason": "x"}),
        json!({"userId": id, "hours": 25, "reason": "x"}),
        json!({"userId": id, "hours": 1, "reason": " "}),
        json!({"userId": id, "hours": 1}),
    ] {
        let refused = grant(&world, ADMIN, &bad).await;
        refused.refused(400, "invalid_request");
    }
}
