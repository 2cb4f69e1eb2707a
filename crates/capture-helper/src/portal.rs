//! Wayland, where no program sees what others show: the desktop asks the person in a dialog of its own what may be seen, by
//! the portal's `ScreenCast`, and hands that out as a stream of `PipeWire`'s.
//! Source: the XDG Desktop Portal's documentation of `org.freedesktop.portal.ScreenCast`, version 4, and of
//! `org.freedesktop.portal.Request`.

mod asking;
mod pace;
mod stream;
mod trouble;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use capture::protocol::Command;
use capture::{Area, Platform, Screen, Target, Window};

pub(crate) use asking::Cast;
pub(crate) use pace::Pace;
pub(crate) use stream::follow;
pub(crate) use trouble::PortalTrouble;

use crate::inbox::Input;
use crate::trouble::Trouble;

/// Somebody may have gone to fetch a coffee while the dialog stands there.
const ANSWERED_WITHIN: Duration = Duration::from_mins(10);

/// What the dialog lets people choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Screens.
    Screen,
    /// Windows.
    Window,
}

impl Kind {
    /// That of a target. Which screen, or which window, is for the person to say.
    fn of(target: &Target) -> Result<Self, PortalTrouble> {
        match target {
            Target::MainScreen | Target::Screen { .. } => Ok(Self::Screen),
            Target::Window { .. } => Ok(Self::Window),
            Target::Region { .. } => Err(PortalTrouble::Region),
        }
    }

    /// Its bit in `AvailableSourceTypes`.
    fn bit(self) -> u32 {
        match self {
            Self::Screen => 1,
            Self::Window => 2,
        }
    }
}

/// Whether the environment is Wayland's.
pub(crate) fn is_the_way() -> bool {
    Platform::of_environment(|name| std::env::var(name).ok()) == Some(Platform::Wayland)
}

/// Asks, and waits for the answer; whoever started this program may have had enough of that before.
pub(crate) fn ask(
    target: &Target,
    (told, inbox): (&Sender<Input>, &Receiver<Input>),
) -> Result<Arc<Cast>, Trouble> {
    let kind = Kind::of(target)?;
    let told = told.clone();
    // It ends with the answer, or with this program: the desktop takes its dialog away then.
    thread::spawn(move || {
        // Where nobody waits for it any more, nobody is told.
        let _ = told.send(Input::Allowed(Cast::ask_for(kind).map(Arc::new)));
    });
    let by = Instant::now() + ANSWERED_WITHIN;
    loop {
        let left = by.saturating_duration_since(Instant::now());
        match inbox.recv_timeout(left) {
            Ok(Input::Allowed(answer)) => return Ok(answer?),
            Ok(Input::Command(Command::Discard)) => return Err(Trouble::Unwanted),
            Ok(Input::Command(Command::Stop) | Input::Signal | Input::Abandoned) => {
                return Err(Trouble::Nothing);
            }
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Err(PortalTrouble::Unanswered.into());
            }
        }
    }
}

/// What can be asked for, in the place of lists that nobody may see.
pub(crate) fn choices() -> Result<(Vec<Screen>, Vec<Window>), Trouble> {
    let offered = asking::offered()?;
    let nowhere = Area {
        x: 0,
        y: 0,
        width: 0,
        height: 0,
    };
    let screen = Screen {
        number: 1,
        name: "Screen".to_owned(),
        area: nowhere,
        probed: None,
    };
    let window = Window {
        id: 0,
        title: "Window".to_owned(),
        program: None,
        area: nowhere,
        probed: None,
    };
    let has = |kind: Kind| offered & kind.bit() != 0;
    Ok((
        has(Kind::Screen).then_some(screen).into_iter().collect(),
        has(Kind::Window).then_some(window).into_iter().collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for() {
        let window = Target::Window {
            title: "Notes".to_owned(),
        };
        let region = Target::Region {
            area: "640x360+0+0".parse().unwrap(),
        };
        assert_eq!(Kind::of(&Target::MainScreen).unwrap(), Kind::Screen);
        assert_eq!(
            Kind::of(&Target::Screen { number: 2 }).unwrap(),
            Kind::Screen
        );
        assert_eq!(Kind::of(&window).unwrap(), Kind::Window);
        let refused = Trouble::from(Kind::of(&region).unwrap_err()).failure();
        assert!(refused.message.contains("Wayland"), "{refused}");
    }
}
