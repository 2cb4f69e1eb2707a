//! Sound: a silence that never ends, and over it what is heard. A device that goes leaves the silence, and one that comes
//! back is mixed in again, while the recording goes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use capture::protocol::SoundSource;
use capture::{DeviceSource, SoundDevice};
use gst::prelude::*;
use gstreamer as gst;

use crate::encoding::SOUND_CAPS;
use crate::inbox::Input;
use crate::picture::caps_filter;
use crate::plugins;
use crate::trouble::Trouble;

/// Ten a second are enough for a meter to look alive.
const LEVEL_EVERY: gst::ClockTime = gst::ClockTime::from_mseconds(100);
/// The mixer waits so long for a source: sound servers hand out what they hear in pieces.
const MIXING_LATENCY: gst::ClockTime = gst::ClockTime::from_mseconds(200);
/// How much a sound server is asked to hand out at once, and to keep for a program that is late.
const PIECE_MICROSECONDS: i64 = 20_000;
const KEPT_MICROSECONDS: i64 = 400_000;
/// A device's clock runs a little faster or slower than the recording's. Once its sound is so far from its time, and stays
/// there for a second, the mixer leaves out or adds that much.
const FURTHEST_FROM_ITS_TIME: gst::ClockTime = gst::ClockTime::from_mseconds(20);
/// As quiet as is told.
const QUIETEST: f64 = -200.0;

/// What is heard, while it can be.
pub(crate) struct SoundInput {
    pub(crate) source: SoundSource,
    pub(crate) device: SoundDevice,
    bin: gst::Bin,
    mixed: gst::Pad,
}

/// Silence and the mixer, in their order.
pub(crate) fn bed() -> Result<(Vec<gst::Element>, gst::Element), Trouble> {
    let silence = gst::ElementFactory::make("audiotestsrc")
        .property("is-live", true)
        .property_from_str("wave", "silence")
        .property("samplesperbuffer", 480_i32)
        .build()?;
    let mixer = gst::ElementFactory::make("audiomixer")
        .property("latency", MIXING_LATENCY.nseconds())
        .property("alignment-threshold", FURTHEST_FROM_ITS_TIME.nseconds())
        .build()?;
    wait_for_no_device(&silence, &mixer);
    let elements = vec![
        silence,
        caps_filter(SOUND_CAPS)?,
        mixer.clone(),
        caps_filter(SOUND_CAPS)?,
    ];
    Ok((elements, mixer))
}

/// What has given nothing yet is not waited for: a device takes its time. But not before the silence is in the mixer: one
/// whose inputs have all given nothing takes itself to be at its end, and a busy computer may be late with the silence, too.
fn wait_for_no_device(silence: &gst::Element, mixer: &gst::Element) {
    let Some(way_out) = silence.static_pad("src") else {
        return;
    };
    let mixer = mixer.downgrade();
    let is_second = AtomicBool::new(false);
    way_out.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
        // The first is still on its way.
        if !is_second.swap(true, Ordering::Relaxed) {
            return gst::PadProbeReturn::Ok;
        }
        if let Some(mixer) = mixer.upgrade() {
            mixer.set_property("ignore-inactive-pads", true);
        }
        gst::PadProbeReturn::Remove
    });
}

/// A device of the sound server. Not by its clock: a device that goes would take the recording's time with it. And each piece
/// has the time at which it came, where counting its samples would make the device's clock the sound's.
pub(crate) fn device_source(by: &DeviceSource, device: &str) -> Result<gst::Element, Trouble> {
    let source = plugins::make(by.element)?;
    source.set_property_from_str(by.device, device);
    source.set_property("provide-clock", false);
    source.set_property_from_str("slave-method", "re-timestamp");
    source.set_property("latency-time", PIECE_MICROSECONDS);
    source.set_property("buffer-time", KEPT_MICROSECONDS);
    Ok(source)
}

impl SoundInput {
    /// Mixes a device in.
    pub(crate) fn add(
        pipeline: &gst::Pipeline,
        mixer: &gst::Element,
        (source, by): (SoundSource, &DeviceSource),
        device: SoundDevice,
        told: &Sender<Input>,
    ) -> Result<Self, Trouble> {
        let microphone = device_source(by, &device.id)?;
        report_moves(&microphone, source, &device.id, told);
        let elements = [
            microphone,
            gst::ElementFactory::make("audioconvert").build()?,
            gst::ElementFactory::make("audioresample").build()?,
            caps_filter(SOUND_CAPS)?,
            gst::ElementFactory::make("level")
                .property("interval", LEVEL_EVERY.nseconds())
                .build()?,
        ];
        let bin = gst::Bin::new();
        bin.add_many(&elements)?;
        gst::Element::link_many(&elements)?;
        let [.., level] = &elements;
        let Some(end) = level.static_pad("src") else {
            return Err(gst::glib::bool_error!("a level without a pad").into());
        };
        let way_out = gst::GhostPad::with_target(&end)?;
        // A device that fails ends its stream. The recording goes on.
        way_out.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, |_, info| {
            match info.event().map(|event| event.type_()) {
                Some(gst::EventType::Eos) => gst::PadProbeReturn::Handled,
                _ => gst::PadProbeReturn::Ok,
            }
        });
        bin.add_pad(&way_out)?;
        pipeline.add(&bin)?;
        let Some(mixed) = mixer.request_pad_simple("sink_%u") else {
            return Err(gst::glib::bool_error!("a mixer without room").into());
        };
        let input = Self {
            source,
            device,
            bin,
            mixed,
        };
        let begun =
            way_out.link(&input.mixed).is_ok() && input.bin.sync_state_with_parent().is_ok();
        if begun {
            Ok(input)
        } else {
            let said = input.device.name.clone();
            input.remove(pipeline, mixer);
            Err(Trouble::Element {
                element: by.element.name.to_owned(),
                said,
                details: "it cannot be opened".to_owned(),
            })
        }
    }

    /// Whether this element is one of its.
    pub(crate) fn has(&self, element: &gst::Object) -> bool {
        element.has_as_ancestor(&self.bin)
    }

    /// Leaves silence in its place.
    pub(crate) fn remove(self, pipeline: &gst::Pipeline, mixer: &gst::Element) {
        // The mixer's pad first: a stream that waits to be mixed could not be stopped.
        mixer.release_request_pad(&self.mixed);
        let _ = self.bin.set_state(gst::State::Null);
        let _ = pipeline.remove(&self.bin);
    }
}

/// A sound server gives a stream whose device went another one, without a word. What somebody plays is no voice.
fn report_moves(element: &gst::Element, source: SoundSource, device: &str, told: &Sender<Input>) {
    let (device, told) = (device.to_owned(), told.clone());
    element.connect_notify(Some("current-device"), move |element, _| {
        let current = element.property::<Option<String>>("current-device");
        if current.is_some_and(|current| current != device) {
            let _ = told.send(Input::Moved(source));
        }
    });
}

/// Root mean square and peak of a `level` message, each of the louder channel, in decibels.
pub(crate) fn levels(message: &gst::StructureRef) -> Option<(f64, f64)> {
    let loudest = |name: &str| {
        let channels = message.get::<gst::glib::ValueArray>(name).ok()?;
        let levels = channels.iter().filter_map(|level| level.get::<f64>().ok());
        levels.reduce(f64::max).map(|level| level.max(QUIETEST))
    };
    (message.name() == "level")
        .then(|| Some((loudest("rms")?, loudest("peak")?)))
        .flatten()
}
