//! Many seeds.

use super::sky::Sky;

/// So many by themselves; `REVUI_SIMULATIONS` asks for more, `REVUI_SEED` for a single one.
const USUAL: u64 = 400;

fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    let digits = value.trim();
    let number = match digits.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    Some(number.unwrap_or_else(|_| panic!("{name} is no number: {value}")))
}

fn run(seed: u64) -> Sky {
    let mut sky = Sky::new(seed);
    let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| sky.run()));
    let wrong = match ran {
        Ok(Ok(())) => return sky,
        Ok(Err(wrong)) => wrong,
        Err(_) => "it panicked, see above".to_owned(),
    };
    panic!(
        "seed {seed}: {wrong}\n  storm: {:?}\n  repeat it with: REVUI_SEED={seed} cargo test -p client --lib engine::trial::simulation -- --nocapture",
        sky.storm
    );
}

#[test]
fn uploads_survive_every_storm() {
    if let Some(seed) = number("REVUI_SEED") {
        let sky = run(seed);
        println!(
            "seed {seed}: {:?} after {}",
            sky.program.state.stage, sky.now
        );
        return;
    }
    let count = number("REVUI_SIMULATIONS").unwrap_or(USUAL);
    let (mut done, mut failed, mut cancelled) = (0_u64, 0_u64, 0_u64);
    let (mut sent, mut excused) = (0, 0);
    for seed in 0..count {
        let sky = run(seed);
        match sky.program.state.stage {
            super::super::super::Stage::Done(_) => done += 1,
            super::super::super::Stage::Failed(_) => failed += 1,
            _ => cancelled += 1,
        }
        sent += sky.on_the_wire;
        excused += sky.excused;
    }
    println!(
        "{count} storms: {done} done, {failed} failed for a cause, {cancelled} given up; {sent} bytes of parts sent, {excused} of them in vain for a cause"
    );
    assert!(done > count / 2, "most of them are survived");
}
