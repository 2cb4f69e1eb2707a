//! How long a recording lasts.

use super::segment::Segment;
use super::timeline::Timeline;
use super::{cluster, tail};
use crate::ebml::{Extent, Stop, Window};

/// No recording is longer; a header that says so is wrong.
const LONGEST_SECONDS: f64 = 366.0 * 24.0 * 3600.0;

/// The duration in seconds: what the header of a finished file says, else what its last frames say.
///
/// A file that leaves its end open is read at its end in any case, so that one that was cut is found out. Its header is
/// believed only where its frames tell nothing: it was written before the recording ended.
///
/// Stops only where the file could not be read or was cut. Damage, or too much work, leaves the duration unknown.
pub(crate) fn duration_seconds(
    window: &mut Window<'_>,
    segment: &Segment,
    first_cluster: u64,
) -> Result<Option<f64>, Stop> {
    let stated = segment
        .duration_ticks
        .and_then(|ticks| as_seconds(ticks, segment));
    if matches!(segment.extent, Extent::Closed(_)) && stated.is_some() {
        return Ok(stated);
    }
    match measure(window, segment, first_cluster) {
        Ok(measured) => Ok(measured.or(stated)),
        Err(Stop::Damaged { .. } | Stop::Spent { .. }) => Ok(stated),
        Err(stop) => Err(stop),
    }
}

/// From the beginning of the first frame to the end of the last.
fn measure(
    window: &mut Window<'_>,
    segment: &Segment,
    first_cluster: u64,
) -> Result<Option<f64>, Stop> {
    let timeline = match tail::read_last_clusters(window, segment, first_cluster)? {
        Some(timeline) => timeline,
        None => walk_to_the_end(window, segment, first_cluster)?,
    };
    let first = window.element(first_cluster, segment.extent)?;
    let begins = cluster::first_tick(window, first, segment.extent)?;
    let length = timeline.end_ticks().zip(begins).map(|(end, begins)| {
        #[allow(clippy::cast_precision_loss)] // 53 bits of ticks are 285,000 years of milliseconds
        let begins = begins as f64;
        end - begins
    });
    Ok(length.and_then(|ticks| as_seconds(ticks, segment)))
}

/// Goes from cluster to cluster, from the first to the last, then reads the last two.
fn walk_to_the_end(
    window: &mut Window<'_>,
    segment: &Segment,
    first_cluster: u64,
) -> Result<Timeline, Stop> {
    let (mut last, mut last_but_one) = (first_cluster, first_cluster);
    cluster::for_each(window, first_cluster, segment.extent, |window, cluster| {
        last_but_one = std::mem::replace(&mut last, cluster.offset);
        cluster::skip(window, cluster, segment.extent)
    })?;
    let mut timeline = Timeline::new(&segment.tracks, segment.tick_nanoseconds);
    tail::read_on_from(window, last_but_one, segment.extent, &mut timeline)?;
    Ok(timeline)
}

fn as_seconds(ticks: f64, segment: &Segment) -> Option<f64> {
    #[allow(clippy::cast_precision_loss)] // a tick of over 53 bits of nanoseconds is three months
    let seconds = ticks * (segment.tick_nanoseconds as f64) / 1e9;
    (seconds > 0.0 && seconds <= LONGEST_SECONDS).then_some(seconds)
}
