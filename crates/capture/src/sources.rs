//! Where picture and sound come from on each platform, as data.

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

/// The GStreamer elements that record on a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sources {
    /// The platform.
    pub platform: Platform,
    /// As people call it.
    pub name: &'static str,
    /// Gives the picture of a screen.
    pub screen: &'static str,
    /// Gives the sound of a microphone.
    pub microphone: &'static str,
    /// Gives what the computer plays; `None` where the system keeps that to itself.
    pub system_sound: Option<&'static str>,
    /// Gives the picture of a camera.
    pub camera: &'static str,
    /// Whether it has recorded. The others are from the elements' documentation, and are refused.
    pub tried: bool,
}

/// All of them.
pub const SOURCES: &[Sources] = &[
    Sources {
        platform: Platform::X11,
        name: "X11",
        screen: "ximagesrc",
        microphone: "pulsesrc",
        system_sound: Some("pulsesrc"),
        camera: "v4l2src",
        tried: true,
    },
    // Through the portal's ScreenCast interface, which asks the person and hands out a PipeWire stream.
    Sources {
        platform: Platform::Wayland,
        name: "Wayland",
        screen: "pipewiresrc",
        microphone: "pulsesrc",
        system_sound: Some("pulsesrc"),
        camera: "v4l2src",
        tried: true,
    },
    Sources {
        platform: Platform::Windows,
        name: "Windows",
        screen: "d3d11screencapturesrc",
        microphone: "wasapi2src",
        // The same with `loopback=true`.
        system_sound: Some("wasapi2src"),
        camera: "mfvideosrc",
        tried: false,
    },
    // The screen by `capture-screen=true`.
    Sources {
        platform: Platform::MacOs,
        name: "macOS",
        screen: "avfvideosrc",
        microphone: "osxaudiosrc",
        system_sound: None,
        camera: "avfvideosrc",
        tried: false,
    },
];

impl Sources {
    /// Those of a platform.
    pub fn of(platform: Platform) -> Option<&'static Self> {
        SOURCES.iter().find(|sources| sources.platform == platform)
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
