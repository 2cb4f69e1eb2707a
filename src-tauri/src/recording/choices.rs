//! How somebody wants their recordings: kept between starts, and handed to whoever records.

use capture::{Area, Devices, Options, SoundDevice};

use crate::ipc::{Camera, Choices, Failure, Microphone, Recordable, Screen, Target};
use crate::shell::Shell;

/// Their place in the settings.
const KEY: &str = "recording";

/// What was chosen last.
pub(crate) fn last(shell: &Shell) -> Choices {
    shell.own_setting(KEY).unwrap_or_default()
}

/// Keeps them for the next time.
pub(super) fn keep(shell: &Shell, choices: &Choices) -> Result<(), Failure> {
    shell.keep_own_setting(KEY, choices)
}

/// As the recorder takes them.
pub(super) fn options(choices: &Choices) -> Options {
    Options {
        target: target(&choices.target),
        microphone: microphone(&choices.microphone),
        system_sound: choices.system_sound,
        camera: camera(&choices.camera),
        ..Options::default()
    }
}

/// The same of the microphone.
pub(super) fn microphone(microphone: &Microphone) -> capture::Microphone {
    match microphone {
        Microphone::Default => capture::Microphone::Default,
        Microphone::Off => capture::Microphone::Off,
        Microphone::Named { name } => capture::Microphone::Named { name: name.clone() },
    }
}

/// The same of the camera.
pub(super) fn camera(camera: &Camera) -> capture::Camera {
    match camera {
        Camera::Off => capture::Camera::Off,
        Camera::Default => capture::Camera::Default,
        Camera::Named { name } => capture::Camera::Named { name: name.clone() },
    }
}

/// The same of what is seen.
pub(super) fn target(target: &Target) -> capture::Target {
    match target {
        Target::MainScreen => capture::Target::MainScreen,
        Target::Screen { number } => capture::Target::Screen { number: *number },
        Target::Window { title } => capture::Target::Window {
            title: title.clone(),
        },
        &Target::Region {
            x,
            y,
            width,
            height,
        } => capture::Target::Region {
            area: Area {
                x,
                y,
                width,
                height,
            },
        },
    }
}

/// Whether our own window would be in the picture.
pub(super) fn shows_the_desktop(target: &Target) -> bool {
    !matches!(target, Target::Window { .. })
}

/// What there is to choose from. Our own windows are not among it.
pub(super) fn recordable(devices: Devices) -> Recordable {
    let screens = devices.screens.into_iter().map(|screen| Screen {
        number: screen.number,
        name: screen.name,
        x: screen.area.x,
        y: screen.area.y,
        width: screen.area.width,
        height: screen.area.height,
    });
    let ours = |title: &str| title.ends_with(super::bar::PROGRAM);
    let mut windows: Vec<String> = Vec::new();
    for window in devices.windows {
        if !ours(&window.title) && !windows.contains(&window.title) {
            windows.push(window.title);
        }
    }
    let mut microphones = devices.microphones;
    microphones.sort_by_key(|device| !device.is_default);
    let name = |device: &SoundDevice| device.name.clone();
    let outputs = &devices.system_sound;
    let output = outputs.iter().find(|device| device.is_default);
    let cameras = devices.cameras.into_iter().map(|camera| camera.name);
    Recordable {
        screens: screens.collect(),
        windows,
        microphones: microphones.iter().map(name).collect(),
        system_sound: output.or(outputs.first()).map(name),
        cameras: cameras.collect(),
        desktop_asks: devices.desktop_asks,
    }
}
