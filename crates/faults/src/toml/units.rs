//! Sizes, speeds and durations as people write them.

use std::time::Duration;

/// `"100"`, `"64KiB"`, `"1MB"`.
pub(super) fn size(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let factor = match unit {
        "" | "B" => 1,
        "kB" | "KB" => 1000,
        "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// `"1MiB/s"`, `"64kbit/s"`; in bytes a second, at least one.
pub(super) fn rate(text: &str) -> Option<u64> {
    let amount = text.strip_suffix("/s")?;
    let bits = |amount: &str, factor: u64| {
        let number: u64 = amount.trim().parse().ok()?;
        Some(number.checked_mul(factor)? / 8)
    };
    let rate = if let Some(amount) = amount.strip_suffix("kbit") {
        bits(amount, 1000)
    } else if let Some(amount) = amount.strip_suffix("Mbit") {
        bits(amount, 1_000_000)
    } else {
        size(amount)
    };
    rate.filter(|rate| *rate > 0)
}

/// `"200ms"`, `"2s"`, `"20m"`, `"1h"`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let seconds = |factor: u64| number.checked_mul(factor).map(Duration::from_secs);
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3600),
        _ => None,
    }
}

fn split(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_units() {
        for (text, expected) in [
            ("0", Some(0)),
            ("64KiB", Some(65_536)),
            ("64 KiB", Some(65_536)),
            ("100MB", Some(100_000_000)),
            ("1.5MB", None),
            ("-1", None),
            ("MB", None),
            ("99999999999GiB", None),
        ] {
            assert_eq!(size(text), expected, "{text}");
        }
        for (text, expected) in [
            ("1MiB/s", Some(1_048_576)),
            ("64kbit/s", Some(8_000)),
            ("8Mbit/s", Some(1_000_000)),
            ("0B/s", None),
            ("1MiB", None),
        ] {
            assert_eq!(rate(text), expected, "{text}");
        }
        for (text, expected) in [
            ("200ms", Some(Duration::from_millis(200))),
            ("20m", Some(Duration::from_mins(20))),
            ("2 s", Some(Duration::from_secs(2))),
            ("2", None),
            ("2 weeks", None),
        ] {
            assert_eq!(duration(text), expected, "{text}");
        }
    }
}
