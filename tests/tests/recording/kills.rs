//! Twenty recorders, each killed at another moment: between clusters, in the middle of one, before the first is closed.

use futures_util::StreamExt as _;

use crate::killing::seconds_lost;
use crate::pattern::Pattern;
use crate::stage::{Stage, stage_or_skip};

const TIMES: u64 = 20;
/// As many side by side: they wait more than they work.
const AT_ONCE: usize = 4;
/// A keyframe, and with it a cluster, comes every two seconds: the moments are spread over one and a half of them.
const FIRST_AFTER: u64 = 30;
const FURTHER_EACH: u64 = 9;
/// The most that may be lost.
const SECONDS: f64 = 2.0;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_killed_recorders_leave_twenty_recordings() {
    stage_or_skip!("twenty_killed_recorders_leave_twenty_recordings");
    let stage = Stage::start_alone().await;
    let pattern = Pattern::show(&stage);
    let (stage, pattern) = (&stage, &pattern);
    let killed = futures_util::stream::iter(0..TIMES).map(|time| async move {
        let file = stage.file(&format!("{time}.webm"));
        let after = FIRST_AFTER + time * FURTHER_EACH;
        (
            after,
            seconds_lost(stage, (pattern, "ih"), &file, after).await,
        )
    });
    let killed: Vec<_> = killed.buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(killed.len() as u64, TIMES);
    for (after, lost) in killed {
        let lost = lost.unwrap_or_else(|why| panic!("killed after {after} numbers: {why}"));
        assert!(
            lost <= SECONDS,
            "killed after {after} numbers: {lost} s lost"
        );
    }
}
