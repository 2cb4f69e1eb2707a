use std::time::Duration;

use super::*;
use crate::Pattern;

fn only(text: &str) -> Rule {
    let mut faults = Faults::from_toml(text).unwrap();
    assert_eq!(faults.rules.len(), 1);
    faults.rules.remove(0)
}

#[test]
fn a_rule_says_when_and_what() {
    let rule = only(
        "[[rule]]\nname = \"slow\"\nto = \"store\"\nmethod = [\"put\", \"POST\"]\npath = \"/recordings/*\"\npart = [1, \"3-5\"]\n\
         nth = [2, 4]\ntimes = 7\nfault = \"cut\"\nafter = \"64KiB\"\nhow = \"fin\"\n",
    );
    let expected = Rule {
        name: "slow".to_owned(),
        when: When {
            to: Some(Server::Store),
            methods: vec!["PUT".to_owned(), "POST".to_owned()],
            path: Some(Pattern::new("/recordings/*")),
            parts: vec![1..=1, 3..=5],
            nth: vec![2, 4],
            times: Some(7),
        },
        fault: Fault::Cut {
            direction: Direction::Request,
            after_bytes: 65_536,
            how: Break::Fin,
        },
    };
    assert_eq!(rule, expected);
}

#[test]
fn every_fault_has_its_words() {
    let seconds = Duration::from_secs;
    for (text, expected) in [
        (
            "fault = \"latency\"\ndelay = \"2s\"",
            Fault::Latency {
                request: seconds(2),
                answer: seconds(0),
            },
        ),
        (
            "fault = \"bandwidth\"\nupload = \"1MiB/s\"",
            Fault::Bandwidth {
                upload: Some(1 << 20),
                download: None,
            },
        ),
        (
            "fault = \"corrupt\"\nat = \"1KiB\"",
            Fault::Corrupt { at_byte: 1024 },
        ),
        (
            "fault = \"black-hole\"\nafter = 10\nlasts = \"1m\"",
            Fault::BlackHole {
                after_bytes: 10,
                reads: false,
                lasts: Some(seconds(60)),
            },
        ),
        (
            "fault = \"swallow-reply\"\nhow = \"hang\"",
            Fault::SwallowReply { how: Break::Hang },
        ),
        ("fault = \"no-etag\"", Fault::NoEtag),
        ("fault = \"archived\"", Fault::Archived),
        (
            "fault = \"duplicate\"\ndelay = \"3s\"\nfirst = \"lost\"",
            Fault::Duplicate {
                delay: seconds(3),
                first: First::Lost,
            },
        ),
        (
            "fault = \"clock\"\nbehind = \"20m\"",
            Fault::Clock {
                ahead_seconds: -1200,
            },
        ),
        (
            "fault = \"captive-portal\"",
            Fault::Answer(Answer::captive_portal()),
        ),
        (
            "fault = \"unavailable\"\nretry_after = \"3s\"",
            Fault::Answer(Answer::unavailable(Some(3))),
        ),
        (
            "fault = \"error-in-success\"\ncode = \"SlowDown\"",
            Fault::Answer(Answer::error_in_success("SlowDown")),
        ),
        (
            "fault = \"huge-answer\"\nsize = \"5MB\"",
            Fault::Answer(Answer::huge(5_000_000)),
        ),
        (
            "fault = \"huge-headers\"",
            Fault::Answer(Answer::huge_headers(1_000_000)),
        ),
        (
            "fault = \"redirect\"\nlocation = \"http://elsewhere/\"",
            Fault::Answer(Answer::redirect(307, "http://elsewhere/")),
        ),
        (
            "fault = \"refuse\"\nclose = \"linger\"\nafter = \"1MB\"",
            Fault::Answer(Answer {
                reads: Reads::Bytes(1_000_000),
                close: Close::Linger,
                ..Answer::refusal(403, "AccessDenied", "Access Denied")
            }),
        ),
    ] {
        let rule = only(&format!("[[rule]]\n{text}\n"));
        assert_eq!(rule.fault, expected, "{text}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (text, line, says) in [
        ("[[rule]]\nfault = \n", 2, ""),
        ("rule = 1\n", 1, "[[rule]]"),
        (
            "[[rules]]\nfault = \"no-etag\"\n",
            1,
            "`rules` means nothing here; known are rule",
        ),
        ("[[rule]]\nmethod = \"PUT\"\n", 1, "`fault` is missing"),
        ("\n[[rule]]\nfault = \"typhoon\"\n", 3, "\"latency\""),
        (
            "[[rule]]\nfault = \"no-etag\"\n\nafter = 3\n",
            4,
            "`after` means nothing here",
        ),
        (
            "[[rule]]\nfault = \"cut\"\nafter = \"3 miles\"\n",
            3,
            "64KiB",
        ),
        ("[[rule]]\nfault = \"cut\"\nafter = -3\n", 3, "64KiB"),
        (
            "[[rule]]\nfault = \"cut\"\nhow = \"gently\"\n",
            3,
            "\"hang\"",
        ),
        ("[[rule]]\nfault = \"latency\"\ndelay = 3\n", 3, "200ms"),
        ("[[rule]]\nfault = \"clock\"\n", 1, "`ahead` is missing"),
        (
            "[[rule]]\nfault = \"redirect\"\n",
            1,
            "`location` is missing",
        ),
        (
            "[[rule]]\nfault = \"refuse\"\nstatus = 99\n",
            3,
            "200 to 599",
        ),
        ("[[rule]]\nfault = \"no-etag\"\nnth = 0\n", 3, "1 or more"),
        (
            "[[rule]]\nfault = \"no-etag\"\nto = \"moon\"\n",
            3,
            "\"backend\" or \"store\"",
        ),
        (
            "[[rule]]\nfault = \"no-etag\"\npart = \"5-2\"\n",
            3,
            "range",
        ),
    ] {
        let error = Faults::from_toml(text).unwrap_err();
        assert_eq!(error.line, line, "{text}: {error}");
        assert!(error.to_string().contains(says), "{text}: {error}");
    }
}

#[test]
fn each_server_has_its_own_rules_and_those_for_both() {
    let rule =
        |name: &str, to: &str| format!("[[rule]]\nname = \"{name}\"\nfault = \"no-etag\"\n{to}\n");
    let text = [
        rule("a", "to = \"backend\""),
        rule("b", ""),
        rule("c", "to = \"store\""),
    ];
    let faults = Faults::from_toml(&text.concat()).unwrap();
    let names = |server| -> Vec<String> {
        let rules = faults.towards(server).rules;
        rules.into_iter().map(|rule| rule.name).collect()
    };
    assert_eq!(names(Server::Backend), ["a", "b"]);
    assert_eq!(names(Server::Store), ["b", "c"]);
}

#[test]
fn no_rules_are_fine() {
    assert_eq!(Faults::from_toml("# nothing\n").unwrap(), Faults::none());
}

#[test]
fn the_example_is_one() {
    let text = include_str!("../../examples/faults.toml");
    let faults = Faults::from_toml(text).unwrap();
    let shown: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("fault = "))
        .collect();
    assert_eq!(shown.len(), faults.rules.len());
    for kind in FAULTS.replace(" or ", ", ").split(", ") {
        assert!(shown.contains(&kind), "{kind} is not shown");
    }
}
