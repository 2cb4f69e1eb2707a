//! Many seeds.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::super::step::advance;
use super::super::super::{Effect, Event, Moment, Stage, State};
use super::super::program::Step;
use super::sky::Sky;

/// So many by themselves; `REVUI_SIMULATIONS` asks for more, `REVUI_SEED` for a single one.
const USUAL: u64 = 200;

fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    let number = value.trim().parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is no number: {value}")))
}

/// Runs a seed; what was wrong, and how to see it again.
fn run(seed: u64, step: Step) -> (Sky, Result<(), String>) {
    survive(seed, "uploads_survive_every_storm", Sky::new(seed, step))
}

/// The same for a recording that is sent while it is made.
fn run_recording(seed: u64, step: Step) -> (Sky, Result<(), String>) {
    let sky = Sky::made(seed, step, true);
    survive(seed, "recordings_survive_every_storm", sky)
}

fn survive(seed: u64, test: &str, mut sky: Sky) -> (Sky, Result<(), String>) {
    let ran = catch_unwind(AssertUnwindSafe(|| sky.run()));
    let wrong = ran.unwrap_or_else(|_| Err("it panicked, see above".to_owned()));
    let told = wrong.map_err(|wrong| {
        format!(
            "seed {seed}: {wrong}\n  in {:?}\n  repeat it with: REVUI_SEED={seed} cargo test -p client --lib \
             engine::trial::simulation::tests::{test} -- --nocapture",
            sky.storm
        )
    });
    (sky, told)
}

#[test]
fn uploads_survive_every_storm() {
    let seed = number("REVUI_SEED");
    let seeds = seed.map_or(0..number("REVUI_SIMULATIONS").unwrap_or(USUAL), |seed| {
        seed..seed + 1
    });
    let (mut done, mut failed, mut given_up, mut crashes) = (0, 0, 0, 0);
    let (mut sent, mut in_vain) = (0, 0);
    let mut faults: BTreeMap<String, u32> = BTreeMap::new();
    for seed in seeds.clone() {
        let (sky, survived) = run(seed, advance);
        if let Err(wrong) = survived {
            panic!("{wrong}");
        }
        match sky.program.state.stage {
            Stage::Done(_) => done += 1,
            Stage::Failed(_) => failed += 1,
            _ => given_up += 1,
        }
        crashes += sky.crashes;
        sent += sky.on_the_wire;
        in_vain += sky.excused;
        for (fault, count) in sky.faults {
            *faults.entry(fault).or_default() += count;
        }
    }
    let count = seeds.end - seeds.start;
    println!("{count} storms: {done} done, {failed} failed for a cause, {given_up} given up");
    println!("  {crashes} crashes, and {faults:?}");
    println!("  {sent} bytes of parts acknowledged, {in_vain} of them in vain for a cause");
    if seed.is_none() {
        assert!(done > count / 2, "most of them are survived");
        assert!(faults.len() >= 14 && crashes > 100, "storms are storms");
    }
}

#[test]
fn recordings_survive_every_storm() {
    let seed = number("REVUI_SEED");
    let seeds = seed.map_or(0..number("REVUI_SIMULATIONS").unwrap_or(USUAL), |seed| {
        seed..seed + 1
    });
    let (mut done, mut crashes) = (0, 0);
    for seed in seeds.clone() {
        let (sky, survived) = run_recording(seed, advance);
        if let Err(wrong) = survived {
            panic!("{wrong}");
        }
        done += u64::from(matches!(sky.program.state.stage, Stage::Done(_)));
        crashes += sky.crashes;
    }
    let count = seeds.end - seeds.start;
    println!("{count} storms over recordings: {done} done, {crashes} crashes");
    if seed.is_none() {
        assert!(done > count / 2, "most of them are survived");
    }
}

/// It takes what is final of the first part for all of it.
fn sends_the_header_early(state: &mut State, event: Event, at: Moment) -> Vec<Effect> {
    let mut effects = advance(state, event, at);
    if state.is_recording()
        && let Some(parts) = state.parts_mut()
        && parts.count() > 1
    {
        let kind = parts.kind();
        let early = parts.read_header_early();
        effects.extend(early.map(|part| Effect::HashPart { part, kind }));
    }
    effects
}

#[test]
fn a_header_that_is_sent_too_early_is_found() {
    let found = (0..60).find_map(|seed| run_recording(seed, sends_the_header_early).1.err());
    println!("{}", found.expect("a simulation can fail"));
}

/// It waits, and never asks to be woken.
fn never_wakes(state: &mut State, event: Event, at: Moment) -> Vec<Effect> {
    let mut effects = advance(state, event, at);
    effects.retain(|effect| !matches!(effect, Effect::Wake(_)));
    effects
}

/// It does not see what the store lists, and sends it again.
fn overlooks_the_list(state: &mut State, event: Event, at: Moment) -> Vec<Effect> {
    let event = match event {
        Event::Listed(_) => Event::Listed(Box::new(wire::StoredParts {
            parts: Vec::new(),
            next: None,
        })),
        event => event,
    };
    advance(state, event, at)
}

#[test]
fn planted_faults_are_found_within_a_few_seeds() {
    for (step, law) in [
        (never_wakes as Step, "nothing will ever happen"),
        (overlooks_the_list, "had to be"),
    ] {
        let found = (0..60).find_map(|seed| run(seed, step).1.err());
        let wrong = found.expect("a simulation can fail");
        println!("{wrong}");
        assert!(wrong.contains(law), "{wrong}");
        assert!(wrong.contains("REVUI_SEED="), "{wrong}");
    }
}
