//! Answers that are not what they seem, and answers that don't come.

use faults::{Break, Seen};
use world::{Faulty, in_time};

use super::{of_one_piece, of_three_parts};

/// The statuses of the store's own answers to requests to complete an upload in parts, which follow the one that began it.
fn completions(seen: &Seen) -> Vec<Option<u16>> {
    let posts = seen.requests("POST", "").into_iter().skip(1);
    posts.map(|post| post.upstream_status).collect()
}

/// Completing says 200 before it knows, and an error afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_200_that_carries_an_error() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_three_parts(folder.path());
    world.before_store(
        "[[rule]]\nname = \"late\"\nmethod = \"POST\"\nnth = 2\nfault = \"error-in-success\"\n",
    );
    let done = world.revui().uploaded(&file, Faulty::TASK).await;
    let seen = world.store.seen();
    assert_eq!(completions(&seen), [None, Some(200)], "{seen:#?}");
    assert_eq!(seen.requests("PUT", "").len(), 3, "no part is sent again");
    world.has(&done, &file).await;
}

/// The store has completed the upload and doesn't know it any more; nobody has heard of either. Twice: once the backend,
/// once the client.
#[tokio::test(flavor = "multi_thread")]
async fn a_completion_whose_reply_is_lost() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_three_parts(folder.path());
    world.before_store(
        "[[rule]]\nname = \"lost\"\nmethod = \"POST\"\nnth = 2\nfault = \"swallow-reply\"\n",
    );
    world.before_backend(
        "[[rule]]\nname = \"lost\"\npath = \"*/complete\"\ntimes = 1\nfault = \"swallow-reply\"\n",
    );
    let done = world.revui().uploaded(&file, Faulty::TASK).await;
    let seen = world.store.seen();
    assert_eq!(
        (seen.matched("lost"), world.backend.seen().matched("lost")),
        (1, 1)
    );
    assert_eq!(seen.requests("PUT", "").len(), 3, "no part is sent again");
    world.has(&done, &file).await;
}

/// A lifecycle rule gives the upload up in its middle: another begins, for the same recording.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_the_store_gives_up() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_three_parts(folder.path());
    world.before_store("[[rule]]\nname = \"held\"\npart = 3\nnth = 1\nfault = \"black-hole\"\n");
    let revui = world.revui();
    let upload = revui.start_upload(&file, Faulty::TASK);
    let two_arrived = |seen: &Seen| {
        let arrived = seen.exchanges.iter().filter(|put| put.part.is_some());
        seen.matched("held") == 1
            && arrived
                .filter(|put| put.answered_status == Some(200))
                .count()
                == 2
    };
    in_time("two parts", world.store.until(two_arrived)).await;
    assert_eq!(world.sweep_the_store().await, 1);
    world.store.cut_all(Break::Reset);
    let done = upload.finish().await.exits(0).event("done");
    world.has(&done, &file).await;
    assert_eq!(world.sweep_the_store().await, 0, "nothing is left over");
}

/// Something on the way takes the whole body, says nothing, and hangs up.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_swallows() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    for (file, fault) in [
        (
            of_one_piece(folder.path()),
            "fault = \"black-hole\"\nreads = true\nlasts = \"1s\"",
        ),
        (
            of_three_parts(folder.path()),
            "fault = \"black-hole\"\nreads = true\nlasts = \"1s\"",
        ),
        // The store has it, and takes nothing over it: what is there is looked at.
        (
            of_one_piece(folder.path()),
            "fault = \"swallow-reply\"\nhow = \"fin\"",
        ),
    ] {
        world.before_store(&format!(
            "[[rule]]\nname = \"swallows\"\nmethod = \"PUT\"\ntimes = 1\n{fault}\n"
        ));
        let before = world.store.seen().matched("swallows");
        let done = world.revui().uploaded(&file, Faulty::TASK).await;
        assert_eq!(world.store.seen().matched("swallows"), before + 1);
        world.has(&done, &file).await;
    }
}

/// The network wants somebody to sign in: that is told, it costs no attempt, and the upload goes on by itself afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_swallows_and_a_portal() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_one_piece(folder.path());
    let portal = |what: &str| {
        format!("[[rule]]\nname = \"portal\"\n{what}\ntimes = 1\nfault = \"captive-portal\"\n")
    };
    world.before_store(&portal("method = \"PUT\""));
    world.before_backend(&portal("path = \"*/complete\""));
    let upload = world.revui().upload(&file, Faulty::TASK).await.exits(0);
    let mut waits = upload.events();
    waits.retain(|event| event["event"] == "waiting");
    let portals = waits
        .iter()
        .map(|wait| (wait["cause"].as_str(), wait["code"].as_str()));
    let portal = (Some("network"), Some("captive_portal"));
    assert_eq!(portals.collect::<Vec<_>>(), [portal, portal], "{waits:#?}");
    world.has(&upload.event("done"), &file).await;
}

/// A proxy that throws away headers which it doesn't know: nobody hears the tags of the parts.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_its_tag() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    world.before_store("[[rule]]\nname = \"bare\"\nmethod = \"PUT\"\nfault = \"no-etag\"\n");
    for file in [of_one_piece(folder.path()), of_three_parts(folder.path())] {
        let done = world.revui().uploaded(&file, Faulty::TASK).await;
        world.has(&done, &file).await;
        world.before_store("[[rule]]\nname = \"bare\"\nmethod = \"PUT\"\nfault = \"no-etag\"\n");
    }
    let seen = world.store.seen();
    let puts = seen.requests("PUT", "");
    assert_eq!(puts.len(), 1 + 3, "nothing is sent again: {puts:#?}");
}
