//! An organisation that has used up its quota: its people are told so at once, and their recordings wait.

use world::{World, bare, fixtures, program};

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
