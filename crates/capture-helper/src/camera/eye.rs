//! A camera that has been opened.

use capture::{CameraDevice, Sources};
use gst::prelude::*;
use gstreamer as gst;

use super::{CameraTrouble, test_picture};
use crate::picture::caps_filter;
use crate::plugins;
use crate::trouble::Trouble;

/// What it is asked for, the best first, and what makes pictures of that: few points, for the processor has the screen's to
/// do; else whatever it gives. Large pictures most cameras give as JPEG alone.
const ASKED: [(&str, Option<&str>); 4] = [
    (
        "video/x-raw,width=[160,800],height=[120,600],framerate=[10/1,30/1]",
        None,
    ),
    (
        "image/jpeg,width=[160,1280],height=[120,720],framerate=[10/1,30/1]",
        Some("jpegdec"),
    ),
    ("video/x-raw", None),
    ("image/jpeg", Some("jpegdec")),
];

/// An open camera. Dropping it closes it.
pub(super) struct Eye {
    pipeline: gst::Pipeline,
}

impl Eye {
    /// Opens it; its pictures go through these elements, the last of which keeps them.
    pub(super) fn open(
        device: &CameraDevice,
        sources: &Sources,
        through: &[gst::Element],
    ) -> Result<Self, Trouble> {
        let eye = Self {
            pipeline: gst::Pipeline::new(),
        };
        match eye.begin(device, sources, through) {
            Ok(()) => Ok(eye),
            // The element that could not be opened has told why.
            Err(trouble) => match eye.ended(gst::ClockTime::from_mseconds(1)) {
                Some(Err(said)) => Err(said),
                _ => Err(trouble),
            },
        }
    }

    fn begin(
        &self,
        device: &CameraDevice,
        sources: &Sources,
        through: &[gst::Element],
    ) -> Result<(), Trouble> {
        let is_test = test_picture::is(device);
        let source = if is_test {
            test_picture::source()?
        } else {
            let source = plugins::make(sources.camera.element)?;
            source.set_property_from_str(sources.camera.device, &device.id);
            source
        };
        self.pipeline.add(&source)?;
        let (caps, decoder) = if is_test {
            (test_picture::GIVEN, None)
        } else {
            // It has to be open to say what it can do.
            source.set_state(gst::State::Ready)?;
            let way_out = source.static_pad("src");
            let given = way_out.map(|way_out| way_out.query_caps(None));
            given
                .and_then(|given| suitable(&given))
                .ok_or(CameraTrouble::Pictures)?
        };
        let mut rest = vec![caps_filter(caps)?];
        if let Some(decoder) = decoder {
            rest.push(gst::ElementFactory::make(decoder).build()?);
        }
        rest.extend_from_slice(through);
        self.pipeline.add_many(&rest)?;
        gst::Element::link_many(std::iter::once(&source).chain(&rest))?;
        self.pipeline.set_state(gst::State::Playing)?;
        Ok(())
    }

    /// Waits so long for its end: as it was to be, or by an error.
    pub(super) fn ended(&self, within: gst::ClockTime) -> Option<Result<(), Trouble>> {
        let wanted = [gst::MessageType::Eos, gst::MessageType::Error];
        let said = self.pipeline.bus()?.timed_pop_filtered(within, &wanted)?;
        Some(match said.view() {
            gst::MessageView::Error(error) => Err(Trouble::of_element(&said, error)),
            _ => Ok(()),
        })
    }
}

impl Drop for Eye {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// The best of what it can give.
fn suitable(given: &gst::Caps) -> Option<(&'static str, Option<&'static str>)> {
    ASKED.into_iter().find(|(caps, _)| {
        let asked = caps.parse::<gst::Caps>();
        asked.is_ok_and(|asked| given.can_intersect(&asked))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_are_asked_for_before_large_ones() {
        gst::init().unwrap();
        let small = "video/x-raw,format=YUY2,width=640,height=480,framerate={15/1,30/1}";
        let large = "video/x-raw,format=YUY2,width=1920,height=1080,framerate=5/1";
        let jpeg = "image/jpeg,width=1280,height=720,framerate=30/1";
        let larger = "image/jpeg,width=3840,height=2160,framerate=30/1";
        for (given, asked) in [
            (&[large, small, jpeg][..], Some(ASKED[0])),
            (&[large, jpeg, larger], Some(ASKED[1])),
            (&[larger, large], Some(ASKED[2])),
            (&[larger], Some(ASKED[3])),
            (&["video/x-h264"], None),
        ] {
            let caps: gst::Caps = given.join(";").parse().unwrap();
            assert_eq!(suitable(&caps), asked, "{given:?}");
        }
    }
}
