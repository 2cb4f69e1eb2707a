//! What is, held against what is to be: pure, so that every case can be written down.

mod joining;
mod normal;

use serde::Serialize;
use serde_json::Value;

use crate::desired::{Item, Place, Setting};
use crate::observed::Found;
use crate::reasons;

pub(crate) use self::joining::{Joined, join};
pub(crate) use self::normal::normal;

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As wanted.
    Holds,
    /// As wanted or stricter; what is stricter stays.
    Stricter,
    /// Nothing is set: `apply` sets it.
    Missing,
    /// Something else is set: `apply` sets it right.
    Differs,
    /// The store knows no such setting.
    Lacking,
    /// It could not be looked at, or cannot be set right by `apply`.
    Blocked,
}

/// One thing, and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// `recordings.encryption`
    pub id: String,
    /// The bucket, user or role.
    pub name: String,
    /// How it stands.
    pub verdict: Verdict,
    /// What is to be.
    pub wanted: Value,
    /// What is; none where nothing is set or nothing could be seen.
    pub found: Option<Value>,
    /// What `apply` sets: what is wanted, with what is stricter of what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Value>,
    /// What it is for.
    pub why: &'static str,
    /// How to mend it; empty where it holds.
    pub mend: String,
    /// What stays that was not asked for.
    pub kept: Vec<String>,
    /// The item that it is about.
    #[serde(skip)]
    pub item: Item,
}

impl Finding {
    /// Whether `apply` would write.
    pub fn is_to_be_written(&self) -> bool {
        matches!(self.verdict, Verdict::Missing | Verdict::Differs)
    }
}

/// How one thing stands.
pub(crate) fn judge(item: &Item, found: &Found, allow_weaker: bool) -> Finding {
    let finding = |verdict, found: Option<&Value>, mend: String| Finding {
        id: item.id(),
        name: item.name.clone(),
        verdict,
        wanted: item.wanted.clone(),
        found: found.cloned(),
        target: None,
        why: reasons::why(item.place, item.setting),
        mend,
        kept: Vec::new(),
        item: item.clone(),
    };
    match found {
        Found::Set(found) => {
            if item.setting == Setting::Existence && item.wanted["Region"] != found["Region"] {
                return finding(Verdict::Blocked, Some(found), reasons::elsewhere(found));
            }
            let Joined { target, kept } = join(item, found, allow_weaker);
            let mut judged = if normal(item.setting, &target) == normal(item.setting, found) {
                let verdict = if kept.is_empty() {
                    Verdict::Holds
                } else {
                    Verdict::Stricter
                };
                finding(verdict, Some(found), String::new())
            } else {
                let mut judged = finding(Verdict::Differs, Some(found), apply_mends());
                judged.target = Some(target);
                judged
            };
            judged.kept = kept;
            judged
        }
        Found::Absent => {
            let mut judged = finding(Verdict::Missing, None, apply_mends());
            judged.target = Some(item.wanted.clone());
            judged
        }
        Found::Lacking(said) => finding(Verdict::Lacking, None, reasons::instead(item, said)),
        Found::Refused(refusal) => {
            finding(Verdict::Blocked, None, reasons::unreadable(item, refusal))
        }
        Found::NotExamined => finding(
            Verdict::Blocked,
            None,
            format!("it was not looked at, for {} cannot be", item.name),
        ),
    }
}

fn apply_mends() -> String {
    "`revui-server storage apply` sets it".to_owned()
}

/// What is wrong with a whole, where each part could be had: `apply` does nothing until it is resolved, unless it is
/// [warned of](crate::plan::Plan::warnings) only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// A stable name: `mfa-delete-with-lifecycle`.
    pub code: &'static str,
    /// What bites.
    pub what: String,
    /// What to do.
    pub mend: String,
}

impl Conflict {
    pub(crate) fn new(code: &'static str, what: &str, mend: &str) -> Self {
        Self {
            code,
            what: what.to_owned(),
            mend: mend.to_owned(),
        }
    }
}

/// Whether what is found of a place's existence keeps everything else of it from being looked at.
pub(crate) fn bars_the_rest(place: Place, setting: Setting, found: &Found, region: &str) -> bool {
    let is_key = matches!(setting, Setting::Existence | Setting::Trust);
    match found {
        Found::Set(found) => {
            is_key && !place.is_identity() && found["Region"].as_str() != Some(region)
        }
        Found::Refused(_) | Found::Lacking(_) => is_key,
        Found::Absent | Found::NotExamined => false,
    }
}
