//! The paged list.

use serde_json::json;

use crate::world::{USER, World};

#[tokio::test]
async fn pages_follow_one_another_newest_first_without_gaps() {
    let world = World::start().await;
    let token = world.token(USER).await;
    // All of one millisecond: the order must not depend on time alone.
    world.time.stop();
    let mut made = Vec::new();
    for task in ["a", "b", "a", "b", "a"] {
        let body = json!({"taskId": task, "filename": "x.webm"});
        let initiated = world
            .post(&token, "/recordings/initiate", &body)
            .await
            .expect(201);
        made.push(initiated.text("recordingId"));
    }
    made.sort();
    made.reverse();
    let mut seen = Vec::new();
    let mut query = "limit=2".to_owned();
    for expected in [2, 2, 1] {
        let page = world
            .get(&token, &format!("/recordings?{query}"))
            .await
            .expect(200);
        let rows = page.body["recordings"].as_array().unwrap();
        assert_eq!(rows.len(), expected);
        seen.extend(
            rows.iter()
                .map(|row| row["id"].as_str().unwrap().to_owned()),
        );
        query = format!(
            "limit=2&cursor={}",
            page.body["next"].as_str().unwrap_or("none")
        );
    }
    assert!(query.ends_with("cursor=none"));
    assert_eq!(seen, made);

    for (query, expected) in [
        ("taskId=b", 2),
        ("status=PENDING", 5),
        ("status=COMPLETE", 0),
        ("taskId=a&status=PENDING&limit=100", 3),
    ] {
        let page = world
            .get(&token, &format!("/recordings?{query}"))
            .await
            .expect(200);
        assert_eq!(
            page.body["recordings"].as_array().unwrap().len(),
            expected,
            "{query}"
        );
    }
    for (bad, code) in [
        ("limit=0", "invalid_request"),
        ("limit=101", "invalid_request"),
        ("cursor=noise", "invalid_request"),
        ("status=DONE", "invalid_request"),
        ("taskId=a/b", "invalid_task_id"),
    ] {
        let answer = world.get(&token, &format!("/recordings?{bad}")).await;
        answer.refused(400, code);
    }
    let bad = world.get(&token, "/recordings/task/a.b").await;
    bad.refused(400, "invalid_task_id");
}
