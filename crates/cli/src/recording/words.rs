//! The words for what happens to a recording.

use capture::Fineness;
use capture::protocol::{Event, SoundSource, Source, StopReason};

use crate::output::{harmless, quantity};

/// A meter has so many cells, from this many decibels up to 0.
const CELLS: u8 = 8;
const QUIETEST: f64 = -48.0;

/// What is told in a line of its own; nothing of what the progress shows, nor of what ends the program by a failure.
pub(super) fn of_event(event: &Event, has_keys: bool) -> Option<String> {
    let name_of = |source: Source, name: &str| {
        let what = match source {
            Source::Screen => "The screen",
            Source::Window => "The window",
            Source::Microphone => "The microphone",
            Source::SystemSound => "The sound of",
            Source::Camera => "The camera",
        };
        format!("{what} “{}”", harmless(name))
    };
    Some(match event {
        Event::Asking => {
            "Your desktop asks what may be recorded: choose it in its dialog.".to_owned()
        }
        Event::Started {
            path,
            width,
            height,
            frames_per_second,
            reduced_from,
            microphone,
            system_sound,
            camera,
        } => {
            let reduced = reduced_from.map(reduced).unwrap_or_default();
            let camera = camera.as_deref().map(of_camera).unwrap_or_default();
            let sound = of_sound(microphone.as_deref(), system_sound.as_deref());
            let path = path.display();
            let keys = if has_keys {
                "p pauses, Ctrl+C stops."
            } else {
                "Ctrl+C stops."
            };
            format!(
                "Recording {width}x{height} at {frames_per_second} pictures a second{reduced}{camera}, {sound}, to {path}. {keys}"
            )
        }
        Event::Paused { elapsed_ms } => {
            let goes_on = if has_keys { " p goes on." } else { "" };
            format!("Paused at {}.{goes_on}", of_length(*elapsed_ms))
        }
        Event::Resumed { .. } => "It goes on.".to_owned(),
        Event::DeviceLost { source, name } => {
            let instead = match source {
                Source::Screen => ", or smaller: what is left of it, or its last picture, is shown",
                Source::Window | Source::Camera => ": its last picture is shown on",
                Source::Microphone | Source::SystemSound => ": there is silence in its place",
            };
            let device = name_of(*source, name);
            format!("{device} is gone{instead} until it is back.")
        }
        Event::DeviceBack { source, name } => format!("{} is back.", name_of(*source, name)),
        Event::DiskLow { minutes_left, .. } => {
            format!(
                "The disk is nearly full: there is room for {}.",
                minutes(*minutes_left)
            )
        }
        Event::SizeNear { minutes_left } => format!(
            "The recording is nearly as large as the server takes one: it ends by itself in {}.",
            minutes(*minutes_left)
        ),
        Event::Stalled { for_ms } => format!(
            "Nothing has been written for {}: this may not be recorded.",
            quantity::span(for_ms / 1000)
        ),
        Event::Stopped {
            duration_ms,
            bytes,
            reason,
            ..
        } => {
            let because = match reason {
                StopReason::DiskLow => " It ended because the disk is nearly full.",
                StopReason::SizeLimit => {
                    " It ended because the server takes no larger one. Record the rest in another."
                }
                _ => "",
            };
            let length = of_length(*duration_ms);
            format!("Recorded {length}, {}.{because}", quantity::size(*bytes))
        }
        _ => return None,
    })
}

fn minutes(minutes: u64) -> String {
    match minutes {
        0 => "less than a minute".to_owned(),
        _ => quantity::span(minutes * 60),
    }
}

fn reduced(from: Fineness) -> String {
    let Fineness {
        width,
        height,
        frames_per_second,
    } = from;
    format!(" instead of {width}x{height} at {frames_per_second}")
}

fn of_camera(name: &str) -> String {
    format!(", with the camera “{}” in its corner", harmless(name))
}

fn of_sound(microphone: Option<&str>, system_sound: Option<&str>) -> String {
    match (microphone, system_sound) {
        (None, None) => "without sound".to_owned(),
        (Some(name), None) => format!("with the microphone “{}”", harmless(name)),
        (None, Some(name)) => format!("with the sound of “{}”", harmless(name)),
        (Some(microphone), Some(output)) => format!(
            "with the microphone “{}” and the sound of “{}”",
            harmless(microphone),
            harmless(output)
        ),
    }
}

/// `0:05  1.2 MB  0.9 MB arrived  mic ▮▮▮▮▮▯▯▯ -18 dB  room for 3 h`.
pub(super) fn of_progress(
    elapsed_ms: u64,
    bytes: u64,
    arrived_bytes: Option<u64>,
    loudness: Option<(SoundSource, f64)>,
    minutes_left: Option<u64>,
) -> String {
    let mut parts = vec![of_length(elapsed_ms), quantity::size(bytes)];
    if let Some(arrived) = arrived_bytes {
        parts.push(format!("{} arrived", quantity::size(arrived)));
    }
    if let Some((source, decibels)) = loudness {
        let name = match source {
            SoundSource::Microphone => "mic",
            SoundSource::SystemSound => "sound",
        };
        parts.push(format!(
            "{name} {} {:.0} dB",
            meter(decibels),
            decibels.max(-99.0)
        ));
    }
    if let Some(minutes) = minutes_left {
        parts.push(format!("room for {}", quantity::span(minutes * 60)));
    }
    parts.join("  ")
}

#[allow(clippy::cast_precision_loss)] // far below 2^53
fn of_length(milliseconds: u64) -> String {
    // Not rounded up: a second is shown once it has passed.
    quantity::length((milliseconds / 1000) as f64)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // from 0 to 8
fn meter(decibels: f64) -> String {
    let share = (1.0 - decibels / QUIETEST).clamp(0.0, 1.0);
    let full = usize::from((share * f64::from(CELLS)).round() as u8);
    "▮".repeat(full) + &"▯".repeat(usize::from(CELLS) - full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_said() {
        let (path, name) = ("/films/a.webm".into(), "Headset".to_owned());
        let events = [
            Event::Asking,
            Event::Started {
                path,
                width: 1280,
                height: 720,
                frames_per_second: 30,
                reduced_from: None,
                microphone: Some(name.clone()),
                system_sound: Some("Speakers".to_owned()),
                camera: Some("Webcam".to_owned()),
            },
            Event::Started {
                path: "talk.webm".into(),
                width: 1280,
                height: 720,
                frames_per_second: 30,
                reduced_from: Some(Fineness {
                    width: 1920,
                    height: 1080,
                    frames_per_second: 30,
                }),
                microphone: None,
                system_sound: None,
                camera: None,
            },
            Event::DeviceLost {
                source: Source::Microphone,
                name: name.clone(),
            },
            Event::DeviceBack {
                source: Source::Microphone,
                name,
            },
            Event::DeviceLost {
                source: Source::Window,
                name: "Notes".to_owned(),
            },
            Event::DeviceLost {
                source: Source::Camera,
                name: "Webcam".to_owned(),
            },
            Event::DeviceLost {
                source: Source::Screen,
                name: "DELL".to_owned(),
            },
            Event::DiskLow {
                free_bytes: 600_000_000,
                minutes_left: 4,
            },
            Event::SizeNear { minutes_left: 4 },
            Event::Stalled { for_ms: 5_000 },
            Event::Paused { elapsed_ms: 61_000 },
            Event::Resumed { elapsed_ms: 61_000 },
            Event::Stopped {
                path: "/films/a.webm".into(),
                duration_ms: 65_900,
                bytes: 12_345_678,
                reason: StopReason::DiskLow,
            },
            Event::Stopped {
                path: "/films/a.webm".into(),
                duration_ms: 65_900,
                bytes: 12_345_678,
                reason: StopReason::SizeLimit,
            },
        ];
        let said: Vec<_> = events
            .iter()
            .filter_map(|event| of_event(event, true))
            .collect();
        insta::assert_snapshot!("events", said.join("\n"));
    }

    #[test]
    fn progress_is_a_line() {
        let voice = Some((SoundSource::Microphone, -18.4));
        insta::assert_snapshot!(
            "progress",
            [
                of_progress(900, 0, None, None, None),
                of_progress(5_900, 1_234_567, Some(1_000_000), voice, Some(190)),
                of_progress(
                    3_600_000,
                    1,
                    None,
                    Some((SoundSource::SystemSound, -200.0)),
                    Some(0)
                ),
            ]
            .join("\n")
        );
    }
}
