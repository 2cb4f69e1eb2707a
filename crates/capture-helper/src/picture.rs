//! The picture, from its source to what an encoder takes: so many pictures a second, no more and no fewer.

use std::sync::mpsc::Sender;

use capture::{Area, Element, Fineness};
use gst::prelude::*;
use gstreamer as gst;

use crate::camera::CameraFrames;
use crate::colours::{self, TAKEN};
use crate::inbox::Input;
use crate::plan::{Picture, Plan};
use crate::plugins;
use crate::portal::{self, Pace};
use crate::remains::Successor;
use crate::speed;
use crate::trouble::Trouble;
use crate::window::WindowFrames;

/// Pictures that wait for the encoder. When it falls behind, the oldest goes: what is shown now matters more.
const WAITING: u32 = 4;

/// The elements of the picture, in their order, and how fine it is.
pub(crate) struct PictureChain {
    pub(crate) elements: Vec<gst::Element>,
    /// What was asked for, and what this computer takes of it.
    pub(crate) wanted: Fineness,
    pub(crate) taken: Fineness,
    /// What fills the first element, where that is not a source of GStreamer's own.
    pub(crate) frames: Option<WindowFrames>,
    /// The same, of what the desktop lets be seen.
    pub(crate) pace: Option<Pace>,
    /// What is laid over the pictures.
    pub(crate) camera: Option<CameraFrames>,
    /// What goes on where the first element cannot.
    pub(crate) successor: Option<Successor>,
}

impl PictureChain {
    /// Those of this plan.
    pub(crate) fn of(plan: &Plan, told: &Sender<Input>) -> Result<Self, Trouble> {
        let rate = plan.frames_per_second;
        let (frames, pace, (width, height)) = match &plan.picture {
            Picture::Desktop(area) => (None, None, (area.width, area.height)),
            Picture::Window(window) => {
                let frames = WindowFrames::open(window, rate, told.clone())?;
                let size = frames.size();
                (Some(frames), None, size)
            }
            Picture::Cast(cast) => {
                let pace = portal::follow(cast, plan.sources.screen, rate, told.clone())?;
                let size = pace.size();
                (None, Some(pace), size)
            }
        };
        let wanted = Fineness {
            width,
            height,
            frames_per_second: rate,
        };
        let asks = plan.quality.asks_for_speed(wanted);
        let managed = asks.then(speed::points_per_second).flatten();
        let taken = plan.quality.choose(wanted, managed);
        let mut successor = None;
        let mut elements = match &plan.picture {
            Picture::Desktop(area) => {
                let source = screen(plan.sources.screen, *area)?;
                successor = Some(Successor::of(&source, *area, taken.frames_per_second));
                let caps = format!("video/x-raw,framerate={}/1", taken.frames_per_second);
                vec![source, caps_filter(&caps)?, queue()?, convert()?]
            }
            Picture::Window(_) => vec![WindowFrames::source()?, queue()?, convert()?, scale()?],
            Picture::Cast(_) => vec![Pace::source()?, queue()?, convert()?, scale()?],
        };
        let caps = format!("{TAKEN},width={width},height={height},pixel-aspect-ratio=1/1");
        elements.extend([caps_filter(&caps)?, colours::convert()]);
        elements.extend(smaller(wanted, taken)?);
        let size = (taken.width, taken.height);
        let camera = plan.camera.as_ref();
        let camera = camera.map(|camera| CameraFrames::new(camera, plan.sources, size, told));
        if let (Some(camera), Some(element)) = (&camera, elements.last()) {
            camera.lay_over(element);
        }
        // A picture that came too late is the last one once more: the file has each of them.
        elements.push(
            gst::ElementFactory::make("videorate")
                .property("skip-to-first", true)
                .build()?,
        );
        let caps = format!("video/x-raw,framerate={}/1", taken.frames_per_second);
        elements.push(caps_filter(&caps)?);
        Ok(Self {
            elements,
            wanted,
            taken,
            frames,
            pace,
            camera,
            successor,
        })
    }
}

/// Makes pictures smaller, where they are to be: once their colours are the encoder's, since those are half as many bytes.
fn smaller(wanted: Fineness, taken: Fineness) -> Result<Vec<gst::Element>, Trouble> {
    let Fineness { width, height, .. } = taken;
    if (wanted.width, wanted.height) == (width, height) {
        return Ok(Vec::new());
    }
    // Proportions that are off by a part of a point are not made up for with a border.
    let scale = gst::ElementFactory::make("videoscale")
        .property("add-borders", false)
        .build()?;
    let caps = format!("video/x-raw,width={width},height={height},pixel-aspect-ratio=1/1");
    Ok(vec![scale, caps_filter(&caps)?])
}

/// A part of an X11 server's desktop.
pub(crate) fn screen(element: Element, area: Area) -> Result<gst::Element, Trouble> {
    let source = plugins::make(element)?;
    source.set_property("startx", area.x);
    source.set_property("starty", area.y);
    // The last column and row, not the first ones outside.
    source.set_property("endx", area.x + area.width - 1);
    source.set_property("endy", area.y + area.height - 1);
    Ok(source)
}

/// Only what is like this passes.
pub(crate) fn caps_filter(caps: &str) -> Result<gst::Element, Trouble> {
    Ok(gst::ElementFactory::make("capsfilter")
        .property_from_str("caps", caps)
        .build()?)
}

fn queue() -> Result<gst::Element, Trouble> {
    Ok(gst::ElementFactory::make("queue")
        .property("max-size-buffers", WAITING)
        .property("max-size-bytes", 0_u32)
        .property("max-size-time", 0_u64)
        .property_from_str("leaky", "downstream")
        .build()?)
}

/// Passes on what the display gives, but where it has points of another kind than nearly all have.
pub(crate) fn convert() -> Result<gst::Element, Trouble> {
    Ok(gst::ElementFactory::make("videoconvert").build()?)
}

/// A window that is resized keeps its proportions in a picture that stays as large as it was.
pub(crate) fn scale() -> Result<gst::Element, Trouble> {
    Ok(gst::ElementFactory::make("videoscale")
        .property("add-borders", true)
        .build()?)
}
