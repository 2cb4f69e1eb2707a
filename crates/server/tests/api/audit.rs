//! The audit trail: what is in it, who reads it, and how.

use reqwest::Method;
use serde_json::{Value, json};

use crate::in_parts::{InParts, SUM_OF_WEBM};
use crate::world::{ADMIN, Answer, OTHERS, REVIEWER, SUPER_ADMIN, USER, World, path};

/// Its newest page that matches, as pairs of action and outcome, the oldest first.
async fn trail(world: &World, query: &str) -> Vec<(String, String)> {
    let token = world.token(ADMIN).await;
    let page = world
        .get(&token, &format!("/audit?limit=200&{query}"))
        .await;
    let text = |event: &Value, field: &str| event[field].as_str().unwrap().to_owned();
    let mut events: Vec<(String, String)> = page.expect(200).body["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (text(event, "action"), text(event, "outcome")))
        .collect();
    events.reverse();
    events
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = expected.iter();
    owned
        .map(|(action, outcome)| ((*action).to_owned(), (*outcome).to_owned()))
        .collect()
}

#[tokio::test]
async fn whatever_is_done_to_a_recording_is_in_the_trail() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let body = json!({"taskId": "task-uuid", "filename": "a.webm", "fileSize": 4});
    let initiated = world.post(&user, "/recordings/initiate", &body).await;
    let initiated = initiated.expect(201);
    let at = |end: &str| path(&initiated, end);
    let renewed = world
        .post(&user, &at("/renew"), &json!({}))
        .await
        .expect(200);
    assert_eq!(world.put(&renewed, b"webm").await.status(), 200);
    world.complete(&user, &initiated, 4).await.expect(200);
    let sum = json!({"sha256": SUM_OF_WEBM});
    world.post(&user, &at("/sha256"), &sum).await.expect(204);
    let link = world
        .get(&user, &at(""))
        .await
        .expect(200)
        .text("downloadUrl");
    world.delete(&user, &at("")).await.refused(403, "forbidden");
    world.get(&admin, &at("/check")).await.expect(200);
    let reason = json!({"reason": "case 7"});
    world.post(&admin, &at("/hold"), &reason).await.expect(200);
    world.delete(&admin, &at("")).await.refused(409, "held");
    world.delete(&admin, &at("/hold")).await.expect(204);
    world.delete(&admin, &at("")).await.expect(200);

    let id = initiated.text("recordingId");
    let expected = pairs(&[
        ("recording.initiate", "done"),
        ("recording.renew", "done"),
        ("recording.complete", "done"),
        ("recording.claim_sha256", "done"),
        ("recording.open", "done"),
        ("recording.delete", "refused"),
        ("recording.check", "done"),
        ("recording.hold", "done"),
        ("recording.delete", "refused"),
        ("recording.release", "done"),
        ("recording.delete", "done"),
        ("recording.empty", "done"),
    ]);
    assert_eq!(trail(&world, &format!("recordingId={id}")).await, expected);

    // Who, as what, from where, in which request; and nothing that opens anything.
    let page = world.get(&admin, "/audit?action=recording.open").await;
    let page = page.expect(200);
    let event = &page.body["events"][0];
    assert_eq!(event["recordingId"], json!(id));
    assert_eq!(event["actor"]["kind"], "user");
    assert_eq!(event["actor"]["userId"], world.user_id(USER));
    assert_eq!(event["actor"]["role"], "USER");
    assert_eq!(event["actor"]["address"], "127.0.0.1");
    assert!(event["actor"]["requestId"].is_string());
    assert_eq!(event["actor"]["tenantId"], json!(null), "it is the trail's");
    let whole = world.get(&admin, "/audit?limit=200").await.expect(200);
    let whole = whole.body.to_string();
    let signature = link.split("X-Amz-Signature=").nth(1).unwrap();
    for secret in [signature, user.as_str(), &world.password(USER)] {
        assert!(!whole.contains(secret));
    }
}

#[tokio::test]
async fn tickets_of_parts_and_what_is_given_up_are_in_the_trail() {
    let world = World::start().await;
    let user = world.token(USER).await;
    let upload = InParts::start(&world, &user, vec![b"webm".to_vec()]).await;
    upload.put_all(&world, &user).await;
    let id = upload.initiated.text("recordingId");
    world
        .delete(&user, &format!("/recordings/{id}/upload"))
        .await
        .expect(204);
    let expected = pairs(&[
        ("recording.initiate", "done"),
        ("recording.sign_parts", "done"),
        ("recording.give_up", "done"),
    ]);
    assert_eq!(trail(&world, &format!("recordingId={id}")).await, expected);
    let admin = world.token(ADMIN).await;
    let signed = world
        .get(&admin, "/audit?action=recording.sign_parts")
        .await;
    let signed = signed.expect(200);
    assert_eq!(signed.body["events"][0]["detail"]["parts"], json!([1]));

    // A repeated initiate hands out another ticket.
    let body = json!({
        "taskId": "t", "filename": "a.webm", "fileSize": 4, "idempotencyKey": "0191f3c6-7d1a-7c50-9a3e-1f2b3c4d5e6f",
    });
    let first = world
        .post(&user, "/recordings/initiate", &body)
        .await
        .expect(201);
    world
        .post(&user, "/recordings/initiate", &body)
        .await
        .expect(201);
    let id = first.text("recordingId");
    let expected = pairs(&[("recording.initiate", "done"), ("recording.renew", "done")]);
    assert_eq!(trail(&world, &format!("recordingId={id}")).await, expected);
}

#[tokio::test]
async fn signing_in_and_out_and_failing_to_are_in_the_trail() {
    let world = World::start().await;
    let session = world.login(USER, &world.password(USER)).await.expect(200);
    let refresh = json!({"refreshToken": session.text("refreshToken")});
    world.post_open("/auth/logout", &refresh).await.expect(204);
    world
        .login(USER, "wrong")
        .await
        .refused(401, "wrong_credentials");
    world
        .login("nobody@demo.example", "wrong")
        .await
        .refused(401, "wrong_credentials");
    let of_user = format!("actor={}", world.user_id(USER));
    let expected = pairs(&[
        ("session.begin", "done"),
        ("session.end", "done"),
        ("session.begin", "refused"),
    ]);
    // Nobody's answer waits for the last one, so that its time tells nothing; each look here is a round trip.
    let mut seen = Vec::new();
    for _ in 0..100 {
        seen = trail(&world, &of_user).await;
        if seen.len() == expected.len() {
            break;
        }
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn pages_hold_every_event_once_and_filters_hold_what_they_say() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    for _ in 0..5 {
        world.recording(&user).await;
    }
    let mut ids = Vec::new();
    let mut query = "/audit?limit=3".to_owned();
    loop {
        let page = world.get(&admin, &query).await.expect(200);
        let events = page.body["events"].as_array().unwrap();
        assert!(events.len() <= 3);
        ids.extend(
            events
                .iter()
                .map(|event| event["id"].as_str().unwrap().to_owned()),
        );
        let times: Vec<jiff::Timestamp> = events
            .iter()
            .map(|event| event["at"].as_str().unwrap().parse().unwrap())
            .collect();
        assert!(times.is_sorted_by(|one, other| one >= other), "{times:?}");
        match page.body["next"].as_str() {
            Some(next) => query = format!("/audit?limit=3&cursor={next}"),
            None => break,
        }
    }
    // A tenant, its task and four users, two sign-ins, five recordings, and the one reading.
    let whole = 6 + 2 + 5 * 2 + 1;
    assert_eq!(ids.len(), whole);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), whole);

    let of = |user: String| format!("actor={user}&action=recording.complete");
    assert_eq!(trail(&world, &of(world.user_id(USER))).await.len(), 5);
    assert_eq!(trail(&world, &of(world.user_id(ADMIN))).await.len(), 0);
    assert_eq!(trail(&world, "from=2040-01-01T00:00:00Z").await.len(), 0);
    assert_eq!(trail(&world, "to=2020-01-01T00:00:00Z").await.len(), 0);
    assert!(
        trail(&world, "from=2020-01-01T00:00:00Z&to=2040-01-01T00:00:00Z")
            .await
            .len()
            > whole
    );
    for bad in [
        "limit=0",
        "limit=201",
        "cursor=x",
        "action=open",
        "from=x",
        "to=x",
    ] {
        let refused = world.get(&admin, &format!("/audit?{bad}")).await;
        refused.refused(400, "invalid_request");
    }
}

#[tokio::test]
async fn the_table_is_whole_and_no_cell_is_a_formula() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let body = json!({"taskId": "task-uuid", "filename": "=1+1, \"a\".webm"});
    world
        .post(&user, "/recordings/initiate", &body)
        .await
        .expect(201);
    let request = world.request(Method::GET, "/audit.csv").bearer_auth(&admin);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("text/csv"), "{kind}");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let text = answer.text().await.unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(head[..3], ["at", "action", "outcome"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let actions: Vec<&str> = rows.iter().map(|row| &row[1]).collect();
    // The reading itself is noted first, and who may do what before anybody did anything.
    assert_eq!(
        actions,
        [
            "audit.read",
            "recording.initiate",
            "session.begin",
            "session.begin",
            "user.add",
            "user.add",
            "user.add",
            "user.add",
            "task.add",
            "tenant.add",
        ]
    );
    let detail: Value = serde_json::from_str(&rows[1][10]).unwrap();
    assert_eq!(detail["filename"], "=1+1, \"a\".webm");
    for cell in rows.iter().flat_map(csv::StringRecord::iter) {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
    }
    let request = world
        .request(Method::GET, "/audit.csv?limit=3&action=x")
        .bearer_auth(&admin);
    let refused = world.send(request).await;
    refused.refused(400, "invalid_request");
}

/// Who may read it, cell by cell, and that another tenant's is another.
#[tokio::test]
async fn administrators_read_their_own_tenants_trail() {
    let world = World::start().await;
    for email in [USER, REVIEWER] {
        let token = world.token(email).await;
        for address in ["/audit", "/audit.csv"] {
            world.get(&token, address).await.refused(403, "forbidden");
        }
    }
    let id = world.recording(&world.token(USER).await).await;
    // Readings keep what was asked for: an id in one of those tells nothing that its reader did not know.
    let contains = |answer: &Answer| {
        let events = answer.body["events"].as_array();
        events.is_some_and(|events| events.iter().any(|event| event["recordingId"] == *id))
    };
    for email in [ADMIN, SUPER_ADMIN] {
        let token = world.token(email).await;
        assert!(
            contains(&world.get(&token, "/audit").await.expect(200)),
            "{email}"
        );
        world.get(&token, "/audit.csv").await.expect(200);
    }
    for email in OTHERS {
        let token = world.token(email).await;
        let page = world.get(&token, "/audit?limit=200").await;
        assert!(!contains(&page), "{email}");
        let about = world.get(&token, &format!("/audit?recordingId={id}")).await;
        match email.split_once('@').unwrap().0 {
            "user" | "reviewer" => about.refused(403, "forbidden"),
            _ => assert_eq!(about.expect(200).body, json!({"events": []}), "{email}"),
        }
    }
    let refused = trail(&world, "action=audit.read").await;
    let refused = refused.iter().filter(|(_, outcome)| outcome == "refused");
    assert_eq!(refused.count(), 4, "two roles, two addresses");
}

/// What cannot be written down does not happen: nobody gets a link of which the trail knows nothing.
#[tokio::test]
async fn without_the_trail_nothing_is_handed_out_or_changed() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let id = world.recording(&user).await;
    let row = format!("/recordings/{id}");
    world.rows.break_the_trail().await;
    world.get(&user, &row).await.refused(500, "internal");
    world.delete(&admin, &row).await.refused(500, "internal");
    let body = json!({"taskId": "t", "filename": "a.webm"});
    let refused = world.post(&user, "/recordings/initiate", &body).await;
    refused.refused(500, "internal");
    let listed = world.get(&user, "/recordings").await.expect(200);
    let listed = listed.body["recordings"].as_array().unwrap();
    assert_eq!(listed.len(), 1, "neither another nor none");
    assert_eq!(listed[0]["uploadStatus"], "COMPLETE");
}
