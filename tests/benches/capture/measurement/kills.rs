//! Recorders that are killed at random moments, and what is left of their recordings.

use futures_util::StreamExt as _;

use super::killing::seconds_lost;
use super::pattern::NUMBERS_PER_SECOND;
use super::report::{Figure, median};
use super::scene::{CLOCK_ROWS, Scene};

const SIZE: (u16, u16) = (1280, 720);
const TIMES: u32 = 50;
/// As many side by side as two processors bear.
const AT_ONCE: usize = 2;
/// It is killed so long after its first picture.
const FROM_SECONDS: u64 = 1;
const WITHIN_SECONDS: u64 = 5;

pub(crate) async fn survive() -> Vec<Figure> {
    let scene = Scene::of_size(SIZE).await;
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970");
    let seed = now.as_secs();
    eprintln!("the seed of the moments at which recorders are killed: {seed}");
    let scene = &scene;
    let killed = futures_util::stream::iter(0..TIMES).map(|time| async move {
        let file = scene.stage.file(&format!("{time}.webm"));
        let random = mixed(seed.wrapping_add(u64::from(time)));
        let after =
            NUMBERS_PER_SECOND * FROM_SECONDS + random % (NUMBERS_PER_SECOND * WITHIN_SECONDS);
        let clock = (&scene.pattern, &*CLOCK_ROWS.to_string());
        let lost = seconds_lost(&scene.stage, clock, &file, after).await;
        if let Err(why) = &lost {
            eprintln!("killed after {after} numbers: {why}");
        }
        // Fifty of them would fill a small disk.
        let _ = std::fs::remove_file(&file);
        lost.ok()
    });
    let killed: Vec<_> = killed.buffer_unordered(AT_ONCE).collect().await;
    let unplayable = killed.iter().filter(|lost| lost.is_none()).count();
    let lost: Vec<_> = killed.into_iter().flatten().collect();
    let most = lost.iter().copied().fold(0.0, f64::max);
    vec![
        Figure::at_most(
            "killed 50 times at random: not playable",
            0.0,
            "",
            f64::from(u32::try_from(unplayable).unwrap()),
        ),
        Figure::at_most("killed 50 times at random: lost, at most", 2.0, " s", most)
            .with_note(format!("{:.2} s in the middle", median(lost))),
    ]
}

/// A number that looks like chance (`SplitMix64`). Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
fn mixed(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
