//! Sizes, speeds and times, as people say them.

/// Units of a thousand, as file managers and S3's bills count.
const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];

/// `512 B`, `233 kB`, `2.1 GB`.
#[allow(clippy::cast_precision_loss)] // shown to two digits
pub(crate) fn size(bytes: u64) -> String {
    let mut amount = bytes as f64;
    let mut unit = 0;
    // From 999.5 on, three digits no longer hold it.
    while amount >= 999.5 && unit + 1 < UNITS.len() {
        amount /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && amount < 9.95);
    format!("{amount:.digits$} {}", UNITS[unit])
}

/// `4.1 MB/s`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // speeds are positive, and shown to two digits
pub(crate) fn speed(bytes_per_second: f64) -> String {
    format!("{}/s", size(bytes_per_second.max(0.0) as u64))
}

/// `0:10`, `1:02:03`: the length of a recording.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // lengths are positive
pub(crate) fn length(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// `12 s`, `58 min`, `3 h`, `7 days`: time left, or taken.
pub(crate) fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// `440 ms`, `1.2 s`, and [`span`] from ten seconds on.
#[allow(clippy::cast_precision_loss)] // below ten seconds
pub(crate) fn span_of_milliseconds(milliseconds: u64) -> String {
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..10_000 => format!("{:.1} s", milliseconds as f64 / 1000.0),
        _ => span(milliseconds / 1000),
    }
}

/// Whole percent of what is on its way, rounded down and at most 99: a hundred is when the link has been proven.
pub(crate) fn percent_on_the_way(sent_bytes: u64, total_bytes: u64) -> u8 {
    match total_bytes {
        0 => 0,
        _ => u8::try_from(u128::from(sent_bytes) * 100 / u128::from(total_bytes))
            .map_or(99, |percent| percent.min(99)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_950, "10 kB"),
            (233_000, "233 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (2_147_483_648, "2.1 GB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn times() {
        assert_eq!(length(10.02), "0:10");
        assert_eq!(length(3723.0), "1:02:03");
        for (seconds, text) in [
            (0, "0 s"),
            (119, "119 s"),
            (3_500, "58 min"),
            (7_200, "2 h"),
            (604_800, "7 days"),
        ] {
            assert_eq!(span(seconds), text);
        }
        assert_eq!(span_of_milliseconds(44), "44 ms");
        assert_eq!(span_of_milliseconds(1_240), "1.2 s");
        assert_eq!(span_of_milliseconds(12_900), "12 s");
    }

    #[test]
    fn nothing_on_its_way_is_at_a_hundred_percent() {
        for (sent, total, percent) in [
            (0, 1000, 0),
            (509, 1000, 50),
            (1000, 1000, 99),
            (2000, 1000, 99),
            (u64::MAX, u64::MAX, 99),
            (u64::MAX, 1, 99),
            (0, 0, 0),
        ] {
            assert_eq!(
                percent_on_the_way(sent, total),
                percent,
                "{sent} of {total}"
            );
        }
    }
}
