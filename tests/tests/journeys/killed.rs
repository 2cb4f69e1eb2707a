//! Client, backend and store are killed at random moments of uploads; `cargo xtask soak kill` does it a thousand times.

use world::killing::{Plan, Victim, kill};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_killed_every_recording_gets_through_once_and_whole() {
    let plan = Plan {
        times: 20,
        seed: 20,
        jobs: 2,
    };
    let toll = kill(plan, |toll| println!("{toll}")).await;
    assert!(toll.failures.is_empty(), "{}", toll.failures.join("\n\n"));
    assert!(toll.times() >= plan.times, "{toll}");
    for victim in [Victim::Client, Victim::Backend, Victim::Store] {
        assert!(
            toll.kills.contains_key(&victim),
            "no {victim} was killed: {toll}"
        );
    }
}
