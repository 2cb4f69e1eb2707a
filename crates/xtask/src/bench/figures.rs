//! The figures to reach, and whether they are.
//!
//! All but the last are ratios within one run, so that they hold on any machine.

use serde_json::{Value, json};

use super::measuring::Measurement;
use super::rounds::{Row, seconds};
use super::standstill::Standstill;
use super::targets::Kind;
use super::uploaders::Uploader;

/// Everything that a run has found out.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// Side by side, at each store.
    pub(crate) rows: Vec<Row>,
    /// Ours alone, from the smallest size to the largest.
    pub(crate) alone: Vec<Row>,
    /// None where it could not be measured.
    pub(crate) idle_rss_bytes: Option<u64>,
    pub(crate) standstill: Standstill,
    /// Nothing else was measured than ours at every size.
    pub(crate) only_sizes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// A figure with what it has to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    /// None where something that it is made of failed.
    value: Option<f64>,
    bound: Bound,
    unit: &'static str,
}

impl Figure {
    pub(crate) fn is_reached(&self) -> bool {
        self.value.is_some_and(|value| match self.bound {
            Bound::AtLeast(least) => value >= least,
            Bound::AtMost(most) => value <= most,
        })
    }

    pub(crate) fn value(&self) -> String {
        let unit = self.unit;
        self.value
            .map_or_else(|| "none".to_owned(), |value| format!("{value:.2}{unit}"))
    }

    pub(crate) fn bound(&self) -> String {
        let unit = self.unit;
        match self.bound {
            Bound::AtLeast(least) => format!("{least:.2}{unit} or more"),
            Bound::AtMost(most) => format!("{most:.2}{unit} or less"),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let (least, most) = match self.bound {
            Bound::AtLeast(least) => (Some(least), None),
            Bound::AtMost(most) => (None, Some(most)),
        };
        json!({
            "name": self.name,
            "value": self.value,
            "atLeast": least,
            "atMost": most,
            "reached": self.is_reached(),
        })
    }
}

const MIB: f64 = 1024.0 * 1024.0;

impl Results {
    pub(crate) fn median(&self, kind: Kind, uploader: Uploader) -> Option<Measurement> {
        let mut rows = self.rows.iter();
        rows.find(|row| (row.kind, row.uploader) == (kind, uploader))?
            .median()
    }

    /// How much faster one is than another.
    pub(crate) fn speed_over(&self, kind: Kind, one: Uploader, other: Uploader) -> Option<f64> {
        let one = self.median(kind, one)?.elapsed;
        let other = self.median(kind, other)?.elapsed;
        Some(seconds(other) / seconds(one))
    }

    /// The fastest of those that know S3. None where one of them failed: it might have been the fastest.
    pub(crate) fn fastest_peer(&self, kind: Kind) -> Option<Uploader> {
        let peers = Uploader::ALL.into_iter().filter(|peer| peer.is_peer());
        let timed = peers.map(|peer| Some((peer, self.median(kind, peer)?.elapsed)));
        let timed: Option<Vec<_>> = timed.collect();
        let fastest = timed?.into_iter().min_by_key(|(_, elapsed)| *elapsed);
        fastest.map(|(peer, _)| peer)
    }

    fn processor_over(&self, one: Uploader, other: Uploader) -> Option<f64> {
        let one = self.median(Kind::Plain, one)?.processor;
        let other = self.median(Kind::Plain, other)?.processor;
        Some(seconds(one) / seconds(other))
    }

    fn alone(&self, from_the_largest: usize) -> Option<(f64, Measurement)> {
        let row = self.alone.iter().rev().nth(from_the_largest)?;
        #[allow(clippy::cast_precision_loss, reason = "a ratio of sizes")]
        let size = row.size_bytes as f64;
        Some((size, row.median()?))
    }

    /// Time per byte at the second largest size over that at the third largest.
    fn time_per_byte(&self) -> Option<f64> {
        let (large, at_large) = self.alone(1)?;
        let (small, at_small) = self.alone(2)?;
        let per_byte = |time, size| seconds(time) / size;
        Some(per_byte(at_large.elapsed, large) / per_byte(at_small.elapsed, small))
    }

    #[allow(clippy::cast_precision_loss, reason = "memory of a program")]
    fn rss_over_idle(&self) -> Option<f64> {
        let (_, at_largest) = self.alone(0)?;
        Some((at_largest.peak_rss_bytes as f64 - self.idle_rss_bytes? as f64) / MIB)
    }

    #[allow(clippy::cast_precision_loss, reason = "memory of a program")]
    fn rss_over_common_size(&self) -> Option<f64> {
        let (_, at_largest) = self.alone(0)?;
        let common = self.median(Kind::Plain, Uploader::OursInParts)?;
        Some(at_largest.peak_rss_bytes as f64 / common.peak_rss_bytes as f64)
    }

    /// Every figure, in the order in which they are told.
    pub(crate) fn figures(&self) -> Vec<Figure> {
        if self.only_sizes {
            return self.of_sizes();
        }
        let (speeds, processor_times) = (self.speeds(), self.processor_times());
        [
            speeds,
            processor_times,
            self.of_sizes(),
            self.of_standing_still(),
        ]
        .concat()
    }

    fn speeds(&self) -> Vec<Figure> {
        use Kind::{Embedded, Plain, Tls};
        use Uploader::{Curl, HashThenCurl, OurTransport, OursInParts, OursSingle};
        let over = |name, least, (kind, one, other)| {
            at_least(name, self.speed_over(kind, one, other), least)
        };
        let fastest = self.fastest_peer(Embedded);
        let time = fastest.and_then(|peer| self.speed_over(Embedded, peer, OursInParts));
        vec![
            over(
                "single PUT, plain: throughput over curl's",
                0.6,
                (Plain, OursSingle, Curl),
            ),
            over(
                "single PUT, plain: over sha256sum, then curl",
                1.2,
                (Plain, OursSingle, HashThenCurl),
            ),
            over(
                "single PUT, TLS: throughput over curl's",
                0.8,
                (Tls, OursSingle, Curl),
            ),
            over(
                "transport alone, plain: throughput over curl's",
                1.1,
                (Plain, OurTransport, Curl),
            ),
            over(
                "transport alone, TLS: throughput over curl's",
                1.15,
                (Tls, OurTransport, Curl),
            ),
            at_most(
                "in parts, embedded store: time over the fastest peer's",
                time,
                0.9,
                "",
            ),
        ]
    }

    fn processor_times(&self) -> Vec<Figure> {
        use Uploader::{AwsCli, OursInParts, OursSingle, Rclone};
        let over =
            |name, most, one, other| at_most(name, self.processor_over(one, other), most, "");
        vec![
            over(
                "single PUT: processor time over the AWS CLI's",
                0.4,
                OursSingle,
                AwsCli,
            ),
            over(
                "single PUT: processor time over rclone's",
                0.2,
                OursSingle,
                Rclone,
            ),
            over(
                "in parts: processor time over the AWS CLI's",
                0.4,
                OursInParts,
                AwsCli,
            ),
            over(
                "in parts: processor time over rclone's",
                0.2,
                OursInParts,
                Rclone,
            ),
        ]
    }

    fn of_sizes(&self) -> Vec<Figure> {
        let over_common = self.rss_over_common_size();
        vec![
            at_most(
                "peak memory over idle at the largest size",
                self.rss_over_idle(),
                32.0,
                " MiB",
            ),
            at_most(
                "peak memory at the largest size over side by side",
                over_common,
                1.1,
                "",
            ),
            at_most(
                "time per byte at the second largest size over the third",
                self.time_per_byte(),
                1.1,
                "",
            ),
        ]
    }

    fn of_standing_still(&self) -> Vec<Figure> {
        let Standstill {
            progress_after,
            aborted_after,
            ..
        } = self.standstill;
        vec![
            at_most("progress after a freeze", progress_after, 5.0, " s"),
            at_most("a black hole is aborted after", aborted_after, 35.0, " s"),
        ]
    }
}

fn at_least(name: &'static str, value: Option<f64>, least: f64) -> Figure {
    Figure {
        name,
        value,
        bound: Bound::AtLeast(least),
        unit: "",
    }
}

fn at_most(name: &'static str, value: Option<f64>, most: f64, unit: &'static str) -> Figure {
    Figure {
        name,
        value,
        bound: Bound::AtMost(most),
        unit,
    }
}

#[cfg(test)]
mod tests;
