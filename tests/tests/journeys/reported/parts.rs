//! Parts that come late, and parts that the store has its own mind about.

use faults::Seen;
use serde_json::Value;
use world::{Faulty, in_time};

use super::of_three_parts;

/// How often each of three parts was sent, late copies left out.
fn times_sent(seen: &Seen) -> [usize; 3] {
    [1, 2, 3].map(|number| {
        let puts = seen.exchanges.iter().filter(|put| !put.late);
        puts.filter(|put| put.part == Some(number)).count()
    })
}

/// The store lost patience with one part: that one is sent again, and no other.
#[tokio::test(flavor = "multi_thread")]
async fn idled_too_long() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_three_parts(folder.path());
    world.before_store(
        r#"
        [[rule]]
        name = "idle"
        part = 2
        times = 1
        fault = "refuse"
        status = 400
        code = "RequestTimeout"
        after = "1MiB"
        close = "linger"
        "#,
    );
    let done = world.revui().uploaded(&file, Faulty::TASK).await;
    let seen = world.store.seen();
    assert_eq!((seen.matched("idle"), times_sent(&seen)), (1, [1, 2, 1]));
    world.has(&done, &file).await;
}

/// The first attempt seems lost, and arrives when its retry is there already: while others are still on their way, or when
/// everything is over. It carries the same bytes, so it harms nothing; the upload it is for may be gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_first_attempt_of_a_part() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_three_parts(folder.path());
    for delay in ["0s", "3s"] {
        world.before_store(&format!(
            "[[rule]]\nname = \"{delay}\"\npart = 2\ntimes = 1\nfault = \"duplicate\"\ndelay = \"{delay}\"\nfirst = \"lost\"\n"
        ));
        let done = world.revui().uploaded(&file, Faulty::TASK).await;
        let late = |seen: &Seen| {
            let mut copies = seen.exchanges.iter().filter(|put| put.late && put.ended);
            copies.any(|put| put.rules.iter().any(|rule| rule == delay))
        };
        let seen = in_time("the late copy", world.store.until(late)).await;
        let copy = seen.exchanges.iter().rfind(|put| put.late).unwrap();
        assert!(matches!(copy.upstream_status, Some(200 | 404)), "{copy:?}");
        world.has(&done, &file).await;
        assert_eq!(world.sweep_the_store().await, 0, "nothing is left over");
    }
}

/// A store that wants larger parts says so when all of them are there. Nothing helps then, and whoever uploads is not to
/// blame: it is said at once whose it is, and no part is sent again for it.
#[tokio::test(flavor = "multi_thread")]
async fn parts_that_are_too_small() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_three_parts(folder.path());
    let code = "EntityTooSmall";
    let message = "Your proposed upload is smaller than the minimum allowed size";
    world.before_store(&unassembled(code, message));
    let upload = world.revui().upload(&file, Faulty::TASK).await;
    let failed = upload.exits(1).event("failed");
    assert_eq!(failed["code"], "store_refused", "{failed}");
    assert_eq!(failed["retryable"], false, "{failed}");
    is_for_the_administrator(&failed);
    let seen = world.store.seen();
    assert_eq!((seen.matched(code), times_sent(&seen)), (1, [1, 1, 1]));
}

/// A store that has taken every part, and finds none of them good when they are to be put together: it is asked again, and
/// what is said in the end blames nobody's computer.
#[tokio::test(flavor = "multi_thread")]
async fn parts_that_the_store_does_not_put_together() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_three_parts(folder.path());
    let code = "InvalidPart";
    let message = "One or more of the specified parts could not be found";
    world.before_store(&unassembled(code, message));
    let upload = world.revui().upload(&file, Faulty::TASK).await;
    let failed = upload.exits(1).event("failed");
    assert_eq!(failed["code"], "integrity", "{failed}");
    is_for_the_administrator(&failed);
    let seen = world.store.seen();
    assert_eq!((seen.matched(code), times_sent(&seen)), (3, [1, 1, 1]));
}

/// The store refuses to put parts together, however often. The first POST begins the upload.
fn unassembled(code: &str, message: &str) -> String {
    format!(
        "[[rule]]\nname = \"{code}\"\nmethod = \"POST\"\nnth = [2, 3, 4, 5, 6, 7, 8, 9]\nfault = \"refuse\"\nstatus = 400\n\
         code = \"{code}\"\nmessage = \"{message}\"\nclose = \"never\"\n"
    )
}

/// What is said names who can do something about it, and does not suspect the computer.
fn is_for_the_administrator(failed: &Value) {
    let hint = failed["hint"].as_str().expect("a hint");
    assert!(hint.contains("the server's administrator"), "{failed}");
    assert!(!hint.contains("may be faulty"), "{failed}");
}

/// What the store said to each request with part 2, in their order.
fn answers_to_part_two(seen: &Seen) -> Vec<Option<u16>> {
    let puts = seen.exchanges.iter().filter(|put| put.part == Some(2));
    puts.map(|put| put.upstream_status).collect()
}

/// A bit of one part is turned over on the way: the store, which has its checksum from the ticket, refuses it, and that part
/// alone is sent again.
#[tokio::test(flavor = "multi_thread")]
async fn a_bit_that_is_turned_over_on_the_way() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_three_parts(folder.path());
    world.before_store(&flipped(1));
    let done = world.revui().uploaded(&file, Faulty::TASK).await;
    let seen = world.store.seen();
    assert_eq!(seen.matched("flipped"), 1);
    assert_eq!(answers_to_part_two(&seen), [Some(400), Some(200)]);
    assert_eq!(times_sent(&seen), [1, 2, 1]);
    world.has(&done, &file).await;
}

/// What arrives otherwise each time is no accident: it is said, and nothing is complete.
#[tokio::test(flavor = "multi_thread")]
async fn bits_that_are_turned_over_each_time() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_three_parts(folder.path());
    world.before_store(&flipped(3));
    let upload = world.revui().upload(&file, Faulty::TASK).await;
    let failed = upload.exits(1).event("failed");
    assert_eq!(failed["code"], "integrity", "{failed}");
    let seen = world.store.seen();
    assert_eq!(answers_to_part_two(&seen), [Some(400); 3]);
    let [first, _, third] = times_sent(&seen);
    assert!(first <= 1 && third <= 1, "no other part is sent again");
    let completed = world.backend.seen().requests("POST", "/complete").len();
    assert_eq!(completed, 0);
}

/// Part 2 has a bit in its middle turned over, so often.
fn flipped(times: u32) -> String {
    format!(
        "[[rule]]\nname = \"flipped\"\npart = 2\ntimes = {times}\nfault = \"corrupt\"\nat = \"4MiB\"\n"
    )
}
