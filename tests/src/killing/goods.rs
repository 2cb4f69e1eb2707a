//! What lies in the store, and what of it has no business there.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Story;
use super::ground::Ground;

/// How long the store may take to notice that a body stopped coming.
const TIDY_WITHIN: Duration = Duration::from_secs(10);

/// The store has one object and nothing that is under way; returns whether the object was made of parts. A body whose
/// client was killed is noticed a moment later.
pub(super) async fn one_object(ground: &Ground) -> bool {
    let goods = settled(ground, "orphans beside one object, or none", |goods| {
        goods.objects == 1 && goods.others.is_empty()
    })
    .await;
    goods.in_parts
}

/// What was deleted is gone; what was begun and never used goes with the sweep, days later. Returns how much that was.
pub(super) async fn nothing_is_left(ground: &Ground, story: &Story) -> usize {
    let is_empty = |goods: &Goods| goods.objects == 0 && !goods.in_parts && goods.others.is_empty();
    let goods = settled(ground, "left after the deletion", is_empty).await;
    if goods.strays > 0 {
        story.tell("an upload in parts was begun and never used");
        ground.sweep_days_later().await;
        let nothing = |goods: &Goods| is_empty(goods) && goods.strays == 0;
        settled(ground, "left by the sweep", nothing).await;
    }
    goods.strays
}

/// What lies in the store, by what it is.
#[derive(Debug, Default)]
struct Goods {
    objects: usize,
    /// Whether there are parts of a completed upload.
    in_parts: bool,
    /// Uploads in parts that were begun and have none: whoever began it was killed before anybody was told.
    strays: usize,
    /// Whatever has no business there.
    others: Vec<PathBuf>,
}

impl Goods {
    fn look(ground: &Ground) -> Self {
        let files = ground.goods();
        let beside = |path: &Path, name: &str| {
            let sibling = path.with_file_name(name);
            files.contains(&sibling)
        };
        let mut goods = Self::default();
        for path in &files {
            let is_in = |folder: &str| path.iter().any(|part| part == folder);
            let siblings = files.iter().filter(|other| other.parent() == path.parent());
            if is_in("objects") {
                goods.objects += 1;
            } else if is_in("uploads") && beside(path, "completed") {
                goods.in_parts = true;
            } else if path.ends_with("upload") && siblings.count() == 1 {
                goods.strays += 1;
            } else {
                goods.others.push(path.clone());
            }
        }
        goods
    }
}

/// What lies there once it is as wanted, which it must be before long.
async fn settled(ground: &Ground, what_else: &str, wanted: impl Fn(&Goods) -> bool) -> Goods {
    let began = Instant::now();
    loop {
        let goods = Goods::look(ground);
        if wanted(&goods) {
            return goods;
        }
        assert!(began.elapsed() < TIDY_WITHIN, "{what_else}: {goods:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
