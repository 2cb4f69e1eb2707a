//! A recording that is sent while it is made.

use super::live::{Live, PART_BYTES, initiated};
use super::*;
use crate::engine::Growth;
use crate::source::Checksum;

#[test]
fn parts_are_cut_from_what_is_final_and_the_first_comes_last() {
    let mut live = Live::begin(Some(in_parts()), false);
    live.grow(199_999);
    live.pass_long();
    assert_eq!(
        live.numbers(),
        [0; 0],
        "no part is final from its first byte to its last"
    );
    live.grow(200_000);
    live.grow(350_000);
    live.pass_long();
    assert_eq!(live.numbers(), [2, 3]);
    live.grow(720_000);
    live.pass_long();
    assert_eq!(live.numbers(), [2, 3, 4, 5, 6, 7]);
    assert!(
        live.sent
            .iter()
            .all(|(_, range)| range.end - range.start == PART_BYTES)
    );
    assert!(live.completion().is_none() && live.initiates()[0].file_size.is_none());

    live.seal(845_000);
    // All that is left goes at once, the first part first.
    assert_eq!(live.numbers()[6..], [1, 8, 9]);
    assert_eq!(live.sent[8].1, 800_000..845_000);
    live.pass_long();
    let request = live.completion().expect("it is completed");
    assert_eq!(
        (request.file_size, request.sha256.as_ref()),
        (845_000, None)
    );
    let parts = request.parts.as_ref().unwrap();
    let named: Vec<_> = parts.iter().map(|part| part.checksum.clone()).collect();
    let stored: Vec<_> = live.stored.values().map(Checksum::digits).collect();
    assert_eq!(named, stored);
    assert!(
        matches!(live.state.goal, Goal::Verify(_, None)),
        "the link is next"
    );
}

#[test]
fn while_it_records_the_line_has_its_rest() {
    let mut live = Live::begin(Some(in_parts()), false);
    live.grow(2_100_000);
    live.pass(SignedDuration::from_secs(100));
    assert_eq!(live.most_at_once, 2, "of six lanes");
    // Two at a time, 7 s on their way and 3 s of rest.
    assert_eq!(live.numbers().len(), 20);
    live.seal(2_150_000);
    live.pass_long();
    assert_eq!(live.most_at_once, 2, "there are no more left");
    let mut live = Live::begin(Some(in_parts()), false);
    live.grow(2_100_000);
    live.seal(2_150_000);
    assert_eq!(live.on_the_way.len(), 6, "as many as the line is good for");
}

#[test]
fn a_backend_that_takes_whole_recordings_only_gets_it_after_the_end() {
    for (uploads, awaits_word) in [
        (None, false),
        (Some(extensions(true)), false),
        (Some(extensions(true)), true),
    ] {
        let mut live = Live::begin(uploads, awaits_word);
        live.grow(500_000);
        assert_eq!(live.waits_for(), Some(WaitCause::Recording));
        let said = snapshot(&live.state, 0, &Speed::default()).phase;
        assert!(
            matches!(said, Phase::Waiting { diagnosis, .. } if diagnosis.message.contains("whole recordings"))
        );
        for event in [
            Event::RetryWanted,
            Event::WokeUp,
            Event::NetworkChanged,
            Event::WaitEnded,
        ] {
            live.feed(event);
            assert_eq!(live.waits_for(), Some(WaitCause::Recording));
        }
        assert_eq!(live.initiates().len(), 0);
        live.seal(510_000);
        if awaits_word {
            assert_eq!(
                (live.waits_for(), live.initiates().len()),
                (Some(WaitCause::Review), 0)
            );
            live.feed(Event::ApproveWanted);
        }
        assert!(live.initiates()[0].multipart.is_none());
        assert!(
            matches!(live.state.goal, Goal::Send(_, Ticket::Single(_))),
            "{:?}",
            live.state.stage
        );
    }
}

#[test]
fn a_recording_under_review_arrives_and_is_not_completed() {
    let reviewed = || {
        let mut live = Live::begin(Some(in_parts()), true);
        live.grow(300_000);
        live.seal(310_000);
        live.pass_long();
        assert_eq!(live.waits_for(), Some(WaitCause::Review));
        assert_eq!((live.stored.len(), live.completion()), (4, None));
        live
    };
    let mut live = reviewed();
    for event in [
        Event::RetryWanted,
        Event::WokeUp,
        Event::NetworkChanged,
        Event::WaitEnded,
    ] {
        live.feed(event);
        assert!(live.completion().is_none());
    }
    live.feed(Event::ApproveWanted);
    assert!(live.completion().is_some());

    let mut live = reviewed();
    live.feed(Event::CancelWanted);
    assert_eq!(
        live.state.stage,
        Stage::Cancelled(Some("recording-1".into()))
    );
    assert!(live.completion().is_none());

    // The word may come before all of it has arrived.
    let mut live = Live::begin(Some(in_parts()), true);
    live.feed(Event::ApproveWanted);
    live.grow(300_000);
    live.seal(310_000);
    live.pass_long();
    assert!(live.completion().is_some());
}

#[test]
fn it_grows_while_nothing_can_be_sent_and_catches_up() {
    let mut live = Live::begin(Some(in_parts()), false);
    live.grow(250_000);
    live.on_the_way.clear();
    live.feed(Event::PartFailed {
        number: 2,
        acknowledged_bytes: 10,
        trouble: Trouble::NoWay,
        diagnosis: Diagnosis::of(Code::ServerUnreachable),
    });
    assert_eq!(live.waits_for(), Some(WaitCause::Network));
    live.grow(450_000);
    live.feed(Event::PauseWanted);
    live.grow(500_000);
    live.seal(505_000);
    assert_eq!(live.waits_for(), Some(WaitCause::Paused));
    assert_eq!(live.numbers(), [2]);
    live.feed(Event::ResumeWanted);
    live.pass_long();
    assert!(live.completion().is_some());
    let mut numbers = live.numbers();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 2, 3, 4, 5, 6]);
}

#[test]
fn one_that_outgrows_its_parts_begins_again_after_its_end() {
    let uploads = UploadCapabilities {
        max_parts: Some(10),
        ..in_parts()
    };
    let mut live = Live::begin(Some(uploads), false);
    live.grow(1_000_000);
    let shown = snapshot(&live.state, 0, &Speed::default());
    assert_eq!(shown.most_bytes, Some(1_000_000));
    assert_eq!(live.given_up, 0);
    live.grow(1_000_001);
    assert_eq!(
        (live.given_up, live.waits_for()),
        (1, Some(WaitCause::Recording))
    );
    live.grow(5_000_000);
    live.pass_long();
    assert_eq!(live.initiates().len(), 1);

    // Larger parts, then: the pass over the whole file begins, as for any other.
    let sealed = Event::Sealed {
        identity: Identity {
            size_bytes: 5_000_000,
            ..job().identity
        },
        duration_seconds: None,
        mended: None,
    };
    let at = Moment {
        time: live.time,
        jitter: 1.0,
    };
    let (mut state, mut effects) = step(live.state.clone(), sealed, at);
    let Some(Effect::Ask(Call::Initiate(request))) = effects.pop() else {
        panic!("{effects:?}");
    };
    assert_ne!(request.idempotency_key, live.initiates()[0].idempotency_key);
    let answer = Box::new(initiated(&request));
    let clock_offset = None;
    (state, effects) = step(
        state,
        Event::Initiated {
            answer,
            clock_offset,
        },
        at,
    );
    let plan = effects.iter().find_map(|effect| match effect {
        Effect::ReadParts { plan, .. } => Some(*plan),
        _ => None,
    });
    assert!(plan.unwrap().count().unwrap() <= 10, "{:?}", state.stage);
}

#[test]
fn what_it_must_not_come_to_is_known_with_its_backend() {
    let few_parts = UploadCapabilities {
        max_parts: Some(10),
        ..in_parts()
    };
    let small_files = UploadCapabilities {
        max_file_size: Some(700_000),
        ..in_parts()
    };
    let most = |live: &Live| snapshot(&live.state, 0, &Speed::default()).most_bytes;
    for (uploads, expected) in [
        (None, wire::MAX_SINGLE_PUT_BYTES),
        (Some(few_parts), 10 * PART_BYTES),
        (Some(small_files), 700_000),
    ] {
        let mut live = Live::begin(uploads, false);
        assert_eq!(most(&live), Some(expected));
        live.grow(300_000);
        assert_eq!(most(&live), Some(expected));
        live.seal(310_000);
        assert_eq!(most(&live), None);
    }
}

/// An answer that got lost is asked for again, and then the recording may be over: it has to be the same request.
#[test]
fn a_repeated_initiate_is_the_same_request() {
    let mut live = Live::begin(None, false);
    live.state.contract = Some(Contract::Extended(in_parts()));
    live.uploads = Some(in_parts());
    live.state.stage = Stage::Working;
    let ask = |state: State| {
        let at = Moment {
            time: start(),
            jitter: 1.0,
        };
        let (_, effects) = step(state, Event::ResumeWanted, at);
        effects.into_iter().find_map(|effect| match effect {
            Effect::Ask(Call::Initiate(request)) => Some(*request),
            _ => None,
        })
    };
    live.state.paused = true;
    let before = ask(live.state.clone()).unwrap();
    live.state.growth = Growth::Sealed;
    live.state.job.identity.size_bytes = 7_000_000;
    assert_eq!(ask(live.state).unwrap(), before);
}

fn story(journal: &[Record]) -> Story {
    let made = Record::Queued {
        job: Box::new(job()),
    };
    let growing = Record::Growing { awaits_word: true };
    let entries = [made, growing].into_iter().chain(journal.iter().cloned());
    Story {
        job: job(),
        entries: entries
            .map(|record| Entry {
                at: start(),
                what: What::Known(record),
            })
            .collect(),
        torn_bytes: 0,
    }
}

#[test]
fn a_log_tells_how_far_it_was() {
    let mut live = Live::begin(Some(in_parts()), true);
    live.grow(450_000);
    live.pass_long();
    let state = State::recall(&story(&live.journal), policy());
    assert!(state.is_recording() && state.awaits_word && !state.is_live);
    let stored = snapshot(&state, 0, &Speed::default());
    assert_eq!(stored.arrived_bytes, 300_000);

    live.seal(460_000);
    live.feed(Event::StopWanted);
    let mut state = State::recall(&story(&live.journal), policy());
    assert_eq!(
        (state.growth, state.size_bytes()),
        (Growth::Sealed, 460_000)
    );
    let Goal::List(_, parts) = &state.goal else {
        panic!("{:?}", state.goal);
    };
    assert_eq!((parts.count(), parts.recorded_bytes()), (5, 300_000));
    assert!(!parts.is_read_singly(), "all of it is compared");
    state.awaits_word = false;
    live.feed(Event::ApproveWanted);
    let approved = [live.journal, vec![Record::Approved]].concat();
    assert!(!State::recall(&story(&approved), policy()).awaits_word);
}

#[test]
fn a_file_that_lost_what_was_sent_of_it_or_went_away_is_said() {
    let mut live = Live::begin(Some(in_parts()), false);
    live.grow(450_000);
    live.seal(399_999);
    assert!(
        matches!(&live.state.stage, Stage::Failed(diagnosis) if diagnosis.code == Code::SourceChanged)
    );

    for uploads in [None, Some(in_parts())] {
        let mut live = Live::begin(uploads, false);
        live.feed(Event::ReadFailed {
            trouble: Trouble::Lasting,
            diagnosis: Diagnosis::of(Code::SourceGone),
        });
        assert_eq!(
            live.state.stage,
            Stage::Failed(Diagnosis::of(Code::SourceGone))
        );
    }
}
