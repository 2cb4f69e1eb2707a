use super::*;
use crate::disk::Described;
use proptest::prelude::*;

fn records(keys: &[&str]) -> Vec<Record> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .map(|key| Record {
            key: key.to_owned(),
            size_bytes: 0,
            sha256: String::new(),
            modified_at_ms: 0,
            described: Described::default(),
            parts: None,
        })
        .collect()
}

/// All pages of a listing, read one after the other: the keys and common prefixes in the order of their coming.
fn read_all(
    records: &[Record],
    prefix: &str,
    delimiter: Option<&str>,
    max_entries: usize,
) -> Vec<String> {
    let mut entries = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..=records.len() {
        let page = page(
            records,
            &Query {
                prefix,
                delimiter,
                after: after.as_deref(),
                max_entries,
            },
        );
        assert!(page.records.len() + page.common_prefixes.len() <= max_entries);
        let keys = page.records.iter().map(|record| record.key.clone());
        let mut of_page: Vec<_> = keys
            .chain(page.common_prefixes.iter().map(ToString::to_string))
            .collect();
        of_page.sort();
        entries.extend(of_page);
        match page.next_after {
            Some(next) => after = Some(next),
            None => return entries,
        }
    }
    panic!("the listing does not end");
}

#[test]
fn keys_are_grouped_up_to_the_delimiter() {
    let records = records(&["a/1", "a/2", "b", "c/d/e", "c/f"]);
    for (prefix, delimiter, expected) in [
        ("", None, vec!["a/1", "a/2", "b", "c/d/e", "c/f"]),
        ("", Some("/"), vec!["a/", "b", "c/"]),
        ("c/", Some("/"), vec!["c/d/", "c/f"]),
        ("a/1", Some("/"), vec!["a/1"]),
        ("x", Some("/"), vec![]),
        ("", Some(""), vec!["a/1", "a/2", "b", "c/d/e", "c/f"]),
    ] {
        for max_entries in 1..6 {
            let entries = read_all(&records, prefix, delimiter, max_entries);
            assert_eq!(entries, expected, "{prefix} {delimiter:?} by {max_entries}");
        }
    }
}

#[test]
fn a_full_last_page_is_not_truncated_and_an_empty_one_neither() {
    let records = records(&["a", "b"]);
    let query = |max_entries| Query {
        prefix: "",
        delimiter: None,
        after: None,
        max_entries,
    };
    assert_eq!(page(&records, &query(2)).next_after, None);
    assert_eq!(page(&records, &query(1)).next_after.as_deref(), Some("a"));
    assert_eq!(page(&records, &query(0)).next_after, None);
}

proptest! {
    #[test]
    fn paging_loses_and_repeats_nothing(
        keys in proptest::collection::vec("[ab/]{1,6}", 0..30),
        prefix in "[ab/]{0,2}",
        max_entries in 1usize..7,
        grouped in any::<bool>(),
    ) {
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        let records = records(&keys);
        let delimiter = grouped.then_some("/");
        let whole = read_all(&records, &prefix, delimiter, usize::MAX);
        prop_assert_eq!(read_all(&records, &prefix, delimiter, max_entries), whole);
    }
}
