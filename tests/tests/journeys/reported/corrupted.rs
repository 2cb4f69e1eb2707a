//! A recording that goes in one request, and has a bit turned over on its way. No checksum can be signed for it, since its
//! bytes are hashed while they go: completing it is what finds that out.

use world::Faulty;

use super::of_one_piece;

fn flipped(times: u32) -> String {
    format!(
        "[[rule]]\nname = \"flipped\"\nmethod = \"PUT\"\ntimes = {times}\nfault = \"corrupt\"\nat = \"4MiB\"\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn once_and_it_is_sent_again() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_one_piece(folder.path());
    world.before_store(&flipped(1));
    let done = world.revui().uploaded(&file, Faulty::TASK).await;
    let seen = world.store.seen();
    assert_eq!(seen.matched("flipped"), 1);
    let taken: Vec<_> = seen
        .requests("PUT", "")
        .iter()
        .map(|put| put.upstream_status)
        .collect();
    assert_eq!(
        taken,
        [Some(200), Some(200)],
        "the store cannot know, and what lies there is not written over"
    );
    world.has(&done, &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_time_and_that_is_said() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_one_piece(folder.path());
    world.before_store(&flipped(100));
    let upload = world.revui().upload(&file, Faulty::TASK).await;
    let failed = upload.exits(1).event("failed");
    assert_eq!(failed["code"], "integrity", "{failed}");
    let puts = world.store.seen().requests("PUT", "").len();
    assert!((2..=4).contains(&puts), "not for ever: {puts}");
}
