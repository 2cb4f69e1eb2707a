//! The counts, whatever happens in whatever order.

use proptest::prelude::*;

use super::*;

const COUNT: u32 = 7;

fn parts() -> Parts {
    let plan = PartPlan {
        size_bytes: 650,
        part_bytes: 100,
    };
    Parts::new(plan, ChecksumKind::Crc64Nvme).unwrap()
}

fn sum(number: u32) -> Checksum {
    Checksum::Crc64Nvme(number.into())
}

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

#[derive(Debug, Clone)]
enum Happening {
    Read,
    Begin(u32),
    Land(u32),
    Fail(u32),
    Rehash(u32),
    Drop,
    Anew,
    Progress(u64),
    List(Vec<u32>),
}

fn happening() -> impl Strategy<Value = Happening> {
    let number = 0..COUNT + 2;
    prop_oneof![
        4 => Just(Happening::Read),
        4 => (1..5_u32).prop_map(Happening::Begin),
        4 => number.clone().prop_map(Happening::Land),
        2 => number.clone().prop_map(Happening::Fail),
        1 => number.clone().prop_map(Happening::Rehash),
        1 => Just(Happening::Drop),
        1 => Just(Happening::Anew),
        1 => any::<u64>().prop_map(Happening::Progress),
        1 => prop::collection::btree_set(1..=COUNT, 0..7)
            .prop_map(|listed| Happening::List(listed.into_iter().collect())),
    ]
}

fn happen(parts: &mut Parts, happening: Happening) {
    match happening {
        Happening::Read => {
            let next = parts.read + 1;
            if parts.allow(3).is_some() || next <= parts.allowed() {
                parts.hashed(next, sum(next)).unwrap();
            }
        }
        Happening::Begin(lanes) => {
            let before = parts.in_flight() + parts.rehashing.len();
            let orders = parts.begin(lanes, now());
            let after = before + orders.len();
            assert!(after <= before.max(usize::try_from(lanes).unwrap()));
            for order in orders {
                assert_eq!(order.checksum, sum(order.number));
                assert_eq!(order.range, parts.plan().range(order.number));
            }
        }
        Happening::Land(number) => {
            let was_in_flight = parts.in_flight.contains(&number);
            assert_eq!(
                parts.landed(number, Some("e"), now()).is_some(),
                was_in_flight
            );
        }
        Happening::Fail(number) => {
            parts.fell_short(number, 5);
        }
        Happening::Rehash(number) => {
            if parts.rehash(number).is_some() {
                parts.hashed(number, sum(number)).unwrap();
            }
        }
        Happening::Drop => {
            parts.drop_in_flight();
            assert_eq!(parts.in_flight(), 0);
        }
        Happening::Anew => {
            parts.begin_anew();
            assert_eq!((parts.stored(), parts.acknowledged_bytes()), (0, 0));
        }
        Happening::Progress(bytes) => parts.progressed(bytes),
        Happening::List(numbers) => {
            parts.begin_listing();
            let page = wire::StoredParts {
                parts: numbers
                    .iter()
                    .map(|number| wire::StoredPart {
                        part_number: *number,
                        size: parts.plan().bytes_of(*number),
                        etag: "e".to_owned(),
                        checksum: Some(sum(*number).digits()),
                    })
                    .collect(),
                next: None,
            };
            assert!(matches!(parts.list(&page), Ok(Listed::All { .. })));
        }
    }
}

fn check(parts: &Parts) {
    let count = |wanted: fn(&Part) -> bool| parts.all.iter().filter(|p| wanted(p)).count();
    assert_eq!(parts.all.len(), usize::try_from(COUNT).unwrap());
    assert_eq!(count(|p| matches!(p, Part::Hashed(_))), parts.ready.len());
    assert_eq!(count(|p| matches!(p, Part::InFlight(_))), parts.in_flight());
    let stored = count(|p| matches!(p, Part::Stored { .. }));
    assert_eq!(u32::try_from(stored).unwrap(), parts.stored());
    assert_eq!(parts.is_all_stored(), parts.completed().is_some());
    let bytes: u64 = (1..)
        .zip(&parts.all)
        .filter(|(_, part)| matches!(part, Part::Stored { .. }))
        .map(|(number, _)| parts.plan().bytes_of(number))
        .sum();
    assert_eq!(bytes, parts.stored_bytes);
    assert!(parts.acknowledged_bytes() <= parts.plan().size_bytes);
}

proptest! {
    /// No part is ever lost or counted twice, and whatever happened, all of them can be sent in the end.
    #[test]
    fn no_part_is_lost(happenings in prop::collection::vec(happening(), 0..80)) {
        let mut parts = parts();
        for happening in happenings {
            happen(&mut parts, happening);
            check(&parts);
        }
        for _ in 0..100 {
            happen(&mut parts, Happening::Read);
            for order in parts.begin(2, now()) {
                parts.landed(order.number, Some("e"), now());
            }
            for number in parts.in_flight.clone() {
                parts.landed(number, Some("e"), now());
            }
            check(&parts);
        }
        prop_assert!(parts.is_all_stored());
        let completed = parts.completed().unwrap();
        prop_assert_eq!(completed.len(), usize::try_from(COUNT).unwrap());
    }

    /// Whatever a server lists, it ends or is refused, and makes nothing stored that was not read.
    #[test]
    fn any_list_is_survived(
        pages in prop::collection::vec(
            (prop::collection::vec((0..COUNT + 3, 0..200_u64, any::<bool>()), 0..6), prop::option::of(0..COUNT + 3)),
            0..20,
        ),
    ) {
        let mut parts = parts();
        for (entries, next) in pages {
            let page = wire::StoredParts {
                parts: entries
                    .into_iter()
                    .map(|(part_number, size, summed)| wire::StoredPart {
                        part_number,
                        size,
                        etag: "e".to_owned(),
                        checksum: summed.then(|| sum(part_number).digits()),
                    })
                    .collect(),
                next,
            };
            if !matches!(parts.list(&page), Ok(Listed::More(_))) {
                break;
            }
            check(&parts);
        }
        prop_assert_eq!(parts.stored(), 0);
    }
}

#[test]
fn the_pass_stays_just_ahead() {
    let mut parts = parts();
    assert_eq!(parts.allow(2), Some(3));
    assert_eq!(parts.allow(2), None);
    for number in 1..=3 {
        parts.hashed(number, sum(number)).unwrap();
    }
    assert_eq!(parts.allow(2), None, "three wait to be sent");
    assert_eq!(parts.begin(2, now()).len(), 2);
    assert_eq!(parts.allow(2), Some(5));
}

#[test]
fn a_part_waits_for_its_time_even_if_the_clock_is_set_back() {
    let mut parts = parts();
    parts.allow(2);
    parts.hashed(1, sum(1)).unwrap();
    parts.begin(1, now());
    let later = now() + jiff::SignedDuration::from_secs(30);
    parts.fell_short(1, 0).unwrap().retry_at = Some(later);
    assert_eq!(parts.begin(1, now()), []);
    assert_eq!(parts.wait(now()), Some(later));
    // Thirty seconds later, on a clock that was set back by an hour.
    let set_back = now() - jiff::SignedDuration::from_hours(1);
    parts.end_wait(set_back);
    assert_eq!(parts.begin(1, set_back).len(), 1);
}

#[test]
fn progress_forgives() {
    let mut parts = parts();
    parts.allow(2);
    parts.hashed(1, sum(1)).unwrap();
    for (bytes, tries) in [(0, 0), (0, 1), (10, 0), (10, 1), (5, 2), (11, 0)] {
        parts.begin(1, now());
        let setback = parts.fell_short(1, bytes).unwrap();
        assert_eq!(setback.tries, tries);
        setback.tries += 1;
    }
}

fn stored(numbers: impl IntoIterator<Item = u32>) -> Parts {
    let mut parts = parts();
    for number in numbers {
        parts.allow(3);
        parts.hashed(number, sum(number)).unwrap();
        parts.begin(1, now());
        parts.landed(number, None, now()).unwrap();
    }
    parts
}

fn listed(number: u32, etag: &str) -> wire::StoredPart {
    wire::StoredPart {
        part_number: number,
        size: 100,
        etag: etag.to_owned(),
        checksum: Some(sum(number).digits()),
    }
}

#[test]
fn what_is_missing_on_an_early_page_is_missing() {
    let mut parts = stored(1..=4);
    parts.begin_listing();
    let page = |numbers: &[u32], next| wire::StoredParts {
        parts: numbers.iter().map(|number| listed(*number, "e")).collect(),
        next,
    };
    assert_eq!(parts.list(&page(&[1, 3], Some(3))), Ok(Listed::More(3)));
    assert_eq!(parts.list(&page(&[4], None)), Ok(Listed::All { lost: 1 }));
    parts.begin_listing();
    assert_eq!(
        parts.list(&page(&[1, 3, 4], None)),
        Ok(Listed::All { lost: 0 }),
        "it is not counted twice"
    );
}

#[test]
fn a_tag_of_earlier_bytes_is_forgotten_once_others_are_stored() {
    let mut parts = parts();
    parts.remember(1, Some("before"), &sum(99).digits());
    parts.allow(2);
    parts.hashed(1, sum(1)).unwrap();
    parts.begin(1, now());
    parts.landed(1, None, now()).unwrap();
    parts.begin_listing();
    let page = wire::StoredParts {
        parts: vec![listed(1, "after")],
        next: None,
    };
    assert_eq!(parts.list(&page), Ok(Listed::All { lost: 0 }));
}
