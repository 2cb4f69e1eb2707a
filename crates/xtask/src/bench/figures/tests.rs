use super::*;
use std::time::Duration;

fn row(kind: Kind, uploader: Uploader, milliseconds: u64, size_bytes: u64, rss: u64) -> Row {
    let mut row = Row::new(kind, uploader, size_bytes);
    row.runs.push(Measurement {
        elapsed: Duration::from_millis(milliseconds),
        processor: Duration::from_millis(milliseconds * 2),
        peak_rss_bytes: rss << 20,
    });
    row
}

fn results() -> Results {
    use Uploader::{
        AwsCli, Curl, HashThenCurl, OurTransport, OursInParts, OursSingle, Rclone, S5cmd,
    };
    let ours = |size, milliseconds, rss| row(Kind::Plain, OursInParts, milliseconds, size, rss);
    let at = |kind, uploader, milliseconds| row(kind, uploader, milliseconds, 1 << 30, 20);
    Results {
        rows: vec![
            at(Kind::Plain, OursSingle, 1000),
            at(Kind::Plain, OursInParts, 1200),
            at(Kind::Plain, OurTransport, 600),
            at(Kind::Plain, Curl, 700),
            at(Kind::Plain, HashThenCurl, 1700),
            at(Kind::Plain, AwsCli, 4000),
            at(Kind::Plain, Rclone, 8000),
            at(Kind::Tls, OursSingle, 1500),
            at(Kind::Tls, OurTransport, 1200),
            at(Kind::Tls, Curl, 1450),
            at(Kind::Embedded, OursInParts, 3000),
            at(Kind::Embedded, S5cmd, 5000),
            at(Kind::Embedded, AwsCli, 6000),
            at(Kind::Embedded, Rclone, 7000),
        ],
        alone: vec![
            ours(1 << 20, 20, 18),
            ours(100 << 20, 120, 20),
            ours(10 << 30, 12_300, 20),
            ours(50 << 30, 60_000, 21),
        ],
        idle_rss_bytes: Some(12 << 20),
        standstill: Standstill {
            frozen_seconds: 600,
            progress_after: Some(1.5),
            aborted_after: Some(31.0),
        },
        only_sizes: false,
    }
}

fn missed(results: &Results) -> Vec<&'static str> {
    let figures = results.figures();
    let missed = figures.iter().filter(|figure| !figure.is_reached());
    missed.map(|figure| figure.name).collect()
}

#[test]
fn a_good_run_reaches_all() {
    assert_eq!(missed(&results()), Vec::<&str>::new());
}

#[test]
fn sizes_alone_have_figures_of_their_own() {
    let mut results = results();
    results.only_sizes = true;
    results
        .rows
        .retain(|row| row.uploader == Uploader::OursInParts);
    results.standstill = Standstill::default();
    assert_eq!(missed(&results), Vec::<&str>::new());
    assert_eq!(results.figures().len(), 3);
    results.alone[3].runs[0].peak_rss_bytes = 23 << 20;
    assert_eq!(missed(&results).len(), 1, "1.15 times that at 1 GiB");
}

#[test]
fn each_figure_can_be_missed() {
    type Spoil = fn(&mut Results);
    let spoil: [(Spoil, usize); 7] = [
        // Ours single at a crawl: both speeds, and both of its processor times.
        (|results| results.rows[0].runs[0].elapsed *= 9, 2),
        (|results| results.rows[0].runs[0].processor *= 9, 2),
        (|results| results.rows[10].runs[0].elapsed *= 2, 1),
        (|results| results.alone[2].runs[0].elapsed *= 2, 1),
        (|results| results.alone[3].runs[0].peak_rss_bytes *= 4, 2),
        (|results| results.standstill = Standstill::default(), 2),
        // A peer that failed.
        (
            |results| results.rows[13].failure = Some("it fell over".to_owned()),
            1,
        ),
    ];
    for (number, (spoil, expected)) in spoil.into_iter().enumerate() {
        let mut results = results();
        spoil(&mut results);
        assert_eq!(
            missed(&results).len(),
            expected,
            "case {number}: {:?}",
            missed(&results)
        );
    }
}

#[test]
fn what_was_not_measured_is_not_reached() {
    let nothing = Results::default();
    assert_eq!(missed(&nothing).len(), nothing.figures().len());
}

#[test]
fn the_fastest_peer_is_none_of_ours() {
    assert_eq!(
        results().fastest_peer(Kind::Embedded),
        Some(Uploader::S5cmd)
    );
    assert_eq!(results().fastest_peer(Kind::Tls), None);
}
