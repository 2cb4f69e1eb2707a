//! `plan`: everything that is to be, how it stands, what bites, and what is left to somebody else.

use serde::Serialize;

use crate::advice::{self, Advice};
use crate::cloud::Cloud;
use crate::combinations;
use crate::desired::{Account, Desired, Profile, Settings};
use crate::difference::{self, Conflict, Finding, Verdict};
use crate::observed::{ObserveError, Observed};

/// How everything stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Which values held for keys that were left out.
    pub profile: Profile,
    /// The recordings' bucket.
    pub bucket: String,
    /// Where it is to be.
    pub region: String,
    /// What bites: nothing is applied until it is resolved.
    pub conflicts: Vec<Conflict>,
    /// What has a price that somebody may want to pay: it keeps nothing from being applied.
    pub warnings: Vec<Conflict>,
    /// One for each thing that is to be, in the order in which they are applied.
    pub findings: Vec<Finding>,
    /// What is not wanted here, and why.
    pub left_out: Vec<String>,
    /// What is left to somebody else.
    pub advice: Vec<Advice>,
}

impl Plan {
    /// Looks at everything, and writes nothing. With `allow_weaker`, what is stricter than wanted is to be given up.
    pub async fn make(
        cloud: &Cloud,
        settings: &Settings,
        account: Option<&Account>,
        allow_weaker: bool,
    ) -> Result<Self, ObserveError> {
        let desired = Desired::of(settings, account, cloud.is_https());
        let observed = Observed::of(cloud, &desired).await?;
        let items = desired.items.iter().zip(&observed.found);
        let findings = items.map(|(item, found)| difference::judge(item, found, allow_weaker));
        let mut conflicts = combinations::of_settings(settings);
        for conflict in combinations::of_observed(settings, &observed) {
            if conflicts.iter().all(|known| known.code != conflict.code) {
                conflicts.push(conflict);
            }
        }
        Ok(Self {
            profile: settings.profile,
            bucket: settings.bucket.name.clone(),
            region: settings.bucket.region.clone(),
            conflicts,
            warnings: combinations::warnings(settings, &observed),
            findings: findings.collect(),
            left_out: desired.left_out,
            advice: advice::of(settings),
        })
    }

    /// What `apply` would write.
    pub fn to_be_written(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.is_to_be_written())
    }

    /// What keeps `apply` from beginning.
    pub fn is_barred(&self) -> bool {
        let blocked = |finding: &Finding| finding.verdict == Verdict::Blocked;
        !self.conflicts.is_empty() || self.findings.iter().any(blocked)
    }

    /// Whether there is nothing to do: everything holds, is stricter, or is not to be had here.
    pub fn is_settled(&self) -> bool {
        !self.is_barred() && self.to_be_written().next().is_none()
    }
}
