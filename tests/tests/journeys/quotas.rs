//! An organisation that has used up its quota: its people are told so at once, and their recordings wait.

use client::{Code, Completion, Phase};
use world::{Recorder, World, bare, fixtures, program, skip};

use crate::sent_while_recorded::{Studio, done, linked};

/// `revui-server tenant …`, at the machine.
async fn order(world: &World, arguments: &[&str]) {
    let status = bare(program("revui-server"))
        .args(["tenant", "--data"])
        .arg(world.data())
        .args(arguments)
        .status()
        .await;
    assert!(status.unwrap().success(), "{arguments:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_beyond_the_quota_is_told_and_goes_on_when_there_is_room() {
    let world = World::start().await;
    let user = world.user();
    let tenant = user.tenant_id.as_str();
    order(&world, &["update", tenant, "--quota-bytes", "1000"]).await;
    let revui = world.revui_of(user).await;
    let refused = revui.upload(&fixtures::short(), &world.task).await;
    let failed = refused.exits(1).event("failed");
    assert_eq!(failed["code"], "quota_exceeded", "{failed}");
    let message = failed["message"].as_str().unwrap();
    for said in [
        "Your organisation has used up its quota",
        "may keep 1000 bytes of recordings and has 0 bytes",
    ] {
        assert!(message.contains(said), "{message}");
    }
    let hint = failed["hint"].as_str().unwrap();
    assert!(hint.contains("administrator"), "{hint}");

    order(&world, &["update", tenant, "--no-quota"]).await;
    let done = revui.resumed().await;
    assert_eq!(done["jobId"], failed["jobId"]);
    assert_eq!(
        done["sha256"],
        world::sha256_of(&fixtures::short()).as_str()
    );
}

/// Nobody knows how large a recording becomes: that there is no room for it is known at its end.
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_outgrows_the_quota_is_kept_and_goes_on_when_there_is_room() {
    if let Some(missing) = Recorder::missing_piece() {
        return skip("a_recording_that_outgrows_the_quota", &missing);
    }
    let world = World::start().await;
    let user = world.user();
    let tenant = user.tenant_id.as_str();
    order(&world, &["update", tenant, "--quota-bytes", "20000000"]).await;
    let token = world.token_of(user).await;
    let studio = Studio::new(&world.server, &token).for_task(&world.task);
    let recorder = studio.record().await;
    let mut upload = studio.send(&recorder, Completion::AtStop).await;
    let job = upload.job().clone();
    let file = recorder.ends().await;
    upload.seal().await.unwrap();
    let failed = loop {
        let next = upload.changed().await.expect("an end");
        if let Phase::Failed(diagnosis) = next.phase {
            break diagnosis;
        }
    };
    assert_eq!(failed.code, Code::QuotaExceeded, "{failed}");
    assert!(failed.message.contains("may keep 20.0 MB"), "{failed}");
    assert!(failed.retryable && file.is_file());
    upload.settled().await;

    order(&world, &["update", tenant, "--no-quota"]).await;
    let mut upload = studio.client.resume(&job).await.unwrap();
    let done = done(&mut upload).await;
    assert!(linked(&done).await == std::fs::read(&file).unwrap());
    assert!(
        done.bytes_sent <= file.metadata().unwrap().len(),
        "what had arrived is not sent again"
    );
    upload.settled().await;
}

/// Without any room it is not begun, and what is recorded is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_for_which_there_is_no_room_is_said_while_it_is_made() {
    if let Some(missing) = Recorder::missing_piece() {
        return skip("a_recording_for_which_there_is_no_room", &missing);
    }
    let world = World::start().await;
    let user = world.user();
    let tenant = user.tenant_id.as_str();
    let short = fixtures::short();
    let revui = world.revui_of(user).await;
    revui.uploaded(&short, &world.task).await;
    let most = short.metadata().unwrap().len().to_string();
    order(&world, &["update", tenant, "--quota-bytes", &most]).await;
    let token = world.token_of(user).await;
    let studio = Studio::new(&world.server, &token).for_task(&world.task);
    let mut recorder = studio.record().await;
    let mut upload = studio.send(&recorder, Completion::AtStop).await;
    while let Some(next) = upload.changed().await {
        if let Phase::Failed(diagnosis) = next.phase {
            assert_eq!(diagnosis.code, Code::QuotaExceeded, "{diagnosis}");
        }
    }
    assert!(recorder.is_recording(), "it is told early");
    let job = upload.job().clone();
    let file = recorder.ends().await;
    studio.client.cancel(&job).await.unwrap();
    assert!(file.is_file() && studio.client.stored().unwrap().is_empty());
}
