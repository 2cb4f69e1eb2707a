//! `revui trim`, as its users read it.

use std::path::PathBuf;

use clap::Args;

/// `revui trim`.
#[derive(Debug, Args)]
pub(crate) struct Trim {
    /// The recording
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Leave out what is before this time, like 5, 0:05 or 1:02:03.5
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = time)]
    pub(crate) from: f64,
    /// Leave out what is from this time on
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) to: Option<f64>,
    /// Write it here; nothing is overwritten
    #[arg(long, short, value_name = "NEW")]
    pub(crate) output: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// A place in a recording, in seconds: as players show it, the last part with decimals.
fn time(text: &str) -> Result<f64, String> {
    let refused = || "not a time like 5, 0:05 or 1:02:03.5".to_owned();
    let mut parts = text.rsplit(':');
    let seconds = parts.next().unwrap_or_default();
    let is_plain = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_digit())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    if !is_plain(seconds) {
        return Err(refused());
    }
    let mut time: f64 = seconds.parse().map_err(|_| refused())?;
    let mut unit = 60.0;
    for part in parts {
        let count: u32 = part.parse().map_err(|_| refused())?;
        time += f64::from(count) * unit;
        unit *= 60.0;
    }
    let is_a_time = unit <= 60.0 * 60.0 * 60.0 && time.is_finite();
    is_a_time.then_some(time).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_players_show_them() {
        for (text, seconds) in [
            ("5", 5.0),
            ("0:05", 5.0),
            ("1:00", 60.0),
            ("1:02:03.5", 3723.5),
            ("90", 90.0),
        ] {
            assert_eq!(time(text), Ok(seconds), "{text}");
        }
        for text in [
            "", ":", "5s", "-1", "1:-2", "inf", "nan", "1:2:3:4", "1e3", "+5", ".5",
        ] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
