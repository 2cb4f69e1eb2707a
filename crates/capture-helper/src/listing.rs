//! Sound devices and cameras, as GStreamer's device providers know them.

use capture::{CameraDevice, DeviceSource, SoundDevice, Sources};
use gst::prelude::*;
use gstreamer as gst;

use crate::camera::test_picture;

/// What can be heard.
#[derive(Debug, Default)]
pub(crate) struct Sounds {
    pub(crate) microphones: Vec<SoundDevice>,
    pub(crate) system_sound: Vec<SoundDevice>,
}

/// What PulseAudio puts before the name of an output to name its sound.
const MONITOR_OF: &str = "Monitor of ";

/// Microphones, and the outputs whose sound can be recorded; none where no sound server answers.
pub(crate) fn sounds(sources: &Sources) -> Sounds {
    let mut sounds = Sounds::default();
    let by = &sources.microphone;
    for device in devices(by.provider, "Audio/Source") {
        let Some(id) = id_of(&device, by) else {
            continue;
        };
        let properties = device.properties();
        let told = |name: &str| {
            let properties = properties.as_ref()?;
            properties.get::<String>(name).ok()
        };
        let is_default = properties
            .as_ref()
            .and_then(|properties| properties.get::<bool>("is-default").ok())
            .unwrap_or_default();
        let name = device.display_name().to_string();
        let (list, name) = if told("device.class").as_deref() == Some("monitor") {
            let output = name.strip_prefix(MONITOR_OF).unwrap_or(&name).to_owned();
            (&mut sounds.system_sound, output)
        } else {
            (&mut sounds.microphones, name)
        };
        list.push(SoundDevice {
            name,
            id,
            is_default,
            probed: None,
        });
    }
    // The sound of the output that everything is played on.
    let output = devices(by.provider, "Audio/Sink")
        .into_iter()
        .find(|device| {
            let properties = device.properties();
            properties.is_some_and(|properties| properties.get("is-default") == Ok(true))
        });
    if let Some(output) = output {
        let output = output.display_name();
        for sound in &mut sounds.system_sound {
            sound.is_default = sound.name == output;
        }
    }
    sounds
}

/// Cameras; behind them the one that is none, where it is asked for.
pub(crate) fn cameras(sources: &Sources) -> Vec<CameraDevice> {
    let by = &sources.camera;
    devices(by.provider, "Video/Source")
        .iter()
        .filter_map(|device| {
            Some(CameraDevice {
                name: device.display_name().to_string(),
                id: id_of(device, by)?,
                probed: None,
            })
        })
        .chain(test_picture::listed())
        .collect()
}

/// The devices of a class as they are now, from the provider of the element that we record them with. PipeWire's own is not
/// among these: it hides theirs, and crashed in most listings (0.3.65).
fn devices(provider: &str, class: &str) -> Vec<gst::Device> {
    // A computer without the plugin has none that could be recorded.
    let Some(provider) = gst::DeviceProviderFactory::by_name(provider) else {
        return Vec::new();
    };
    // Only one that was started knows which are the defaults. Where no sound server answers there is nothing to list.
    let started = provider.start().is_ok();
    let devices = provider.devices().into_iter();
    let devices = devices.filter(|device| device.has_classes(class)).collect();
    if started {
        provider.stop();
    }
    devices
}

/// By what name the element knows it; `None` where it is another element's device.
fn id_of(device: &gst::Device, by: &DeviceSource) -> Option<String> {
    let source = device.create_element(None).ok()?;
    let is_its = source
        .factory()
        .is_some_and(|factory| factory.name() == by.element.name);
    is_its.then(|| source.property::<Option<String>>(by.device))?
}
