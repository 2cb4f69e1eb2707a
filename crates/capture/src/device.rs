//! What can be recorded, by names that people know.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Everything on this computer that can be recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Devices {
    /// The screens, numbered from 1; the main one first.
    pub screens: Vec<Screen>,
    /// The windows that are on the screen and have a title, the topmost first.
    pub windows: Vec<Window>,
    /// What hears.
    pub microphones: Vec<SoundDevice>,
    /// What the computer itself plays, one for each output.
    pub system_sound: Vec<SoundDevice>,
    /// What sees.
    pub cameras: Vec<CameraDevice>,
    /// Whether the desktop asks its person which screen or window is recorded. Screens and windows then hold one entry each,
    /// where they can be asked for, which stands for all.
    #[serde(skip_serializing_if = "is_false")]
    pub desktop_asks: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
fn is_false(value: &bool) -> bool {
    !value
}

/// One screen of the desktop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Screen {
    /// From 1, as `--screen` takes it.
    pub number: u32,
    /// The monitor's own name where it tells one, else that of its socket.
    pub name: String,
    /// Where it is on the desktop.
    #[serde(flatten)]
    pub area: Area,
    /// Whether it can be opened, where that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probed: Option<Probed>,
}

/// A window of another program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// The window system's number for it.
    pub id: u64,
    /// Its title, as `--window` takes it.
    pub title: String,
    /// The program that it belongs to, where the window says so.
    pub program: Option<String>,
    /// Where it is on the desktop.
    #[serde(flatten)]
    pub area: Area,
    /// Whether it can be opened, where that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probed: Option<Probed>,
}

/// A microphone, or the sound of an output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SoundDevice {
    /// As the system's settings show it, and as `--mic` takes it.
    pub name: String,
    /// What the sound server calls it.
    pub id: String,
    /// Whether it is used where none is named.
    pub is_default: bool,
    /// Whether it can be opened, where that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probed: Option<Probed>,
}

/// A camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CameraDevice {
    /// As its maker calls it, and as `--camera` takes it.
    pub name: String,
    /// The system's name for it.
    pub id: String,
    /// Whether it can be opened, where that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probed: Option<Probed>,
}

/// What came of opening a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "camelCase")]
pub enum Probed {
    /// It gave a first picture or sound.
    Works,
    /// It did not.
    Fails {
        /// In the words of the system.
        reason: String,
    },
}

/// A rectangle on the desktop, in pixels from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// Text that is no [`Area`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a region is WIDTHxHEIGHT+X+Y in pixels, like 1280x720+0+0, and at least {LEAST_PIXELS} pixels each way"
)]
pub struct AreaError;

/// What is smaller cannot be encoded, or not be seen.
const LEAST_PIXELS: u32 = 16;

impl Area {
    /// Whether the whole of `other` lies in it.
    pub fn contains(&self, other: &Self) -> bool {
        let ends_within = |start: u32, length: u32, own_start: u32, own_length: u32| {
            start >= own_start
                && u64::from(start) + u64::from(length)
                    <= u64::from(own_start) + u64::from(own_length)
        };
        ends_within(other.x, other.width, self.x, self.width)
            && ends_within(other.y, other.height, self.y, self.height)
    }

    /// What both have in common, where there is something.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let common = |start: u32, length: u32, other_start: u32, other_length: u32| {
            let end = start.saturating_add(length);
            let end = end.min(other_start.saturating_add(other_length));
            let start = start.max(other_start);
            (end > start).then(|| (start, end - start))
        };
        let (x, width) = common(self.x, self.width, other.x, other.width)?;
        let (y, height) = common(self.y, self.height, other.y, other.height)?;
        Some(Self {
            x,
            y,
            width,
            height,
        })
    }

    /// The same with even sides, a pixel smaller where they are odd: VP9's 4:2:0 pictures have half as many colours as
    /// points each way, and players show an odd edge as a stripe.
    #[must_use]
    pub fn even(self) -> Self {
        Self {
            width: self.width & !1,
            height: self.height & !1,
            ..self
        }
    }
}

impl FromStr for Area {
    type Err = AreaError;

    /// X11's notation for geometry, with sizes and offsets from the top left corner alone.
    fn from_str(text: &str) -> Result<Self, AreaError> {
        let mut numbers = text.split(['x', '+']).map(str::parse::<u32>);
        let mut next = || numbers.next().and_then(Result::ok).ok_or(AreaError);
        let (width, height) = (next()?, next()?);
        let (x, y) = (next()?, next()?);
        let area = Self {
            x,
            y,
            width,
            height,
        };
        // Written again it must be the same: `1+2x3+4` is no geometry, nor is anything with a fifth number.
        let is_one = area.to_string() == text && width.min(height) >= LEAST_PIXELS;
        is_one.then_some(area).ok_or(AreaError)
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            x,
            y,
            width,
            height,
        } = self;
        write!(f, "{width}x{height}+{x}+{y}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_area_is_read_as_it_is_written(x: u32, y: u32, width in 16_u32.., height in 16_u32..) {
            let area = Area { x, y, width, height };
            prop_assert_eq!(area.to_string().parse(), Ok(area));
        }

        #[test]
        fn no_text_is_too_odd_to_be_refused(text: String) {
            if let Ok(area) = text.parse::<Area>() {
                prop_assert_eq!(area.to_string(), text);
            }
        }
    }

    #[test]
    fn what_is_no_area() {
        for text in [
            "",
            "1280x720",
            "1280x720+0",
            "1280+720x0+0",
            "1280x720+0+0+0",
            "1280x720+-5+0",
            "0x720+0+0",
            "15x720+0+0",
            "01280x720+0+0",
            "99999999999x720+0+0",
        ] {
            assert_eq!(text.parse::<Area>(), Err(AreaError), "{text}");
        }
    }

    #[test]
    fn an_area_off_the_screen_is_not_on_it() {
        let screen: Area = "1280x720+100+0".parse().unwrap();
        for (text, inside) in [
            ("1280x720+100+0", true),
            ("16x16+1364+704", true),
            ("1281x720+100+0", false),
            ("1280x720+99+0", false),
            ("1280x720+101+0", false),
            ("1280x720+100+1", false),
            ("4294967295x720+100+0", false),
        ] {
            assert_eq!(screen.contains(&text.parse().unwrap()), inside, "{text}");
        }
    }

    #[test]
    fn areas_have_in_common_what_lies_in_both() {
        for (one, other, both) in [
            ("640x360+0+0", "640x360+0+0", Some("640x360+0+0")),
            ("640x360+0+0", "320x200+100+20", Some("320x200+100+20")),
            ("640x360+0+0", "640x360+600+340", Some("40x20+600+340")),
            ("640x360+0+0", "640x360+640+0", None),
            ("640x360+0+0", "640x360+0+360", None),
            ("640x360+9+9", "4294967295x16+0+0", Some("640x7+9+9")),
            ("640x360+9+16", "4294967295x16+0+0", None),
        ] {
            let area = |text: &str| text.parse::<Area>().unwrap();
            let found = area(one).intersection(&area(other));
            assert_eq!(found, area(other).intersection(&area(one)), "{one} {other}");
            let found = found.map(|found| found.to_string());
            assert_eq!(found.as_deref(), both, "{one} {other}");
        }
    }

    #[test]
    fn sides_are_made_even() {
        let odd: Area = "641x361+3+5".parse().unwrap();
        assert_eq!(odd.even().to_string(), "640x360+3+5");
    }
}
