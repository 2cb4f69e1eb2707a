//! Whether a device can be opened: it is, until it gives a first picture or sound.

use std::sync::mpsc;

use capture::protocol::SoundSource;
use capture::{DeviceSource, Devices, Probed, SoundDevice, Sources};
use gst::prelude::*;
use gstreamer as gst;

use crate::trouble::Trouble;
use crate::window::WindowFrames;
use crate::{camera, picture, sound};

/// A display or a sound server that is busy may take a while.
const WITHIN: gst::ClockTime = gst::ClockTime::from_seconds(5);

/// Opens each of them.
pub(crate) fn probe(devices: &mut Devices, sources: &'static Sources) {
    // Opening these asks a person.
    let is_asked = devices.desktop_asks;
    for screen in devices.screens.iter_mut().filter(|_| !is_asked) {
        screen.probed = Some(probed(
            picture::screen(sources.screen, screen.area).and_then(|source| opens(&source)),
        ));
    }
    for window in devices.windows.iter_mut().filter(|_| !is_asked) {
        let (nobody, _) = mpsc::channel();
        let opened = WindowFrames::open(window, 1, nobody);
        window.probed = Some(probed(opened.map(drop)));
    }
    for (source, listed) in [
        (SoundSource::Microphone, &mut devices.microphones),
        (SoundSource::SystemSound, &mut devices.system_sound),
    ] {
        let Some(source) = sources.of_sound(source) else {
            continue;
        };
        for device in listed {
            device.probed = Some(probed(opens_sound(source, device)));
        }
    }
    for device in &mut devices.cameras {
        device.probed = Some(probed(camera::probe(device, sources)));
    }
}

/// Opens one whose sound is wanted.
pub(crate) fn hear(by: &DeviceSource, device: &SoundDevice) -> Result<(), Trouble> {
    opens_sound(by, device).map_err(|why| Trouble::NotHeard {
        name: device.name.clone(),
        why: why.into(),
    })
}

fn opens_sound(by: &DeviceSource, device: &SoundDevice) -> Result<(), Trouble> {
    sound::device_source(by, &device.id).and_then(|source| opens(&source))
}

fn probed(opened: Result<(), Trouble>) -> Probed {
    match opened {
        Ok(()) => Probed::Works,
        Err(trouble) => Probed::Fails {
            reason: trouble.to_string(),
        },
    }
}

fn opens(source: &gst::Element) -> Result<(), Trouble> {
    let sink = gst::ElementFactory::make("fakesink")
        .property("num-buffers", 1_i32)
        .build()?;
    let pipeline = gst::Pipeline::new();
    pipeline.add_many([source, &sink])?;
    source.link(&sink)?;
    let began = pipeline.set_state(gst::State::Playing);
    let wanted = [gst::MessageType::Eos, gst::MessageType::Error];
    let said = pipeline
        .bus()
        .and_then(|bus| bus.timed_pop_filtered(WITHIN, &wanted));
    let _ = pipeline.set_state(gst::State::Null);
    match said.as_ref().map(|message| message.view()) {
        Some(gst::MessageView::Error(error)) => Err(Trouble::Element {
            element: source.name().to_string(),
            said: error.error().to_string(),
            details: error
                .debug()
                .map(|debug| debug.to_string())
                .unwrap_or_default(),
        }),
        Some(_) => Ok(()),
        None => began
            .map(drop)
            .map_err(Trouble::from)
            .and(Err(Trouble::NoPicture)),
    }
}
