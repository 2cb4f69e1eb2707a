//! Giving up and deleting.

use crate::world::{ADMIN, USER, World, path};

#[tokio::test]
async fn an_upload_that_is_given_up_is_gone() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let initiated = world.uploaded(&token, b"webm").await;
    world
        .delete(&token, &path(&initiated, "/upload"))
        .await
        .expect(204);
    world
        .delete(&token, &path(&initiated, "/upload"))
        .await
        .expect(204);
    world
        .complete(&token, &initiated, 4)
        .await
        .refused(410, "given_up");
    world
        .get(&token, &path(&initiated, ""))
        .await
        .refused(410, "given_up");
    let renewal = serde_json::json!({});
    world
        .post(&token, &path(&initiated, "/renew"), &renewal)
        .await
        .refused(410, "given_up");
    let page = world.get(&token, "/recordings").await.expect(200);
    assert_eq!(page.body["recordings"].as_array().unwrap().len(), 0);
    assert_eq!(objects(&world), 0);

    let complete = world.uploaded(&token, b"webm").await;
    world.complete(&token, &complete, 4).await.expect(200);
    world
        .delete(&token, &path(&complete, "/upload"))
        .await
        .refused(409, "not_pending");
    world.get(&token, &path(&complete, "")).await.expect(200);
}

#[tokio::test]
async fn a_deleted_recording_leaves_neither_row_nor_object() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let id = world.recording(&user).await;
    let path = format!("/recordings/{id}");
    let link = world
        .get(&user, &path)
        .await
        .expect(200)
        .text("downloadUrl");
    assert_eq!(objects(&world), 2, "the object, and its tags");
    let deleted = world.delete(&admin, &path).await.expect(200);
    assert!(deleted.body["message"].is_string());
    world.get(&user, &path).await.refused(404, "not_found");
    world.delete(&admin, &path).await.refused(404, "not_found");
    assert_eq!(world.http.get(link).send().await.unwrap().status(), 404);
    assert_eq!(objects(&world), 0);
}

#[tokio::test]
async fn a_deletion_that_fails_half_way_is_finished_by_another() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let initiated = world.uploaded(&user, b"webm").await;
    let row = path(&initiated, "");
    // A folder in the object's place can be neither read nor removed as a file.
    let object = only_file(&world.data.path().join("store").join("buckets"));
    let aside = world.data.path().join("aside");
    std::fs::rename(&object, &aside).unwrap();
    std::fs::create_dir(&object).unwrap();
    let failed = world.delete(&admin, &row).await;
    assert!(failed.status >= 500, "{failed:?}");

    std::fs::remove_dir(&object).unwrap();
    std::fs::rename(&aside, &object).unwrap();
    world.get(&admin, &row).await.refused(404, "not_found");
    world
        .complete(&user, &initiated, 4)
        .await
        .refused(404, "not_found");
    let renewal = serde_json::json!({});
    world
        .post(&user, &path(&initiated, "/renew"), &renewal)
        .await
        .refused(404, "not_found");
    let page = world.get(&admin, "/recordings").await.expect(200);
    assert_eq!(page.body["recordings"].as_array().unwrap().len(), 0);
    assert_eq!(objects(&world), 1);

    world.delete(&admin, &row).await.expect(200);
    assert_eq!(objects(&world), 0);
    world.delete(&admin, &row).await.refused(404, "not_found");
}

fn only_file(folder: &std::path::Path) -> std::path::PathBuf {
    let mut entries = std::fs::read_dir(folder).unwrap();
    let path = entries.next().unwrap().unwrap().path();
    assert!(entries.next().is_none());
    if path.is_dir() {
        return only_file(&path);
    }
    path
}

/// Files of the store that hold the four bytes of an object (sealed, so by their place and not by their content).
fn objects(world: &World) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| if path.is_dir() { count(&path) } else { 1 })
            .sum()
    }
    count(&world.data.path().join("store").join("buckets"))
}
