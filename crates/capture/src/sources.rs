//! Where picture and sound come from on each platform, as data: the recorder makes its elements from a row of this table.

use crate::protocol::SoundSource;

/// What draws the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// An X11 server.
    X11,
    /// A Wayland compositor.
    Wayland,
    /// Windows.
    Windows,
    /// macOS.
    MacOs,
}

/// An element of GStreamer, and what it is always told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// Its name.
    pub name: &'static str,
    /// Properties and their values, as `gst-launch-1.0` takes them.
    pub properties: &'static [(&'static str, &'static str)],
}

/// How one of several devices is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceSource {
    /// Gives its sound or picture.
    pub element: Element,
    /// The element's property that takes the device's id.
    pub device: &'static str,
    /// GStreamer's device provider that lists such devices.
    pub provider: &'static str,
}

/// What records on a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sources {
    /// The platform.
    pub platform: Platform,
    /// As people call it.
    pub name: &'static str,
    /// Gives the picture of a screen.
    pub screen: Element,
    /// Gives the sound of a microphone.
    pub microphone: DeviceSource,
    /// Gives what the computer plays; `None` where the system keeps that to itself.
    pub system_sound: Option<DeviceSource>,
    /// Gives the picture of a camera.
    pub camera: DeviceSource,
    /// Whether it has recorded. The others are from the elements' documentation, and are refused.
    pub tried: bool,
}

/// PulseAudio, or PipeWire in its place. What a computer plays is a device, too: an output's monitor.
const PULSE_AUDIO: DeviceSource = DeviceSource {
    element: Element {
        name: "pulsesrc",
        properties: &[("client-name", "Revui")],
    },
    device: "device",
    provider: "pulsedeviceprovider",
};

const VIDEO_FOR_LINUX: DeviceSource = DeviceSource {
    element: Element {
        name: "v4l2src",
        properties: &[],
    },
    device: "device",
    provider: "v4l2deviceprovider",
};

/// All of them.
pub const SOURCES: &[Sources] = &[
    Sources {
        platform: Platform::X11,
        name: "X11",
        // Without damage events: keeping track of them costs more than copying the picture, and it changes all the time when
        // somebody records it.
        screen: Element {
            name: "ximagesrc",
            properties: &[("use-damage", "false"), ("show-pointer", "true")],
        },
        microphone: PULSE_AUDIO,
        system_sound: Some(PULSE_AUDIO),
        camera: VIDEO_FOR_LINUX,
        tried: true,
    },
    // Through the portal's ScreenCast interface, which asks the person and hands out a PipeWire stream.
    Sources {
        platform: Platform::Wayland,
        name: "Wayland",
        screen: Element {
            name: "pipewiresrc",
            properties: &[("do-timestamp", "true")],
        },
        microphone: PULSE_AUDIO,
        system_sound: Some(PULSE_AUDIO),
        camera: VIDEO_FOR_LINUX,
        tried: true,
    },
    Sources {
        platform: Platform::Windows,
        name: "Windows",
        screen: Element {
            name: "d3d11screencapturesrc",
            properties: &[("show-cursor", "true")],
        },
        microphone: DeviceSource {
            element: Element {
                name: "wasapi2src",
                properties: &[],
            },
            device: "device",
            provider: "wasapi2deviceprovider",
        },
        system_sound: Some(DeviceSource {
            element: Element {
                name: "wasapi2src",
                properties: &[("loopback", "true")],
            },
            device: "device",
            provider: "wasapi2deviceprovider",
        }),
        camera: DeviceSource {
            element: Element {
                name: "mfvideosrc",
                properties: &[],
            },
            device: "device-path",
            provider: "mfdeviceprovider",
        },
        tried: false,
    },
    Sources {
        platform: Platform::MacOs,
        name: "macOS",
        screen: Element {
            name: "avfvideosrc",
            properties: &[
                ("capture-screen", "true"),
                ("capture-screen-cursor", "true"),
            ],
        },
        microphone: DeviceSource {
            element: Element {
                name: "osxaudiosrc",
                properties: &[],
            },
            device: "device",
            provider: "osxaudiodeviceprovider",
        },
        system_sound: None,
        camera: DeviceSource {
            element: Element {
                name: "avfvideosrc",
                properties: &[],
            },
            device: "device-index",
            provider: "avfdeviceprovider",
        },
        tried: false,
    },
];

impl Sources {
    /// Those of a platform.
    pub fn of(platform: Platform) -> Option<&'static Self> {
        SOURCES.iter().find(|sources| sources.platform == platform)
    }

    /// What records this kind of sound; `None` where the system keeps it to itself.
    pub fn of_sound(&self, source: SoundSource) -> Option<&DeviceSource> {
        match source {
            SoundSource::Microphone => Some(&self.microphone),
            SoundSource::SystemSound => self.system_sound.as_ref(),
        }
    }
}

impl Platform {
    /// That of this process, as the environment's variables tell; `None` where there is no display. An X11 server that
    /// runs within a Wayland compositor shows nothing of other programs, so that the compositor counts.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        if cfg!(windows) {
            return Some(Self::Windows);
        }
        if cfg!(target_os = "macos") {
            return Some(Self::MacOs);
        }
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        if is_set("WAYLAND_DISPLAY") {
            Some(Self::Wayland)
        } else if is_set("DISPLAY") {
            Some(Self::X11)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_has_one_row() {
        use Platform::{MacOs, Wayland, Windows, X11};
        for platform in [X11, Wayland, Windows, MacOs] {
            let rows = SOURCES.iter().filter(|row| row.platform == platform);
            assert_eq!(rows.count(), 1, "{platform:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_compositor_counts() {
        let platform = |set: &[(&str, &str)]| {
            Platform::of_environment(|name| {
                let found = set.iter().find(|(there, _)| *there == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(platform(&[]), None);
        assert_eq!(platform(&[("DISPLAY", "")]), None);
        assert_eq!(platform(&[("DISPLAY", ":0")]), Some(Platform::X11));
        let both = [("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "wayland-0")];
        assert_eq!(platform(&both), Some(Platform::Wayland));
    }
}
