//! Who may do what, cell by cell of the tables that `docs/access.md` shows.

use serde_json::{Value, json};

use crate::access::{Answered, CALLS, Call, Cells};
use crate::in_parts::{InParts, SUM_OF_WEBM};
use crate::world::{ADMIN, Answer, OTHERS, REVIEWER, SUPER_ADMIN, USER, World, path};

/// What administrators do to recordings that are complete.
fn is_administrators(call: Call) -> bool {
    matches!(
        call,
        Call::Check | Call::Hold | Call::Release | Call::Delete
    )
}

/// A recording made for one cell, in the state that the call needs.
async fn prepare(world: &World, call: Call, owner: &str) -> Answer {
    if matches!(
        call,
        Call::SignParts | Call::ListParts | Call::CompleteParts
    ) {
        let upload = InParts::start(world, owner, vec![b"webm".to_vec()]).await;
        upload.put_all(world, owner).await;
        let listed = upload.list(world, owner).await.expect(200);
        let mut initiated = upload.initiated;
        initiated.body["etag"] = listed.body["parts"][0]["etag"].clone();
        return initiated;
    }
    let initiated = world.uploaded(owner, b"webm").await;
    if is_administrators(call) || matches!(call, Call::Get | Call::ClaimSha256) {
        world.complete(owner, &initiated, 4).await.expect(200);
    }
    initiated
}

async fn make(world: &World, call: Call, token: &str, initiated: &Answer) -> Answer {
    let body = match call {
        Call::Complete => json!({"s3Key": initiated.text("s3Key"), "fileSize": 4}),
        Call::Renew => json!({}),
        Call::SignParts => {
            json!({"parts": [{"partNumber": 1, "size": 4, "sha256": SUM_OF_WEBM}]})
        }
        Call::CompleteParts => {
            json!({"s3Key": initiated.text("s3Key"), "fileSize": 4, "parts": [
                {"partNumber": 1, "etag": initiated.body["etag"], "checksum": SUM_OF_WEBM},
            ]})
        }
        Call::ClaimSha256 => json!({"sha256": SUM_OF_WEBM}),
        Call::Hold => json!({"reason": "case 7"}),
        Call::ListParts | Call::GiveUp | Call::Get | Call::Check | Call::Release | Call::Delete => {
            Value::Null
        }
    };
    let (method, end) = call.address();
    let mut request = world
        .request(method, &path(initiated, end))
        .bearer_auth(token);
    if !body.is_null() {
        request = request.json(&body);
    }
    world.send(request).await
}

/// Holds an answer to its cell.
#[track_caller]
fn hold(call: Call, cell: Answered, answer: &Answer, who: &str) {
    let status = match cell {
        Answered::Yes if matches!(call, Call::ClaimSha256 | Call::GiveUp | Call::Release) => 204,
        Answered::Yes => 200,
        Answered::Forbidden => 403,
        Answered::Absent => 404,
    };
    assert_eq!(answer.status, status, "{call:?} {who}: {answer:?}");
    if call == Call::Get && cell == Answered::Yes {
        assert!(answer.body["downloadUrl"].is_string());
    }
}

#[tokio::test]
async fn every_role_with_its_own_and_with_anothers() {
    let world = World::start().await;
    let mut tokens = Vec::new();
    for email in [USER, REVIEWER, ADMIN, SUPER_ADMIN] {
        tokens.push(world.token(email).await);
    }
    for call in CALLS {
        let Cells { own, anothers, .. } = call.cells();
        for (index, token) in tokens.iter().enumerate() {
            let mine = prepare(&world, call, token).await;
            let answer = make(&world, call, token, &mine).await;
            hold(call, own[index], &answer, &format!("own {index}"));

            let owner = &tokens[(index + 1) % tokens.len()];
            let theirs = prepare(&world, call, owner).await;
            let answer = make(&world, call, token, &theirs).await;
            hold(
                call,
                anothers[index],
                &answer,
                &format!("another's {index}"),
            );
        }
    }
}

#[tokio::test]
async fn whom_a_tenant_lets_look_in_has_what_the_table_says() {
    let world = World::start().await;
    let (owner, admin) = (world.token(USER).await, world.token(ADMIN).await);
    for email in OTHERS {
        let grant = json!({"userId": world.user_id(email), "hours": 1, "reason": "ticket 12"});
        let granted = world.post(&admin, "/support/grants", &grant).await;
        granted.expect(201);
        let support = world.token(email).await;
        for call in CALLS {
            let theirs = prepare(&world, call, &owner).await;
            let answer = make(&world, call, &support, &theirs).await;
            hold(call, call.cells().support, &answer, email);
        }
    }
}

/// Without what differs between any two answers: the request's id, the date.
fn comparable(answer: &Answer) -> (u16, Vec<(String, String)>, Value) {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    let mut body = answer.body.clone();
    body.as_object_mut().unwrap().remove("requestId");
    (answer.status, headers, body)
}

#[tokio::test]
async fn another_tenants_recording_does_not_exist() {
    let world = World::start().await;
    let owner = world.token(USER).await;
    for email in OTHERS {
        let stranger = world.token(email).await;
        for call in CALLS {
            let existing = prepare(&world, call, &owner).await;
            let mut invented = existing.clone();
            invented.body["recordingId"] = json!("01a20b40-654d-70af-a34c-09c664595c4f");
            let refused = make(&world, call, &stranger, &existing).await;
            refused.refused(404, "not_found");
            hold(call, call.cells().elsewhere, &refused, email);
            let never_was = make(&world, call, &stranger, &invented).await;
            assert_eq!(
                comparable(&refused),
                comparable(&never_was),
                "{email} {call:?}"
            );
        }
        let task = world.get(&stranger, "/recordings/task/task-uuid").await;
        assert_eq!(task.expect(200).body, json!([]), "{email}");
        let page = world.get(&stranger, "/recordings").await;
        assert_eq!(page.expect(200).body, json!({"recordings": []}), "{email}");
        let tasks = world.get(&stranger, "/tasks").await.expect(200);
        assert_eq!(tasks.body["tasks"][0]["id"], "other-task", "{email}");
    }
}

#[tokio::test]
async fn a_user_who_may_not_complete_anothers_learns_nothing_by_trying() {
    let world = World::start().await;
    let theirs = world.uploaded(&world.token(ADMIN).await, b"webm").await;
    let user = world.token(USER).await;
    let mut invented = theirs.clone();
    invented.body["recordingId"] = json!("01a20b40-654d-70af-a34c-09c664595c4f");
    for call in CALLS {
        if is_administrators(call) || call == Call::Get {
            continue;
        }
        let refused = make(&world, call, &user, &theirs).await;
        let never_was = make(&world, call, &user, &invented).await;
        assert_eq!(comparable(&refused), comparable(&never_was), "{call:?}");
    }
}

#[tokio::test]
async fn lists_show_own_rows_to_users_and_the_tenants_to_the_others() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let mine = world.recording(&user).await;
    let theirs = world.recording(&admin).await;
    for (email, expected) in [
        (USER, vec![&mine]),
        (REVIEWER, vec![&theirs, &mine]),
        (ADMIN, vec![&theirs, &mine]),
        (SUPER_ADMIN, vec![&theirs, &mine]),
    ] {
        let token = world.token(email).await;
        for (path, field) in [
            ("/recordings/task/task-uuid", None),
            ("/recordings", Some("recordings")),
        ] {
            let answer = world.get(&token, path).await.expect(200);
            let rows = field.map_or(&answer.body, |field| &answer.body[field]);
            let ids: Vec<&str> = rows
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["id"].as_str().unwrap())
                .collect();
            assert_eq!(ids, expected, "{email} {path}");
            assert!(rows[0]["downloadUrl"].is_null());
        }
    }
    let of = |id: String| format!("/recordings/task/task-uuid?userId={id}");
    let by_admin = world.get(&user, &of(world.user_id(ADMIN))).await;
    assert_eq!(by_admin.expect(200).body, json!([]));
    let by_user = world.get(&admin, &of(world.user_id(USER))).await;
    assert_eq!(by_user.expect(200).body[0]["id"], json!(mine));
}
