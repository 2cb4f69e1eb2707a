//! A recording that is uploaded once it is finished.

use world::{World, sha256_of};

use crate::pattern::Pattern;
use crate::stage::{Stage, stage_or_skip};

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_becomes_a_link() {
    stage_or_skip!("a_recording_becomes_a_link");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let world = World::start().await;
    let revui = stage.give(world.revui_of(world.user()).await);
    let file = stage.file("a.webm");
    let arguments = Stage::a_second_into(&file).into_iter().chain([
        "--upload",
        "--task",
        &world.task,
        "--json",
    ]);
    let ended = revui.run(arguments).await.exits(0);
    let done = ended.event("done");
    assert_eq!(done["sha256"], sha256_of(&file).as_str());
    assert!(done["downloadUrl"].is_string(), "{done}");
}
