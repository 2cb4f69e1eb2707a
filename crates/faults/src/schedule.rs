//! Which faults happen to a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::answer::Answer;
use crate::http::{Edits, RequestHead};
use crate::pace::Pace;
use crate::rule::{Break, Direction, Fault, Faults, First, When};

/// The rules in force, and how often each has been looked at and applied.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    rules: Vec<Counted>,
}

#[derive(Debug)]
struct Counted {
    name: String,
    when: When,
    fault: Fault,
    seen: AtomicU64,
    applied: AtomicU64,
    upload: Option<Arc<Pace>>,
    download: Option<Arc<Pace>>,
}

/// Everything that happens to one request.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The rules behind it.
    pub(crate) rules: Vec<String>,
    pub(crate) request_delay: Duration,
    pub(crate) answer_delay: Duration,
    pub(crate) upload: Vec<Arc<Pace>>,
    pub(crate) download: Vec<Arc<Pace>>,
    /// The bytes of the request's body that are wrong when they go on.
    pub(crate) corrupt: Vec<u64>,
    pub(crate) edits: Edits,
    /// Delivered once more, so long after.
    pub(crate) again: Option<Duration>,
    pub(crate) end: Option<End>,
}

/// How a request ends when not as always.
#[derive(Debug, Clone)]
pub(crate) enum End {
    Cut {
        direction: Direction,
        after_bytes: u64,
        how: Break,
    },
    BlackHole {
        after_bytes: u64,
        reads: bool,
        lasts: Option<Duration>,
    },
    Answer(Answer),
    SwallowReply {
        how: Break,
    },
    /// Received, and delivered by [`Plan::again`] alone.
    Withheld,
}

impl Schedule {
    pub(crate) fn new(faults: Faults) -> Self {
        let counted = |rule: crate::Rule| {
            let (upload, download) = match rule.fault {
                Fault::Bandwidth { upload, download } => (upload, download),
                _ => (None, None),
            };
            let pace = |rate: Option<u64>| rate.map(|rate| Arc::new(Pace::new(rate)));
            Counted {
                name: rule.name,
                when: rule.when,
                fault: rule.fault,
                seen: AtomicU64::new(0),
                applied: AtomicU64::new(0),
                upload: pace(upload),
                download: pace(download),
            }
        };
        Self {
            rules: faults.rules.into_iter().map(counted).collect(),
        }
    }

    /// Counts the request, and says what happens to it.
    pub(crate) fn plan(&self, request: &RequestHead) -> Plan {
        let mut plan = Plan::default();
        for rule in &self.rules {
            let taken = rule.fault.ends() && plan.end.is_some();
            if rule.is_about(request) && !taken && rule.is_due() {
                rule.add_to(&mut plan);
            }
        }
        plan
    }
}

impl Counted {
    fn is_about(&self, request: &RequestHead) -> bool {
        let When {
            methods,
            path,
            parts,
            ..
        } = &self.when;
        let is_part = |number| parts.iter().any(|range| range.contains(&number));
        (methods.is_empty() || methods.contains(&request.method))
            && path.as_ref().is_none_or(|path| path.matches(&request.path))
            && (parts.is_empty() || request.part.is_some_and(is_part))
    }

    /// Whether it is the turn of this request, which is counted.
    fn is_due(&self) -> bool {
        let number = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        if !self.when.nth.is_empty() && !self.when.nth.contains(&number) {
            return false;
        }
        let applied = self.applied.fetch_add(1, Ordering::Relaxed);
        self.when.times.is_none_or(|times| applied < times)
    }

    fn add_to(&self, plan: &mut Plan) {
        plan.rules.push(self.name.clone());
        plan.upload.extend(self.upload.clone());
        plan.download.extend(self.download.clone());
        match &self.fault {
            Fault::Bandwidth { .. } => {}
            Fault::Latency { request, answer } => {
                plan.request_delay += *request;
                plan.answer_delay += *answer;
            }
            Fault::Corrupt { at_byte } => plan.corrupt.push(*at_byte),
            Fault::NoEtag => plan.edits.without_etag = true,
            Fault::Archived => plan.edits.archived = true,
            Fault::Clock { ahead_seconds } => plan.edits.clock_ahead_seconds += ahead_seconds,
            Fault::Duplicate { delay, first } => {
                plan.again = Some(*delay);
                if *first == First::Lost {
                    plan.end = Some(End::Withheld);
                }
            }
            &Fault::Cut {
                direction,
                after_bytes,
                how,
            } => {
                plan.end = Some(End::Cut {
                    direction,
                    after_bytes,
                    how,
                });
            }
            &Fault::BlackHole {
                after_bytes,
                reads,
                lasts,
            } => {
                plan.end = Some(End::BlackHole {
                    after_bytes,
                    reads,
                    lasts,
                });
            }
            Fault::Answer(answer) => plan.end = Some(End::Answer(answer.clone())),
            Fault::SwallowReply { how } => plan.end = Some(End::SwallowReply { how: *how }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, target: &str) -> RequestHead {
        RequestHead::parse(format!("{method} {target} HTTP/1.1\r\n\r\n").into()).unwrap()
    }

    /// The names of the rules that apply to each request in turn.
    fn applied(toml: &str, requests: &[(&str, &str)]) -> Vec<String> {
        let schedule = Schedule::new(Faults::from_toml(toml).unwrap());
        requests
            .iter()
            .map(|(method, target)| schedule.plan(&request(method, target)).rules.join("+"))
            .collect()
    }

    #[test]
    fn a_rule_is_about_what_it_names() {
        let rule = "[[rule]]\nname = \"r\"\nfault = \"no-etag\"\nmethod = \"PUT\"\npath = \"/b/*\"\npart = \"2-3\"\n";
        let requests = [
            ("PUT", "/b/k?partNumber=2&uploadId=u"),
            ("PUT", "/b/k?uploadId=u&partNumber=3"),
            ("PUT", "/b/k?partNumber=4"),
            ("PUT", "/b/k"),
            ("GET", "/b/k?partNumber=2"),
            ("PUT", "/c/k?partNumber=2"),
        ];
        assert_eq!(applied(rule, &requests), ["r", "r", "", "", "", ""]);
    }

    #[test]
    fn occurrences_are_counted_among_what_matches() {
        let requests = [
            ("GET", "/"),
            ("PUT", "/"),
            ("PUT", "/"),
            ("PUT", "/"),
            ("PUT", "/"),
        ];
        let nth = "[[rule]]\nname = \"r\"\nfault = \"no-etag\"\nmethod = \"PUT\"\nnth = [2, 4]\n";
        assert_eq!(applied(nth, &requests), ["", "", "r", "", "r"]);
        let times = nth.replace("nth = [2, 4]", "times = 2");
        assert_eq!(applied(&times, &requests), ["", "r", "r", "", ""]);
        let both = format!("{nth}times = 1\n");
        assert_eq!(applied(&both, &requests), ["", "", "r", "", ""]);
    }

    #[test]
    fn of_two_ends_the_first_happens_and_the_other_waits() {
        let rules = "[[rule]]\nname = \"slow\"\nfault = \"latency\"\ndelay = \"1s\"\n\
                     [[rule]]\nname = \"cut\"\nfault = \"cut\"\ntimes = 1\n\
                     [[rule]]\nname = \"hole\"\nfault = \"black-hole\"\ntimes = 1\n";
        let requests = [("PUT", "/"); 3];
        assert_eq!(applied(rules, &requests), ["slow+cut", "slow+hole", "slow"]);
    }
}
