//! Breadth first through every world that can be reached, so that what is found wrong comes with a shortest way to it.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;

use super::action::Action;
use super::world::World;

/// More worlds than this are a model that has no end.
const MOST_WORLDS: usize = 4_000_000;

/// What a search came to.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Worlds that differ.
    pub(super) worlds: usize,
    /// Steps from one to another.
    pub(super) steps: usize,
    /// Worlds in which nothing happens any more by itself.
    pub(super) ends: usize,
    /// The longest of the shortest ways to a world.
    pub(super) depth: usize,
    /// What is wrong, and how one gets there.
    pub(super) wrong: Option<String>,
}

struct Known {
    from: u32,
    by: Option<Action>,
    depth: u32,
}

struct Search {
    first: World,
    known: Vec<Known>,
    numbers: HashMap<u64, u32>,
    edges: Vec<(u32, u32)>,
    found: Found,
}

/// Tries everything.
pub(super) fn search(first: World) -> Found {
    let mut search = Search {
        numbers: HashMap::from([(first.fingerprint(), 0)]),
        known: vec![Known {
            from: 0,
            by: None,
            depth: 0,
        }],
        edges: Vec::new(),
        found: Found::default(),
        first,
    };
    search.run();
    search.found.worlds = search.known.len();
    search.found.steps = search.edges.len();
    search.found
}

impl Search {
    fn run(&mut self) {
        let mut open = VecDeque::from([(0, self.first.clone())]);
        while let Some((number, world)) = open.pop_front() {
            if let Some(law) = world.broken_law() {
                return self.tell(number, &law);
            }
            let (good, bad) = world.actions();
            if good.is_empty() {
                self.found.ends += 1;
                if !world.may_end() {
                    let stage = format!("it ends as {:?}", world.program.state.stage);
                    return self.tell(number, &stage);
                }
            }
            for action in good.into_iter().chain(bad) {
                let mut next = world.clone();
                next.act(action);
                let (other, is_new) = self.meet(number, action, next.fingerprint());
                self.edges.push((number, other));
                if is_new {
                    open.push_back((other, next));
                }
            }
            if self.known.len() > MOST_WORLDS {
                return self.tell(number, "there is no end of worlds");
            }
        }
        if let Some(number) = self.returning() {
            self.tell(number, "it comes back to where it was: it need not end");
        }
    }

    fn meet(&mut self, from: u32, by: Action, print: u64) -> (u32, bool) {
        let next = u32::try_from(self.known.len()).unwrap();
        let number = *self.numbers.entry(print).or_insert(next);
        let is_new = number == next;
        if is_new {
            let depth = self.known[from as usize].depth + 1;
            self.found.depth = self.found.depth.max(depth as usize);
            self.known.push(Known {
                from,
                by: Some(by),
                depth,
            });
        }
        (number, is_new)
    }

    /// A world that is on the way to itself, if there is one: what is left when those to which no way leads any more are
    /// taken away, one after the other.
    fn returning(&self) -> Option<u32> {
        let count = self.known.len();
        let mut ways_to = vec![0_u32; count];
        let mut ways_from = vec![Vec::new(); count];
        for (from, to) in &self.edges {
            ways_to[*to as usize] += 1;
            ways_from[*from as usize].push(*to);
        }
        let mut free: Vec<usize> = (0..count).filter(|world| ways_to[*world] == 0).collect();
        let mut taken = 0;
        while let Some(world) = free.pop() {
            taken += 1;
            for to in &ways_from[world] {
                let to = *to as usize;
                ways_to[to] -= 1;
                if ways_to[to] == 0 {
                    free.push(to);
                }
            }
        }
        let left = (0..count).find(|world| ways_to[*world] > 0);
        assert_eq!(left.is_none(), taken == count);
        left.map(|world| u32::try_from(world).unwrap())
    }

    /// Goes the way once more, and tells it.
    fn tell(&mut self, number: u32, law: &str) {
        let mut way = Vec::new();
        let mut at = number;
        while let Some(action) = self.known[at as usize].by {
            way.push(action);
            at = self.known[at as usize].from;
        }
        let mut world = self.first.clone();
        let mut story = format!("{law}\n");
        for action in way.into_iter().rev() {
            let what = described(&world, action);
            world.act(action);
            let state = &world.program.state;
            let _ = writeln!(
                story,
                "  {what}\n      -> {}",
                brief(&format!("{:?} | {:?}", state.stage, state.goal))
            );
        }
        self.found.wrong = Some(story);
    }
}

/// What is asked, beside what becomes of it.
fn described(world: &World, action: Action) -> String {
    let program = &world.program;
    match action {
        Action::Arrive(index) => format!(
            "{action:?} {}",
            brief(&format!("{:?}", world.adrift[index]))
        ),
        Action::Answer(_)
        | Action::Break(_)
        | Action::Double(_)
        | Action::Repeat(_)
        | Action::DieAfter(..) => {
            format!("{action:?} {}", brief(&format!("{:?}", program.operation)))
        }
        _ => format!("{action:?}"),
    }
}

fn brief(text: &str) -> String {
    text.chars().take(160).collect()
}
