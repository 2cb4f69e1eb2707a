//! What an X11 display shows: screens and windows, with the names that people know.

use capture::{Area, Screen, Window};
use x11rb::connection::Connection as _;
use x11rb::protocol::randr::{ConnectionExt as _, MonitorInfo, NotifyMask};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, MapState,
};
use x11rb::rust_connection::RustConnection;

use crate::edid;
use crate::trouble::Trouble;

/// Names and titles are read to this length, in four-byte units.
const LONGEST_NAME: u32 = 256;
/// A window manager's list of windows, likewise.
const MOST_WINDOWS: u32 = 4096;
/// As much of an EDID as has a name in it: its first block.
const EDID_UNITS: u32 = 32;

x11rb::atom_manager! {
    /// Names of the Extended Window Manager Hints, and of `RandR`'s property with a monitor's EDID.
    Atoms: AtomsCookie {
        _NET_CLIENT_LIST_STACKING,
        _NET_WM_NAME,
        UTF8_STRING,
        EDID,
    }
}

/// A connection to the display of the environment.
pub(crate) struct Desktop {
    connection: RustConnection,
    root: u32,
    whole: Area,
    atoms: Atoms,
}

impl Desktop {
    /// Connects.
    pub(crate) fn open() -> Result<Self, Trouble> {
        let (connection, number) = x11rb::connect(None).map_err(Trouble::NotConnected)?;
        let screen = &connection.setup().roots[number];
        let (root, width, height) = (screen.root, screen.width_in_pixels, screen.height_in_pixels);
        let atoms = Atoms::new(&connection)?.reply()?;
        Ok(Self {
            root,
            whole: Area {
                x: 0,
                y: 0,
                width: width.into(),
                height: height.into(),
            },
            atoms,
            connection,
        })
    }

    /// All of it, over all screens.
    pub(crate) fn whole(&self) -> Area {
        self.whole
    }

    /// The same, as it is now.
    pub(crate) fn whole_now(&self) -> Result<Area, Trouble> {
        let desktop = self.connection.get_geometry(self.root)?.reply()?;
        Ok(area(0, 0, desktop.width, desktop.height))
    }

    /// Has the display tell of screens that come, go or change.
    pub(crate) fn tell_of_changes(&self) -> Result<(), Trouble> {
        let of_size = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        self.connection
            .change_window_attributes(self.root, &of_size)?
            .check()?;
        self.connection.randr_query_version(1, 5)?.reply()?;
        let of_screens =
            NotifyMask::SCREEN_CHANGE | NotifyMask::CRTC_CHANGE | NotifyMask::OUTPUT_CHANGE;
        self.connection
            .randr_select_input(self.root, of_screens)?
            .check()?;
        Ok(())
    }

    /// Whether the display has told of any since it was asked last.
    pub(crate) fn has_changed(&self) -> Result<bool, Trouble> {
        let mut told = false;
        while self.connection.poll_for_event()?.is_some() {
            told = true;
        }
        Ok(told)
    }

    /// Where the screens are that are lit.
    pub(crate) fn monitors(&self) -> Result<Vec<Area>, Trouble> {
        let monitors = self.connection.randr_get_monitors(self.root, true)?;
        let areas = monitors.reply()?.monitors.into_iter();
        Ok(areas
            .map(|monitor| area(monitor.x, monitor.y, monitor.width, monitor.height))
            .collect())
    }

    /// The screens, the main one first.
    pub(crate) fn screens(&self) -> Result<Vec<Screen>, Trouble> {
        let answer = self.connection.randr_get_monitors(self.root, true)?.reply();
        // A display server without RandR has one screen.
        let mut monitors = answer.map(|answer| answer.monitors).unwrap_or_default();
        monitors.sort_by_key(|monitor| !monitor.primary);
        let mut screens = Vec::new();
        for (number, monitor) in (1..).zip(&monitors) {
            screens.push(Screen {
                number,
                name: self.name_of_monitor(monitor)?,
                area: area(monitor.x, monitor.y, monitor.width, monitor.height),
                probed: None,
            });
        }
        if screens.is_empty() {
            screens.push(Screen {
                number: 1,
                name: "Screen".to_owned(),
                area: self.whole,
                probed: None,
            });
        }
        Ok(screens)
    }

    fn name_of_monitor(&self, monitor: &MonitorInfo) -> Result<String, Trouble> {
        for &output in &monitor.outputs {
            let property = self.connection.randr_get_output_property(
                output,
                self.atoms.EDID,
                AtomEnum::ANY,
                0,
                EDID_UNITS,
                false,
                false,
            )?;
            if let Some(name) = property
                .reply()
                .ok()
                .and_then(|edid| edid::name(&edid.data))
            {
                return Ok(name);
            }
        }
        let name = self.connection.get_atom_name(monitor.name)?.reply()?.name;
        Ok(String::from_utf8_lossy(&name).into_owned())
    }

    /// The windows that are to be seen and have a title, the topmost first.
    pub(crate) fn windows(&self) -> Result<Vec<Window>, Trouble> {
        let list = self.atoms._NET_CLIENT_LIST_STACKING;
        let property = self.connection.get_property(
            false,
            self.root,
            list,
            AtomEnum::WINDOW,
            0,
            MOST_WINDOWS,
        )?;
        let managed: Vec<u32> = property.reply()?.value32().into_iter().flatten().collect();
        let ids = if managed.is_empty() {
            // Without a window manager windows lie on the desktop itself.
            self.connection.query_tree(self.root)?.reply()?.children
        } else {
            managed
        };
        // One that goes meanwhile is left out.
        let found = ids
            .iter()
            .rev()
            .filter_map(|&id| self.window(id).transpose());
        found.collect()
    }

    /// A window, unless it is gone, is not to be seen, or has no title.
    fn window(&self, id: u32) -> Result<Option<Window>, Trouble> {
        let attributes = self.connection.get_window_attributes(id)?;
        let geometry = self.connection.get_geometry(id)?;
        let place = self.connection.translate_coordinates(id, self.root, 0, 0)?;
        let title = self.text(id, self.atoms._NET_WM_NAME, self.atoms.UTF8_STRING)?;
        let title = match title {
            Some(title) => Some(title),
            None => self.text(id, AtomEnum::WM_NAME.into(), AtomEnum::ANY.into())?,
        };
        let class = self.text(id, AtomEnum::WM_CLASS.into(), AtomEnum::STRING.into())?;
        let (Ok(attributes), Ok(geometry), Ok(place), Some(title)) =
            (attributes.reply(), geometry.reply(), place.reply(), title)
        else {
            return Ok(None);
        };
        let is_seen = attributes.map_state == MapState::VIEWABLE;
        Ok(is_seen.then(|| Window {
            id: id.into(),
            title,
            program: class.and_then(|class| program(&class)),
            area: area(place.dst_x, place.dst_y, geometry.width, geometry.height),
            probed: None,
        }))
    }

    /// A property that is text; `None` where it is not there, or empty.
    fn text(&self, window: u32, property: Atom, kind: Atom) -> Result<Option<String>, Trouble> {
        let property =
            self.connection
                .get_property(false, window, property, kind, 0, LONGEST_NAME)?;
        let value = property.reply().map(|answer| answer.value);
        let text = value.map(|value| String::from_utf8_lossy(&value).trim().to_owned());
        Ok(text.ok().filter(|text| !text.is_empty()))
    }
}

/// The program's name in a `WM_CLASS`, which holds an instance's name, NUL, and the class's name, NUL.
/// Source: ICCCM 2.0, section 4.1.2.5.
fn program(class: &str) -> Option<String> {
    let name = class.split('\0').rfind(|name| !name.is_empty())?;
    Some(name.to_owned())
}

/// What lies beyond the left or upper edge does not count.
fn area(x: i16, y: i16, width: u16, height: u16) -> Area {
    let on_the_desktop = |position: i16| u32::from(position.max(0).unsigned_abs());
    Area {
        x: on_the_desktop(x),
        y: on_the_desktop(y),
        width: width.into(),
        height: height.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_the_class() {
        assert_eq!(program("xclock\0XClock\0").as_deref(), Some("XClock"));
        assert_eq!(program("\0\0"), None);
        assert_eq!(program("one").as_deref(), Some("one"));
    }
}
