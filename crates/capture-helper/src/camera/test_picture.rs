//! A camera for computers that have none: bars in the colours of television, with snow in a corner that shows that they are
//! alive.

use capture::CameraDevice;
use gstreamer as gst;

use crate::trouble::Trouble;

/// Of this program's environment. Where it is `on` there is such a camera; where it is a number, the camera goes away after
/// so many pictures, and is back as soon as it is looked for.
const VARIABLE: &str = "REVUI_CAMERA_TEST";

/// As the element takes it.
const WITHOUT_END: i32 = -1;

const NAME: &str = "Test picture";
/// No device of the system's is called so.
const ID: &str = "test";

/// As most cameras give theirs.
pub(super) const GIVEN: &str = "video/x-raw,format=YUY2,width=640,height=480,framerate=30/1";

/// The camera, where it is asked for.
pub(crate) fn listed() -> Option<CameraDevice> {
    asked_for().map(|_| CameraDevice {
        name: NAME.to_owned(),
        id: ID.to_owned(),
        probed: None,
    })
}

/// Whether it is this one.
pub(crate) fn is(device: &CameraDevice) -> bool {
    device.id == ID
}

/// What its pictures come out of.
pub(super) fn source() -> Result<gst::Element, Trouble> {
    Ok(gst::ElementFactory::make("videotestsrc")
        .property("is-live", true)
        .property_from_str("pattern", "smpte")
        .property("num-buffers", asked_for().unwrap_or(WITHOUT_END))
        .build()?)
}

fn asked_for() -> Option<i32> {
    pictures(&std::env::var(VARIABLE).unwrap_or_default())
}

/// How many pictures it gives; none where there is no such camera.
fn pictures(value: &str) -> Option<i32> {
    match value {
        "on" => Some(WITHOUT_END),
        number => number.parse().ok().filter(|&pictures| pictures > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_there_only_where_it_is_asked_for() {
        for (value, expected) in [
            ("on", Some(WITHOUT_END)),
            ("45", Some(45)),
            ("", None),
            ("off", None),
            ("0", None),
            ("-1", None),
        ] {
            assert_eq!(pictures(value), expected, "{value}");
        }
    }
}
