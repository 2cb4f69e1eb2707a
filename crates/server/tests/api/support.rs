//! Support access: none, or for some hours, for one person, and written down.

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
