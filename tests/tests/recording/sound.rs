//! Sound: a voice and what the computer plays, each a tone that is found again in the file.

use serde_json::json;
use world::Finished;

use crate::film::{Film, samples_of, tone};
use crate::helper::Helper;
use crate::pattern::Pattern;
use crate::stage::{HEADSET, MICROPHONE, SPEAKERS, Stage, stage_or_skip};

/// A tone that is there, and one that is not. The sound server's tones are loud.
const HEARD: f64 = 0.05;
const NOT_HEARD: f64 = 0.005;

/// How often this source was told to be heard.
fn levels(ended: &Finished, source: &str) -> usize {
    let mut events = ended.events();
    events.retain(|event| event["event"] == "level" && event["source"] == source);
    let is_loud = |event: &&serde_json::Value| event["rmsDecibels"].as_f64() > Some(-40.0);
    events.iter().filter(is_loud).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn voice_and_music_are_both_in_the_file() {
    stage_or_skip!("voice_and_music_are_both_in_the_file");
    let mut stage = Stage::start().await;
    stage
        .start_sound(&[&SPEAKERS[..], &MICROPHONE].concat())
        .await;
    let _pattern = Pattern::show(&stage);
    for (choice, voice, music) in [
        (&["--system-sound"][..], true, true),
        (&["--mic", "headset"], true, false),
        (&["--mic", "none", "--system-sound"], false, true),
    ] {
        let file = stage.file(&format!("{voice}-{music}.webm"));
        let arguments = ["record", file.to_str().unwrap(), "--seconds", "3", "--json"];
        let arguments = arguments.iter().chain(choice);
        let ended = stage.revui().run(arguments).await.exits(0);
        let started = ended.event("started");
        assert_eq!(started["microphone"].is_string(), voice, "{started}");
        assert_eq!(
            started["systemSound"] == "Desk speakers",
            music,
            "{started}"
        );
        for (source, there) in [("microphone", voice), ("systemSound", music)] {
            // Ten a second, but for the device's own beginning.
            let told = levels(&ended, source);
            assert_eq!((15..=35).contains(&told), there, "{source}: {told}");
        }
        let film = Film::of(&file).await;
        assert_eq!(film.codecs(), ["vp9", "opus"]);
        film.has_no_gap();
        let duration = film.duration_ms().unwrap();
        assert!((2950..=3050).contains(&duration), "{duration} ms");
        // Its last two seconds: a device takes a moment to be heard.
        let samples = film.samples().await;
        assert!(
            samples.len() >= samples_of(2_900),
            "{} samples",
            samples.len()
        );
        let end = &samples[samples_of(900)..];
        for (hertz, there) in [(440.0, voice), (880.0, music), (660.0, false)] {
            let strength = tone(end, hertz);
            let as_wanted = if there {
                strength > HEARD
            } else {
                strength < NOT_HEARD
            };
            assert!(as_wanted, "{choice:?}: {hertz} Hz: {strength}");
        }
    }
}

/// A microphone that somebody else records already is heard all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_microphone_in_use_is_shared() {
    stage_or_skip!("a_microphone_in_use_is_shared");
    let mut stage = Stage::start().await;
    stage.start_sound(&MICROPHONE).await;
    let _pattern = Pattern::show(&stage);
    let revui = stage.revui();
    let start = |file: &std::path::Path| {
        let arguments = ["record", file.to_str().unwrap(), "--mic", "headset"];
        let arguments = arguments.into_iter().chain(["--seconds", "3", "--json"]);
        revui.start(arguments)
    };
    let files = [stage.file("a.webm"), stage.file("b.webm")];
    let mut first = start(&files[0]);
    first
        .event("its voice", |event| event["event"] == "level")
        .await;
    let second = start(&files[1]);
    second.finish().await.exits(0);
    first.finish().await.exits(0);
    for file in files {
        let samples = Film::of(&file).await.samples().await;
        let strength = tone(&samples[samples_of(900)..], 440.0);
        assert!(strength > HEARD, "{}: {strength}", file.display());
    }
}

/// No two clocks are one: what a device says to be a second is not quite one, and after half an hour the voice of a person
/// would be heard before the lips move, or after.
#[tokio::test(flavor = "multi_thread")]
async fn sound_keeps_the_time_of_the_picture_whatever_the_clock_of_its_device() {
    stage_or_skip!("sound_keeps_the_time_of_the_picture_whatever_the_clock_of_its_device");
    let mut stage = Stage::start().await;
    stage.start_sound(&SPEAKERS[..1]).await;
    let _pattern = Pattern::show(&stage);
    let clocks = [("fast", 1.02), ("slow", 0.98)];
    let mut recordings = Vec::new();
    for (name, faster) in clocks {
        stage.plug_in(name, faster).await;
        let file = stage.file(&format!("{name}.webm"));
        let arguments = ["record", file.to_str().unwrap(), "--mic", name];
        let arguments = arguments.into_iter().chain(["--seconds", "15"]);
        recordings.push((name, faster, stage.revui().start(arguments), file));
    }
    for (name, faster, recording, file) in recordings {
        recording.finish().await.exits(0);
        let beeps = Film::of(&file).await.beeps_ms().await;
        assert!((13..=16).contains(&beeps.len()), "{name}: {beeps:?}");
        for (number, beep) in (0_u32..).zip(&beeps) {
            // Counted by its samples alone, the last would be 0.3 s from where it belongs.
            let due = f64::from(number) * 1000.0 / faster;
            #[allow(clippy::cast_precision_loss, reason = "some milliseconds")]
            let apart = (beep - beeps[0]) as f64 - due;
            assert!(
                apart.abs() < 60.0,
                "{name}: {apart} ms at {number}: {beeps:?}"
            );
        }
    }
}

/// A microphone that is pulled out is silence until it is plugged in again.
#[tokio::test(flavor = "multi_thread")]
async fn a_microphone_may_go_and_come_back() {
    stage_or_skip!("a_microphone_may_go_and_come_back");
    let mut stage = Stage::start().await;
    // The speakers' own sound stays, and is not taken for the voice.
    stage
        .start_sound(&[&SPEAKERS[..], &MICROPHONE[..2]].concat())
        .await;
    let plug_in: Vec<_> = ["load-module"]
        .into_iter()
        .chain(MICROPHONE[2].splitn(4, ' '))
        .collect();
    let (plugged_in, module) = stage.pactl(&plug_in).await;
    assert!(plugged_in);
    let _pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    let arguments = [
        "record",
        file.to_str().unwrap(),
        "--mic",
        "headset",
        "--json",
    ];
    let mut running = stage.revui().start(arguments);
    let reaches = |milliseconds| {
        move |event: &serde_json::Value| {
            event["event"] == "progress" && event["elapsedMs"].as_u64() >= Some(milliseconds)
        }
    };
    running.event("a second", reaches(1_500)).await;
    stage.pactl(&["unload-module", &module]).await;
    let lost = running
        .event("its loss", |event| event["event"] == "deviceLost")
        .await;
    assert_eq!(lost["source"], "microphone", "{lost}");
    stage.pactl(&plug_in).await;
    let back = running
        .event("its return", |event| event["event"] == "deviceBack")
        .await;
    assert_eq!(back["name"], lost["name"]);
    let progress = running.event("progress", reaches(0)).await;
    let back_at = progress["elapsedMs"].as_u64().unwrap();
    running.event("two more", reaches(back_at + 2_000)).await;
    running.signal("INT").await;
    running.finish().await.exits(0);

    let film = Film::of(&file).await;
    film.has_no_gap();
    let samples = film.samples().await;
    let pieces: Vec<_> = samples.chunks_exact(samples_of(100)).collect();
    let is_silent = |piece: &&&[f32]| piece.iter().all(|sample| sample.abs() < 0.01);
    let silent = pieces.iter().filter(is_silent).count();
    assert!(silent >= 5, "{silent} tenths of a second of silence");
    for (what, piece) in [
        ("before", &samples[samples_of(700)..samples_of(1_200)]),
        ("after", &samples[samples.len() - samples_of(500)..]),
    ] {
        assert!(tone(piece, 440.0) > HEARD, "{what}: {}", tone(piece, 440.0));
        assert!(
            tone(piece, 880.0) < NOT_HEARD,
            "{what}: the speakers are heard"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_have_the_names_that_people_know() {
    stage_or_skip!("devices_have_the_names_that_people_know");
    let mut stage = Stage::start().await;
    stage
        .start_sound(&[&SPEAKERS[..], &MICROPHONE].concat())
        .await;
    let _pattern = Pattern::show(&stage);
    let listed = stage.revui().run(["devices", "--probe", "--json"]).await;
    let listed: serde_json::Value = serde_json::from_str(&listed.exits(0).stdout).unwrap();
    let works = serde_json::json!({"result": "works"});
    for (list, name) in [
        ("windows", "Time on the wall"),
        ("microphones", HEADSET),
        ("systemSound", "Desk speakers"),
    ] {
        let devices = listed[list].as_array().unwrap();
        let mut named = devices.iter();
        let device = named.find(|device| device["name"] == name || device["title"] == name);
        let device = device.unwrap_or_else(|| panic!("no {name} in {listed}"));
        assert_eq!(device["probed"], works, "{device}");
    }
    let screen = &listed["screens"][0];
    assert_eq!(
        (&screen["number"], &screen["width"]),
        (&1.into(), &640.into()),
        "{screen}"
    );
    assert_eq!(screen["probed"], works, "{screen}");
    let text = stage.revui().run(["devices"]).await.exits(0).stdout;
    assert!(
        text.contains("  Headset microphone, the default\n"),
        "{text}"
    );
    assert!(text.contains("  Desk speakers, the default\n"), "{text}");
}

/// Opened until it is heard, and closed: nothing of it is recorded, and the same helper may be asked again.
#[tokio::test(flavor = "multi_thread")]
async fn a_microphone_can_be_heard_before_the_start() {
    stage_or_skip!("a_microphone_can_be_heard_before_the_start");
    let mut stage = Stage::start().await;
    stage.start_sound(&MICROPHONE).await;
    let mut helper = Helper::start(&stage).await;
    let asked = |microphone: serde_json::Value| json!({"command": "probeMicrophone", "microphone": microphone});
    for (wanted, suspended, code) in [
        (json!({"kind": "default"}), "0", None),
        (json!({"kind": "off"}), "0", None),
        (
            json!({"kind": "named", "name": "Studio"}),
            "0",
            Some("unknown_microphone"),
        ),
        (json!({"kind": "default"}), "1", Some("device_unusable")),
        (json!({"kind": "named", "name": HEADSET}), "0", None),
    ] {
        stage.pactl(&["suspend-source", "headset", suspended]).await;
        helper.tell(&asked(wanted.clone())).await;
        let is_answer =
            |event: &serde_json::Value| event["event"] == "probed" || event["event"] == "failed";
        let answer = helper.event_like("an answer", is_answer).await;
        assert_eq!(answer["code"].as_str(), code, "{wanted}: {answer}");
    }
}
