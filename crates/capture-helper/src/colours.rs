//! From a display's colours to the encoder's: an element of our own, since GStreamer's takes several times as long for it as a
//! library that knows the processor's vector instructions, and that was a third of what recording a quiet screen took.

use dcv_color_primitives::{ColorSpace, ImageFormat, PixelFormat, convert_image};
use gst::glib;
use gst::prelude::*;
use gstreamer as gst;

/// What it takes.
pub(crate) const TAKEN: &str = "video/x-raw,format=BGRx";
/// What it gives: brightness for each point, colours for each four.
const GIVEN: &str = "I420";
/// As television has them.
const COLORIMETRY: &str = "bt709";

glib::wrapper! {
    /// The element.
    pub struct Colours(ObjectSubclass<element::Colours>) @extends gst::Element, gst::Object;
}

/// One of it.
pub(crate) fn convert() -> gst::Element {
    glib::Object::new::<Colours>().upcast()
}

/// Where the three planes of a picture of even sides lie in its bytes, as GStreamer expects it where nothing else is said.
/// Source: GStreamer, "Raw Video Media Types", I420.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planes {
    width: u32,
    height: u32,
    light_stride: usize,
    colour_stride: usize,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plane {
    /// Its first byte.
    pub(crate) start: usize,
    /// Bytes from a row to the next.
    pub(crate) stride: usize,
    /// Points of the picture, each way, that a byte of it is for.
    pub(crate) points: usize,
}

impl Planes {
    pub(crate) fn of(width: u32, height: u32) -> Option<Self> {
        let columns = usize::try_from(width).ok()?;
        Some(Self {
            width,
            height,
            light_stride: columns.next_multiple_of(4),
            colour_stride: (columns / 2).next_multiple_of(4),
        })
    }

    fn rows(self) -> usize {
        usize::try_from(self.height).unwrap_or_default()
    }

    fn light_bytes(self) -> usize {
        self.light_stride * self.rows()
    }

    fn colour_bytes(self) -> usize {
        self.colour_stride * (self.rows() / 2)
    }

    fn bytes(self) -> usize {
        self.light_bytes() + 2 * self.colour_bytes()
    }

    /// Brightness, blue and red.
    pub(crate) fn each(self) -> [Plane; 3] {
        let plane = |start, stride, points| Plane {
            start,
            stride,
            points,
        };
        let (light, colours) = (self.light_bytes(), self.colour_bytes());
        [
            plane(0, self.light_stride, 1),
            plane(light, self.colour_stride, 2),
            plane(light + colours, self.colour_stride, 2),
        ]
    }

    /// Bytes of a row, and of a picture, of what is taken.
    fn taken_bytes(self) -> (usize, usize) {
        let row = usize::try_from(self.width).unwrap_or_default() * 4;
        (row, row * self.rows())
    }

    /// Fills the planes; whether the picture was as large as it should be.
    fn fill(self, points: &[u8], planes: &mut [u8]) -> bool {
        let (row, bytes) = self.taken_bytes();
        let (Some(points), true) = (points.get(..bytes), planes.len() >= self.bytes()) else {
            return false;
        };
        let (light, colours) = planes.split_at_mut(self.light_bytes());
        let (blue, red) = colours.split_at_mut(self.colour_bytes());
        let format = |pixel_format, color_space, num_planes| ImageFormat {
            pixel_format,
            color_space,
            num_planes,
        };
        let filled = convert_image(
            self.width,
            self.height,
            &format(PixelFormat::Bgra, ColorSpace::Rgb, 1),
            Some(&[row]),
            &[points],
            &format(PixelFormat::I420, ColorSpace::Bt709, 3),
            Some(&[self.light_stride, self.colour_stride, self.colour_stride]),
            &mut [light, blue, red],
        );
        filled.is_ok()
    }
}

mod element {
    use std::sync::{Mutex, OnceLock, PoisonError};

    use super::{COLORIMETRY, GIVEN, Planes, glib, gst};
    use gst::prelude::*;
    use gst::subclass::prelude::*;

    /// What it is made of.
    pub struct Colours {
        way_in: gst::Pad,
        way_out: gst::Pad,
        work: Mutex<Option<Work>>,
    }

    /// What is known once the size is.
    struct Work {
        planes: Planes,
        pool: gst::BufferPool,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Colours {
        const NAME: &'static str = "RevuiColours";
        type Type = super::Colours;
        type ParentType = gst::Element;

        fn new() -> Self {
            let way_in = gst::Pad::builder(gst::PadDirection::Sink)
                .name("sink")
                .chain_function(|_, this, picture| {
                    Self::catch_panic_pad_function(
                        this,
                        || Err(gst::FlowError::Error),
                        |this| this.convert(&picture),
                    )
                })
                .event_function(|pad, this, event| {
                    Self::catch_panic_pad_function(this, || false, |this| this.hear(pad, event))
                })
                .build();
            Self {
                way_in,
                way_out: gst::Pad::builder(gst::PadDirection::Src)
                    .name("src")
                    .build(),
                work: Mutex::default(),
            }
        }
    }

    impl ObjectImpl for Colours {
        fn constructed(&self) {
            self.parent_constructed();
            for pad in [&self.way_in, &self.way_out] {
                // A new element has no other of this name.
                let _ = self.obj().add_pad(pad);
            }
        }
    }

    impl GstObjectImpl for Colours {}

    impl ElementImpl for Colours {
        fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
            static METADATA: OnceLock<gst::subclass::ElementMetadata> = OnceLock::new();
            Some(METADATA.get_or_init(|| {
                gst::subclass::ElementMetadata::new(
                    "Colours",
                    "Filter/Converter/Video",
                    "From a display's colours to an encoder's",
                    "Revui",
                )
            }))
        }
    }

    impl Colours {
        fn hear(&self, pad: &gst::Pad, event: gst::Event) -> bool {
            let gst::EventView::Caps(caps) = event.view() else {
                return gst::Pad::event_default(pad, Some(&*self.obj()), event);
            };
            self.begin(caps.caps()).is_some_and(|caps| {
                let told = gst::event::Caps::builder(&caps).seqnum(event.seqnum());
                self.way_out.push_event(told.build())
            })
        }

        /// Makes ready for pictures like this; returns what is made of them.
        fn begin(&self, taken: &gst::CapsRef) -> Option<gst::Caps> {
            let mut given = taken.to_owned();
            let shape = given.make_mut().structure_mut(0)?;
            let side = |name: &str| u32::try_from(shape.get::<i32>(name).ok()?).ok();
            let planes = Planes::of(side("width")?, side("height")?)?;
            shape.set("format", GIVEN);
            shape.set("colorimetry", COLORIMETRY);
            let pool = gst::BufferPool::new();
            let mut config = pool.config();
            let bytes = u32::try_from(planes.bytes()).ok()?;
            config.set_params(Some(&given), bytes, 2, 0);
            pool.set_config(config).ok()?;
            pool.set_active(true).ok()?;
            *self.work.lock().unwrap_or_else(PoisonError::into_inner) = Some(Work { planes, pool });
            Some(given)
        }

        fn convert(&self, picture: &gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
            let mut made = {
                let work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
                let Work { planes, pool } = work.as_ref().ok_or(gst::FlowError::NotNegotiated)?;
                let mut made = pool.acquire_buffer(None)?;
                let own = made.get_mut().ok_or(gst::FlowError::Error)?;
                let points = picture.map_readable().map_err(|_| gst::FlowError::Error)?;
                let mut bytes = own.map_writable().map_err(|_| gst::FlowError::Error)?;
                if !planes.fill(&points, &mut bytes) {
                    return Err(gst::FlowError::Error);
                }
                drop(bytes);
                made
            };
            let own = made.make_mut();
            own.set_pts(picture.pts());
            own.set_duration(picture.duration());
            self.way_out.push(made)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: ITU-R BT.709, limited range: black is 16, white 235, no colour 128.
    #[test]
    fn colours_are_those_of_television() {
        for (point, light, blue, red) in [
            ([0, 0, 0, 0], 16, 128, 128),
            ([255, 255, 255, 0], 235, 128, 128),
            ([0, 0, 255, 0], 63, 102, 240),
            ([255, 0, 0, 0], 32, 240, 118),
        ] {
            let planes = Planes::of(34, 18).unwrap();
            let points = point.repeat(34 * 18);
            let mut made = vec![0; planes.bytes()];
            assert!(planes.fill(&points, &mut made));
            let near = |is: u8, wanted: u8| is.abs_diff(wanted) <= 1;
            let (u, v) = (
                planes.light_bytes(),
                planes.light_bytes() + planes.colour_bytes(),
            );
            for (at, wanted) in [(0, light), (17 * 36 + 33, light), (u, blue), (v, red)] {
                assert!(near(made[at], wanted), "{point:?}: {} at {at}", made[at]);
            }
        }
    }

    #[test]
    fn a_picture_that_is_too_small_is_none() {
        let planes = Planes::of(16, 16).unwrap();
        let mut made = vec![0; planes.bytes()];
        assert!(!planes.fill(&[0; 16 * 16 * 4 - 1], &mut made));
        assert!(!planes.fill(&[0; 16 * 16 * 4], &mut made[1..]));
    }

    #[test]
    fn planes_lie_where_they_are_looked_for() {
        for (width, height, bytes) in [
            (1920, 1080, 3_110_400),
            (640, 360, 345_600),
            (34, 18, 36 * 18 + 2 * 20 * 9),
        ] {
            assert_eq!(
                Planes::of(width, height).unwrap().bytes(),
                bytes,
                "{width}x{height}"
            );
        }
    }
}
