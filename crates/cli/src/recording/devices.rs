//! The words for what can be recorded.

use capture::{Area, Devices, Probed};

use crate::output::harmless;

/// What can be recorded, for a person.
pub(crate) fn list(devices: &Devices) -> Vec<String> {
    let mut lines = Vec::new();
    let mut section = |title: &str, items: Vec<String>| {
        lines.push(title.to_owned());
        if items.is_empty() {
            lines.push("  none".to_owned());
        }
        lines.extend(
            items
                .into_iter()
                .map(|item| format!("  {}", harmless(&item))),
        );
    };
    let place = |area: Area| {
        if devices.desktop_asks {
            "your desktop asks which".to_owned()
        } else {
            area.to_string()
        }
    };
    section(
        "Screens",
        devices
            .screens
            .iter()
            .map(|screen| {
                let probed = of_probe(screen.probed.as_ref());
                format!(
                    "{}  {}, {}{probed}",
                    screen.number,
                    screen.name,
                    place(screen.area)
                )
            })
            .collect(),
    );
    section(
        "Windows",
        devices
            .windows
            .iter()
            .map(|window| {
                let program = window.program.as_deref();
                let program = program.map_or_else(String::new, |name| format!(" ({name})"));
                let probed = of_probe(window.probed.as_ref());
                let place = place(window.area);
                format!("{}{program}, {place}{probed}", window.title)
            })
            .collect(),
    );
    for (title, sounds) in [
        ("Microphones", &devices.microphones),
        ("System sound", &devices.system_sound),
    ] {
        let items = sounds.iter().map(|device| {
            let default = if device.is_default {
                ", the default"
            } else {
                ""
            };
            format!(
                "{}{default}{}",
                device.name,
                of_probe(device.probed.as_ref())
            )
        });
        section(title, items.collect());
    }
    let cameras = devices.cameras.iter();
    let cameras = cameras.map(|camera| camera.name.clone() + &of_probe(camera.probed.as_ref()));
    section("Cameras", cameras.collect());
    lines
}

fn of_probe(probed: Option<&Probed>) -> String {
    match probed {
        None => String::new(),
        Some(Probed::Works) => ": works".to_owned(),
        Some(Probed::Fails { reason }) => format!(": cannot be opened: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use capture::{CameraDevice, Screen, SoundDevice, Window};

    #[test]
    fn a_list_reads_well() {
        let headset = SoundDevice {
            name: "Headset".to_owned(),
            id: "alsa_input.usb".to_owned(),
            is_default: true,
            probed: Some(Probed::Fails {
                reason: "no sound came".to_owned(),
            }),
        };
        let devices = Devices {
            screens: vec![Screen {
                number: 1,
                name: "DELL U2720Q".to_owned(),
                area: "2560x1440+0+0".parse().unwrap(),
                probed: Some(Probed::Works),
            }],
            windows: vec![Window {
                id: 7,
                title: "Notes\u{1b}[2J".to_owned(),
                program: Some("Editor".to_owned()),
                area: "800x600+10+10".parse().unwrap(),
                probed: None,
            }],
            microphones: vec![headset],
            system_sound: Vec::new(),
            cameras: vec![CameraDevice {
                name: "Webcam".to_owned(),
                id: "/dev/video0".to_owned(),
                probed: None,
            }],
            desktop_asks: false,
        };
        insta::assert_snapshot!("devices", list(&devices).join("\n"));
        let asks = Devices {
            screens: devices.screens,
            desktop_asks: true,
            ..Devices::default()
        };
        assert_eq!(
            list(&asks)[1],
            "  1  DELL U2720Q, your desktop asks which: works"
        );
    }
}
