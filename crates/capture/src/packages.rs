//! What to install where GStreamer or its plugins are missing.

use crate::sources::Platform;

/// The command that installs what recording needs on this computer.
pub fn install_command() -> &'static str {
    if cfg!(windows) {
        return "winget install --exact --id gstreamerproject.gstreamer";
    }
    if cfg!(target_os = "macos") {
        return "brew install gstreamer";
    }
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let platform = Platform::of_environment(|name| std::env::var(name).ok());
    of_release(&release, platform == Some(Platform::Wayland))
}

/// By the `ID` and `ID_LIKE` of an os-release file.
/// Source: os-release(5).
fn of_release(release: &str, is_wayland: bool) -> &'static str {
    let is_like = |name: &str| {
        release.lines().any(|line| {
            let value = line
                .strip_prefix("ID=")
                .or_else(|| line.strip_prefix("ID_LIKE="));
            value.is_some_and(|value| value.trim_matches('"').split(' ').any(|id| id == name))
        })
    };
    match (is_like("fedora"), is_like("arch"), is_wayland) {
        (true, _, false) => "sudo dnf install gstreamer1-plugins-base gstreamer1-plugins-good",
        (true, _, true) => {
            "sudo dnf install gstreamer1-plugins-base gstreamer1-plugins-good pipewire-gstreamer"
        }
        (_, true, false) => "sudo pacman -S gst-plugins-base gst-plugins-good",
        (_, true, true) => "sudo pacman -S gst-plugins-base gst-plugins-good gst-plugin-pipewire",
        (_, _, false) => "sudo apt-get install gstreamer1.0-plugins-base gstreamer1.0-plugins-good",
        (_, _, true) => {
            "sudo apt-get install gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-pipewire"
        }
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
            for is_wayland in [false, true] {
                let command = of_release(release, is_wayland);
                assert!(command.contains(program), "{release}: {command}");
                assert_eq!(command.contains("pipewire"), is_wayland, "{command}");
            }
        }
    }
}
