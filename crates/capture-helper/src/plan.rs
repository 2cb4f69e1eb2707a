//! From names to devices: what exactly is to be recorded.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

use capture::{
    Area, Camera, CameraDevice, Microphone, Options, Quality, SoundDevice, Sources, Target, Window,
};

use crate::camera::{CameraTrouble, test_picture};
use crate::desktop::Desktop;
use crate::inbox::Input;
use crate::names::find;
use crate::portal::{self, Cast};
use crate::trouble::Trouble;
use crate::{listing, plugins};

/// What is recorded.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) sources: &'static Sources,
    pub(crate) picture: Picture,
    pub(crate) frames_per_second: u32,
    pub(crate) quality: Quality,
    pub(crate) microphone: Option<SoundDevice>,
    pub(crate) system_sound: Option<SoundDevice>,
    pub(crate) camera: Option<CameraDevice>,
    pub(crate) limit: Option<Duration>,
}

/// Where the picture comes from.
#[derive(Debug, Clone)]
pub(crate) enum Picture {
    /// A part of the desktop, or all of it.
    Desktop(Area),
    /// One window.
    Window(Window),
    /// What its person has let the desktop show.
    Cast(Arc<Cast>),
}

impl Plan {
    /// What these options mean on this computer now. Where the desktop asks its person first, that is waited for.
    pub(crate) fn of(
        options: &Options,
        sources: &'static Sources,
        queue: (&Sender<Input>, &Receiver<Input>),
    ) -> Result<Self, Trouble> {
        if !(1..=60).contains(&options.frames_per_second) {
            return Err(Trouble::FrameRate(options.frames_per_second));
        }
        let wants_sound = options.microphone != Microphone::Off || options.system_sound;
        let sounds = if wants_sound {
            listing::sounds(sources)
        } else {
            listing::Sounds::default()
        };
        let microphone = microphone(&sounds.microphones, &options.microphone)?;
        let system_sound = if options.system_sound {
            Some(default_of(&sounds.system_sound).ok_or(Trouble::NoSystemSound)?)
        } else {
            None
        };
        let camera = camera(&options.camera, sources)?;
        // Nobody is asked about what cannot be recorded anyway.
        let picture = if portal::is_the_way() {
            Picture::Cast(portal::ask(&options.target, queue)?)
        } else {
            picture(&Desktop::open()?, &options.target)?
        };
        Ok(Self {
            sources,
            picture,
            frames_per_second: options.frames_per_second,
            quality: options.quality,
            microphone,
            system_sound,
            camera,
            limit: options.limit_ms.map(Duration::from_millis),
        })
    }

    /// Whether it has a sound.
    pub(crate) fn has_sound(&self) -> bool {
        self.microphone.is_some() || self.system_sound.is_some()
    }
}

/// The picture that a target means now.
pub(crate) fn picture(desktop: &Desktop, target: &Target) -> Result<Picture, Trouble> {
    let screen = |number: u32| {
        let screens = desktop.screens()?;
        let screen = screens.iter().find(|screen| screen.number == number);
        match screen {
            Some(screen) => Ok(Picture::Desktop(screen.area.even())),
            None => Err(Trouble::UnknownScreen {
                number,
                screens: screens.len(),
            }),
        }
    };
    match target {
        Target::MainScreen => screen(1),
        Target::Screen { number } => screen(*number),
        Target::Window { title } => {
            let windows = desktop.windows()?;
            let window = find(&windows, title, |window| &window.title);
            match window {
                Ok(window) => Ok(Picture::Window(window.clone())),
                Err(found) => Err(Trouble::UnknownWindow {
                    title: title.clone(),
                    found,
                    titles: windows.into_iter().map(|window| window.title).collect(),
                }),
            }
        }
        Target::Region { area } if desktop.whole().contains(area) => {
            Ok(Picture::Desktop(area.even()))
        }
        Target::Region { area } => Err(Trouble::OffScreen {
            region: *area,
            desktop: desktop.whole(),
        }),
    }
}

/// The microphone that is meant; none where the system has none that it uses.
pub(crate) fn microphone(
    microphones: &[SoundDevice],
    wanted: &Microphone,
) -> Result<Option<SoundDevice>, Trouble> {
    match wanted {
        Microphone::Off => Ok(None),
        Microphone::Default => Ok(default_of(microphones)),
        Microphone::Named { name } => match find(microphones, name, |device| &device.name) {
            Ok(device) => Ok(Some(device.clone())),
            Err(found) => Err(Trouble::UnknownMicrophone {
                name: name.clone(),
                found,
                names: microphones
                    .iter()
                    .map(|device| device.name.clone())
                    .collect(),
            }),
        },
    }
}

/// The camera that is meant.
pub(crate) fn camera(wanted: &Camera, sources: &Sources) -> Result<Option<CameraDevice>, Trouble> {
    if *wanted == Camera::Off {
        return Ok(None);
    }
    let camera = camera_of(&listing::cameras(sources), wanted);
    // Without their plugins no cameras are listed, and none could be opened.
    if !camera.as_ref().is_ok_and(test_picture::is) {
        plugins::ensure_for_cameras(sources)?;
    }
    camera.map(Some)
}

fn camera_of(cameras: &[CameraDevice], wanted: &Camera) -> Result<CameraDevice, Trouble> {
    let Camera::Named { name } = wanted else {
        let first = cameras.first().cloned();
        return first.ok_or_else(|| CameraTrouble::None.into());
    };
    let camera = find(cameras, name, |camera| &camera.name);
    camera.cloned().map_err(|found| {
        let names = cameras.iter().map(|camera| camera.name.clone()).collect();
        let name = name.clone();
        CameraTrouble::Unknown { name, found, names }.into()
    })
}

/// The one that the system uses. It may name none: the first then.
fn default_of(devices: &[SoundDevice]) -> Option<SoundDevice> {
    let default = devices.iter().find(|device| device.is_default);
    default.or_else(|| devices.first()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use capture::FailureCode;

    fn device(name: &str, is_default: bool) -> SoundDevice {
        SoundDevice {
            name: name.to_owned(),
            id: name.to_lowercase(),
            is_default,
            probed: None,
        }
    }

    #[test]
    fn the_default_microphone_may_be_missing_but_not_a_named_one() {
        let two = [device("Webcam", false), device("Headset", true)];
        let named = |name: &str| Microphone::Named {
            name: name.to_owned(),
        };
        for (there, wanted, expected) in [
            (&two[..], Microphone::Default, Some("Headset")),
            (&two[..1], Microphone::Default, Some("Webcam")),
            (&[], Microphone::Default, None),
            (&two, Microphone::Off, None),
            (&two, named("webcam"), Some("Webcam")),
        ] {
            let found = microphone(there, &wanted).unwrap();
            assert_eq!(found.as_ref().map(|found| found.name.as_str()), expected);
        }
        let refused = microphone(&two, &named("Studio")).unwrap_err().failure();
        assert!(refused.hint.contains("Headset"), "{refused}");
        assert!(microphone(&[], &named("Studio")).is_err());
    }

    #[test]
    fn a_camera_that_is_wanted_has_to_be_there() {
        let camera = |name: &str| CameraDevice {
            name: name.to_owned(),
            id: name.to_lowercase(),
            probed: None,
        };
        let two = [camera("HD Webcam"), camera("Document camera")];
        let named = |name: &str| Camera::Named {
            name: name.to_owned(),
        };
        for (wanted, expected) in [
            (Camera::Default, "HD Webcam"),
            (named("document"), "Document camera"),
            (named("HD Webcam"), "HD Webcam"),
        ] {
            assert_eq!(camera_of(&two, &wanted).unwrap().name, expected);
        }
        for (there, wanted, said) in [
            (&two[..], named("cam"), "Several cameras"),
            (&two, named("Studio"), "HD Webcam"),
            (&[], named("Studio"), "There is none."),
            (&[], Camera::Default, "--camera none"),
        ] {
            let refused = camera_of(there, &wanted).unwrap_err().failure();
            assert_eq!(refused.code, FailureCode::UnknownCamera);
            assert!(refused.to_string().contains(said), "{refused}");
        }
    }
}
