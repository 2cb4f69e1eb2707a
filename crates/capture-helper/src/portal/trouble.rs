//! What can go wrong between this program, the desktop and the person before it.

use capture::{Failure, FailureCode};

use super::Kind;

/// Why the desktop hands out no picture.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PortalTrouble {
    #[error("there is no session bus")]
    NoBus(#[source] Box<zbus::Error>),
    #[error("there is no portal for screens")]
    NoPortal(#[source] Box<zbus::Error>),
    #[error("the portal does not take `{0}`")]
    Call(&'static str, #[source] Box<zbus::Error>),
    #[error("the portal answers nothing of use to `{0}`")]
    NoAnswer(&'static str),
    #[error("it was not allowed")]
    Refused,
    #[error("`{0}` ended with {1}")]
    Failed(&'static str, u32),
    #[error("nobody answered the desktop's question")]
    Unanswered,
    #[error("this desktop offers no {0:?}")]
    NotOffered(Kind),
    #[error("no region is to be had")]
    Region,
    #[error("nothing is to be seen before it was allowed")]
    NotYet,
    #[error("the desktop has ended the stream")]
    Over,
}

impl PortalTrouble {
    /// The same for people.
    pub(crate) fn failure(&self) -> Failure {
        use FailureCode as Code;
        let again = "Try again. If it stays, sign out of the desktop and in again.";
        let (code, message, hint) = match self {
            Self::NoBus(_) | Self::NoPortal(_) => (
                Code::PortalMissing,
                "This desktop has no portal by which a screen could be recorded.".to_owned(),
                "Install xdg-desktop-portal, the part of it that belongs to your desktop (xdg-desktop-portal-gnome, \
                 -kde or -wlr) and PipeWire; then sign out and in again.",
            ),
            Self::Refused => (
                Code::PermissionRefused,
                "The desktop's question was answered with no: nothing may be recorded.".to_owned(),
                "Start again, and choose in the desktop's dialog what is to be recorded.",
            ),
            Self::Unanswered => (
                Code::PermissionRefused,
                "The desktop asked what may be recorded, and nobody answered.".to_owned(),
                "Start again, and choose in the desktop's dialog what is to be recorded.",
            ),
            Self::NotOffered(Kind::Window) => (
                Code::DisplayUnsupported,
                "This desktop lets no program record a single window.".to_owned(),
                "Record a screen.",
            ),
            Self::NotOffered(Kind::Screen) => (
                Code::DisplayUnsupported,
                "This desktop lets no program record a screen.".to_owned(),
                "Record a window.",
            ),
            Self::Region => (
                Code::InvalidOptions,
                "Under Wayland no region can be recorded.".to_owned(),
                "Record a screen or a window: your desktop asks which.",
            ),
            Self::NotYet => (
                Code::DisplayUnsupported,
                "Under Wayland nothing is shown before the recording starts.".to_owned(),
                "Your desktop asks what is recorded when it does.",
            ),
            Self::Call(..) | Self::NoAnswer(_) | Self::Failed(..) | Self::Over => (
                Code::DeviceUnusable,
                format!(
                    "The desktop's portal hands out no picture: {self}{}.",
                    self.cause()
                ),
                again,
            ),
        };
        Failure::new(code, message, hint)
    }

    fn cause(&self) -> String {
        let source = std::error::Error::source(self);
        source.map_or_else(String::new, |source| format!(": {source}"))
    }
}
