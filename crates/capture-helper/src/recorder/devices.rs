//! Devices that go away and come back while it records.

use std::time::{Duration, Instant};

use capture::SoundDevice;
use capture::protocol::{Event, SoundSource, Source};

use super::Recorder;
use crate::listing;
use crate::outlet::{note, tell};
use crate::plan::Picture;
use crate::portal::Kind;

/// How often is looked whether a device is back.
const BACK_EVERY: Duration = Duration::from_secs(2);

/// A device that is not there.
pub(super) struct Lost {
    source: SoundSource,
    device: SoundDevice,
    look_at: Instant,
}

impl Recorder<'_> {
    pub(super) fn add_sounds(&mut self) {
        let wanted = [
            (SoundSource::Microphone, self.plan.microphone.clone()),
            (SoundSource::SystemSound, self.plan.system_sound.clone()),
        ];
        for (source, device) in wanted {
            let Some(device) = device else { continue };
            if let Err(trouble) = self.pipeline.add_sound(source, &device) {
                note(&trouble.to_string());
                self.lose(source, device);
            }
        }
    }

    pub(super) fn lose(&mut self, source: SoundSource, device: SoundDevice) {
        tell(&Event::DeviceLost {
            source: source.into(),
            name: device.name.clone(),
        });
        self.lost.push(Lost {
            source,
            device,
            look_at: Instant::now() + BACK_EVERY,
        });
    }

    pub(super) fn window_seen(&self, seen: bool) {
        if let Picture::Window(window) = &self.plan.picture {
            tell_seen(Source::Window, window.title.clone(), seen);
        }
    }

    pub(super) fn camera_seen(&self, seen: bool) {
        if let Some(camera) = &self.plan.camera {
            tell_seen(Source::Camera, camera.name.clone(), seen);
        }
    }

    pub(super) fn desktop_seen(&self, seen: bool) {
        let Picture::Cast(cast) = &self.plan.picture else {
            return;
        };
        let (source, name) = match cast.kind() {
            Kind::Screen => (Source::Screen, "Screen".to_owned()),
            Kind::Window => (Source::Window, "Window".to_owned()),
        };
        tell_seen(source, name, seen);
    }

    pub(super) fn look_for_lost(&mut self, now: Instant) {
        let due: Vec<_> = self
            .lost
            .extract_if(.., |lost| lost.look_at <= now)
            .collect();
        if due.is_empty() {
            return;
        }
        let sounds = listing::sounds(self.plan.sources);
        for mut lost in due {
            let there = match lost.source {
                SoundSource::Microphone => &sounds.microphones,
                SoundSource::SystemSound => &sounds.system_sound,
            };
            let is_back = there.iter().any(|device| device.id == lost.device.id)
                && self.pipeline.add_sound(lost.source, &lost.device).is_ok();
            if is_back {
                tell(&Event::DeviceBack {
                    source: lost.source.into(),
                    name: lost.device.name,
                });
            } else {
                lost.look_at = now + BACK_EVERY;
                self.lost.push(lost);
            }
        }
    }
}

pub(super) fn tell_seen(source: Source, name: String, seen: bool) {
    tell(&if seen {
        Event::DeviceBack { source, name }
    } else {
        Event::DeviceLost { source, name }
    });
}
