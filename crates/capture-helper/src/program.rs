//! What the helper does with its first commands.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender};

use capture::protocol::{self, Command, Event};
use capture::{Camera, Devices, Microphone, Options, Platform, Sources, Target};

use crate::camera::CameraTrouble;
use crate::desktop::Desktop;
use crate::inbox::{self, Input};
use crate::outlet::tell;
use crate::portal::{self, PortalTrouble};
use crate::recorder::Recorder;
use crate::trouble::Trouble;
use crate::{camera, listing, plan, plugins, preview, probing};

/// Obeys until there is nothing more to do: one recording or one look at whether there could be one, or the end of
/// standard input.
pub(crate) fn run() {
    let (told, inbox) = inbox::open();
    tell(&Event::Hello {
        protocol: protocol::VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    });
    for input in &inbox {
        match input {
            Input::Command(Command::ListDevices { probe }) => {
                tell(&devices(probe).unwrap_or_else(|trouble| failed(&trouble, None)));
            }
            Input::Command(Command::Preview { target }) => {
                tell(&preview(&target).unwrap_or_else(|trouble| failed(&trouble, None)));
            }
            Input::Command(Command::PreviewCamera { camera }) => {
                tell(&preview_camera(&camera).unwrap_or_else(|trouble| failed(&trouble, None)));
            }
            Input::Command(Command::ProbeMicrophone { microphone }) => {
                let probed = probe_microphone(&microphone);
                tell(&probed.unwrap_or_else(|trouble| failed(&trouble, None)));
            }
            Input::Command(Command::Probe { options }) => {
                tell(&record(&options, None, (&told, &inbox)));
                return;
            }
            Input::Command(Command::Start { output, options }) => {
                tell(&record(&options, Some(output), (&told, &inbox)));
                return;
            }
            Input::Abandoned | Input::Signal => return,
            _ => {}
        }
    }
}

fn record(
    options: &Options,
    output: Option<PathBuf>,
    queue: (&Sender<Input>, &Receiver<Input>),
) -> Event {
    match ready().and_then(|sources| Recorder::begin(options, sources, output.clone(), queue)) {
        Ok(recorder) => recorder.run(),
        Err(Trouble::Unwanted) => discarded(output),
        Err(trouble) => failed(&trouble, output),
    }
}

/// Nothing is in the file yet, and nothing will be.
fn discarded(path: Option<PathBuf>) -> Event {
    match path.as_deref().map(std::fs::remove_file) {
        Some(Err(source)) => {
            let path = path.unwrap_or_default();
            failed(&Trouble::NotRemoved { path, source }, None)
        }
        _ => Event::Discarded,
    }
}

/// Something failed before there was anything to finish.
fn failed(trouble: &Trouble, path: Option<PathBuf>) -> Event {
    crate::outlet::note(&format!("{trouble:?}"));
    let has_something = |path: &PathBuf| path.metadata().is_ok_and(|file| file.len() > 0);
    Event::Failed {
        failure: trouble.failure(),
        path: path.filter(has_something),
    }
}

/// Whether this computer's display can be recorded, with what there is of GStreamer.
fn ready() -> Result<&'static Sources, Trouble> {
    let variable = |name: &str| std::env::var(name).ok();
    let platform = Platform::of_environment(variable).ok_or(Trouble::NoDisplay)?;
    let sources = Sources::of(platform).ok_or(Trouble::NoDisplay)?;
    if !sources.tried {
        return Err(Trouble::Untried(sources));
    }
    plugins::ensure(sources)?;
    Ok(sources)
}

fn devices(probe: bool) -> Result<Event, Trouble> {
    let sources = ready()?;
    let desktop_asks = portal::is_the_way();
    let (screens, windows) = if desktop_asks {
        portal::choices()?
    } else {
        let desktop = Desktop::open()?;
        (desktop.screens()?, desktop.windows()?)
    };
    let sounds = listing::sounds(sources);
    let mut devices = Devices {
        screens,
        windows,
        microphones: sounds.microphones,
        system_sound: sounds.system_sound,
        cameras: listing::cameras(sources),
        desktop_asks,
    };
    if probe {
        probing::probe(&mut devices, sources);
    }
    Ok(Event::Devices { devices })
}

fn preview(target: &Target) -> Result<Event, Trouble> {
    let sources = ready()?;
    if portal::is_the_way() {
        return Err(PortalTrouble::NotYet.into());
    }
    let picture = plan::picture(&Desktop::open()?, target)?;
    let preview = preview::take(&picture, sources)?;
    Ok(Event::Preview { preview })
}

fn preview_camera(camera: &Camera) -> Result<Event, Trouble> {
    let sources = ready()?;
    let device = plan::camera(camera, sources)?.ok_or(CameraTrouble::None)?;
    let preview = camera::preview(&device, sources)?;
    Ok(Event::Preview { preview })
}

fn probe_microphone(microphone: &Microphone) -> Result<Event, Trouble> {
    let sources = ready()?;
    let there = listing::sounds(sources).microphones;
    match plan::microphone(&there, microphone)? {
        Some(device) => probing::hear(&sources.microphone, &device)?,
        None if *microphone == Microphone::Off => {}
        None => return Err(Trouble::NoMicrophone),
    }
    Ok(Event::Probed)
}
