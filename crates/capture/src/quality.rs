//! How fine a recording is: as fine as its computer can take pictures without missing any.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How fine somebody wants it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Quality {
    /// As fine as what is recorded, or as this computer manages.
    #[default]
    Automatic,
    /// As fine as what is recorded, whether this computer manages that or not.
    Full,
    /// No more rows than this.
    Rows {
        /// How many.
        most: u32,
    },
}

/// How large pictures are, and how many of them a second has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fineness {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Pictures a second.
    pub frames_per_second: u32,
}

/// What a computer's encoder may be given of all that it manages: the display, and whatever is recorded, need theirs.
const SHARE: f64 = 0.6;
/// What every computer manages is not measured: points a second of half as many small pictures as usual.
const ALWAYS_MANAGED: f64 = 1280.0 * 720.0 * 15.0;
/// Rows that pictures are made smaller to, from what is still fine to what text can just be read in.
const ROWS: [u32; 2] = [1080, 720];
/// The same of pictures a second.
const RATES: [u32; 2] = [30, 15];
/// A picture with fewer rows cannot be encoded.
const LEAST_ROWS: u32 = 16;

impl Fineness {
    /// Points that are encoded in a second.
    #[must_use]
    pub fn points_per_second(self) -> f64 {
        f64::from(self.width) * f64::from(self.height) * f64::from(self.frames_per_second)
    }

    /// The same with no more rows than this, in its proportions, with even sides.
    #[must_use]
    fn with_rows(self, most: u32) -> Self {
        if self.height <= most || self.height == 0 {
            return self;
        }
        let width = u64::from(self.width) * u64::from(most) / u64::from(self.height);
        Self {
            width: u32::try_from(width).unwrap_or(self.width).max(2) & !1,
            height: most & !1,
            ..self
        }
    }

    fn with_rate(self, most: u32) -> Self {
        Self {
            frames_per_second: self.frames_per_second.min(most),
            ..self
        }
    }
}

impl Quality {
    /// Whether it depends on how many points this computer manages in a second.
    #[must_use]
    pub fn asks_for_speed(self, wanted: Fineness) -> bool {
        self == Self::Automatic && wanted.points_per_second() > ALWAYS_MANAGED
    }

    /// What is recorded where this was wanted and the encoder manages so many points a second; as many as it likes where that
    /// is not known.
    #[must_use]
    pub fn choose(self, wanted: Fineness, managed: Option<f64>) -> Fineness {
        match self {
            Self::Full => wanted,
            Self::Rows { most } => wanted.with_rows(most),
            Self::Automatic => {
                let managed = managed.unwrap_or(f64::INFINITY).max(ALWAYS_MANAGED / SHARE);
                let [fine, readable] = ROWS;
                let [smooth, halting] = RATES;
                let least = wanted.with_rows(readable).with_rate(halting);
                let steps = [
                    wanted,
                    wanted.with_rate(smooth),
                    wanted.with_rate(smooth).with_rows(fine),
                    wanted.with_rate(smooth).with_rows(readable),
                ];
                let is_managed = |step: &Fineness| step.points_per_second() <= managed * SHARE;
                steps.into_iter().find(is_managed).unwrap_or(least)
            }
        }
    }
}

/// A text that names no quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quality is `auto`, `full`, or the most rows that a picture has, like `720`")]
pub struct QualityError;

impl FromStr for Quality {
    type Err = QualityError;

    fn from_str(text: &str) -> Result<Self, QualityError> {
        match text {
            "auto" => Ok(Self::Automatic),
            "full" => Ok(Self::Full),
            rows => match rows.strip_suffix('p').unwrap_or(rows).parse() {
                Ok(most) if most >= LEAST_ROWS => Ok(Self::Rows { most }),
                _ => Err(QualityError),
            },
        }
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Automatic => f.write_str("auto"),
            Self::Full => f.write_str("full"),
            Self::Rows { most } => write!(f, "{most}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fineness(width: u32, height: u32, frames_per_second: u32) -> Fineness {
        Fineness {
            width,
            height,
            frames_per_second,
        }
    }

    #[test]
    fn a_slow_computer_takes_smaller_pictures_and_then_fewer() {
        let full_hd = fineness(1920, 1080, 30);
        for (wanted, millions, expected) in [
            (full_hd, 250.0, full_hd),
            (full_hd, 104.0, full_hd),
            (full_hd, 103.0, fineness(1280, 720, 30)),
            (full_hd, 47.0, fineness(1280, 720, 30)),
            (full_hd, 45.0, fineness(1280, 720, 15)),
            (full_hd, 0.0, fineness(1280, 720, 15)),
            (fineness(3840, 2160, 60), 415.0, fineness(3840, 2160, 30)),
            (fineness(3840, 2160, 30), 250.0, full_hd),
            (fineness(1920, 1080, 60), 150.0, full_hd),
            (fineness(3440, 1440, 30), 62.0, fineness(1720, 720, 30)),
            // What every computer manages stays as it was wanted.
            (fineness(640, 360, 30), 0.0, fineness(640, 360, 30)),
            (fineness(1280, 720, 10), 0.0, fineness(1280, 720, 10)),
        ] {
            let chosen = Quality::Automatic.choose(wanted, Some(millions * 1e6));
            assert_eq!(chosen, expected, "{wanted:?} with {millions} million");
        }
        assert_eq!(Quality::Automatic.choose(full_hd, None), full_hd);
    }

    #[test]
    fn what_somebody_says_is_done() {
        let odd = fineness(1366, 768, 30);
        assert_eq!(Quality::Full.choose(odd, Some(0.0)), odd);
        let rows = |most| Quality::Rows { most }.choose(odd, Some(0.0));
        assert_eq!(rows(720), fineness(1280, 720, 30));
        assert_eq!(rows(401), fineness(712, 400, 30));
        assert_eq!(rows(2160), odd);
    }

    #[test]
    fn only_what_is_in_doubt_is_measured() {
        let small = fineness(640, 360, 30);
        assert!(Quality::Automatic.asks_for_speed(fineness(1280, 720, 30)));
        assert!(!Quality::Automatic.asks_for_speed(small));
        assert!(!Quality::Full.asks_for_speed(fineness(3840, 2160, 60)));
    }

    #[test]
    fn a_quality_is_read_as_it_is_written() {
        for quality in [
            Quality::Automatic,
            Quality::Full,
            Quality::Rows { most: 720 },
        ] {
            assert_eq!(quality.to_string().parse(), Ok(quality));
        }
        assert_eq!("720p".parse(), Ok(Quality::Rows { most: 720 }));
        for text in ["", "p", "best", "15", "-720", "720pp", "1280x720"] {
            assert_eq!(text.parse::<Quality>(), Err(QualityError), "{text}");
        }
    }
}
