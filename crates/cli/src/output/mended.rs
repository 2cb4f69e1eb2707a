//! A recording that was mended, as people and programs read of it.

use std::path::PathBuf;

use media::repair::{Need, Plan};
use serde_json::json;

use super::{harmless, quantity};

/// What was done to a recording.
pub(crate) struct Mended {
    /// As it was named.
    pub(crate) file: PathBuf,
    /// Where it is whole now; `None` where it lacked nothing.
    pub(crate) output: Option<PathBuf>,
    /// How large it is now.
    pub(crate) size_bytes: u64,
    /// What it lacked.
    pub(crate) plan: Plan,
}

impl Mended {
    /// For people.
    pub(crate) fn as_text(&self) -> String {
        let Some(output) = &self.output else {
            return format!(
                "{}: lacks nothing, and was left as it is",
                harmless(&self.file.to_string_lossy())
            );
        };
        let mut lines = vec![format!(
            "{}: {}, {}",
            harmless(&output.to_string_lossy()),
            quantity::size(self.size_bytes),
            quantity::length(self.plan.duration_seconds())
        )];
        lines.extend(
            self.plan
                .needs()
                .iter()
                .map(|need| format!("  {}", self.told(*need))),
        );
        lines.join("\n")
    }

    fn told(&self, need: Need) -> String {
        match need {
            Need::Tail { bytes } => {
                format!("cut: {bytes} bytes at its end that were no whole frame")
            }
            Need::Gap { bytes } => {
                format!("left out: {bytes} bytes before its end that made no sense")
            }
            Need::Size => "added: where it ends".to_owned(),
            Need::ClusterSizes { clusters } => {
                format!("added: where {clusters} of its parts end")
            }
            Need::Duration => "added: how long it lasts".to_owned(),
            Need::Index => format!(
                "added: an index for seeking, of {} places",
                self.plan.index_points()
            ),
            _ => "mended: more".to_owned(),
        }
    }

    /// For programs.
    pub(crate) fn as_json(&self) -> String {
        let mended: Vec<_> = self.plan.needs().iter().map(|need| name(*need)).collect();
        let is_whole = self.output.is_none();
        json!({
            "event": if is_whole { "whole" } else { "repaired" },
            "file": self.file.to_string_lossy(),
            "output": self.output.as_ref().map(|output| output.to_string_lossy()),
            "mended": mended,
            "durationSeconds": self.plan.duration_seconds(),
            "indexPoints": self.plan.index_points(),
            "cutBytes": if is_whole { 0 } else { self.plan.cut_bytes() },
            "sizeBytes": self.size_bytes,
        })
        .to_string()
    }
}

fn name(need: Need) -> &'static str {
    match need {
        Need::Tail { .. } => "tail",
        Need::Gap { .. } => "gap",
        Need::Size => "size",
        Need::ClusterSizes { .. } => "cluster_sizes",
        Need::Duration => "duration",
        Need::Index => "index",
        _ => "more",
    }
}
