//! What to install where GStreamer or its plugins are missing.

/// The command that installs what recording needs on this computer.
pub fn install_command() -> &'static str {
    if cfg!(windows) {
        return "winget install --exact --id gstreamerproject.gstreamer";
    }
    if cfg!(target_os = "macos") {
        return "brew install gstreamer";
    }
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    of_release(&release)
}

/// By the `ID` and `ID_LIKE` of an os-release file.
/// Source: os-release(5).
fn of_release(release: &str) -> &'static str {
    let is_like = |name: &str| {
        release.lines().any(|line| {
            let value = line
                .strip_prefix("ID=")
                .or_else(|| line.strip_prefix("ID_LIKE="));
            value.is_some_and(|value| value.trim_matches('"').split(' ').any(|id| id == name))
        })
    };
    if is_like("fedora") {
        "sudo dnf install gstreamer1-plugins-base gstreamer1-plugins-good"
    } else if is_like("arch") {
        "sudo pacman -S gst-plugins-base gst-plugins-good"
    } else {
        "sudo apt-get install gstreamer1.0-plugins-base gstreamer1.0-plugins-good"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_has_its_own_command() {
        for (release, program) in [
            ("NAME=\"Debian GNU/Linux\"\nID=debian\n", "apt-get"),
            ("ID=ubuntu\nID_LIKE=debian\n", "apt-get"),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", "dnf"),
            ("ID=fedora\n", "dnf"),
            ("ID=manjaro\nID_LIKE=arch\n", "pacman"),
            ("", "apt-get"),
        ] {
            let command = of_release(release);
            assert!(command.contains(program), "{release}: {command}");
        }
    }
}
