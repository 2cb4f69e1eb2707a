//! What remains of a recorded part of the desktop once GStreamer's source of it cannot go on: it ends where a screen is
//! unplugged, or the desktop made smaller. We go on by ourselves then. That costs a copy of each picture more, and so is not
//! done before there is need.

use std::sync::{Arc, Mutex, PoisonError};

use capture::Area;
use gst::prelude::*;
use gstreamer as gst;
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::ConnectionExt as _;

use crate::frames::{self, Frames, Shot, View};
use crate::grabber::{self, BYTES_A_POINT, Grabber};
use crate::trouble::Trouble;

/// What can take the place of a source of the desktop.
pub(crate) struct Successor {
    area: Area,
    frames_per_second: u32,
    shown: Arc<Mutex<Option<gst::Buffer>>>,
    /// What keeps the last picture.
    kept_by: Option<gst::PadProbeId>,
}

impl Successor {
    /// Of this source, whose end is no longer the recording's.
    pub(crate) fn of(source: &gst::Element, area: Area, frames_per_second: u32) -> Self {
        let shown = Arc::<Mutex<Option<gst::Buffer>>>::default();
        let mut kept_by = None;
        if let Some(way_out) = source.static_pad("src") {
            pass_over(&way_out, &[gst::EventType::Eos]);
            let keeping = Arc::clone(&shown);
            kept_by = way_out.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
                let mut kept = keeping.lock().unwrap_or_else(PoisonError::into_inner);
                *kept = info.buffer().cloned();
                gst::PadProbeReturn::Ok
            });
        }
        Self {
            area,
            frames_per_second,
            shown,
            kept_by,
        }
    }

    /// Takes the place of `source` in its pipeline. Returns what is in it now, and what fills that.
    pub(crate) fn take_place(
        mut self,
        pipeline: &gst::Pipeline,
        source: &gst::Element,
    ) -> Result<(gst::Element, Frames), Trouble> {
        let Area { width, height, .. } = self.area;
        let rate = self.frames_per_second;
        let view = Remains::open(self.area)?;
        let next = frames::source("desktop")?;
        let (Some(before), Some(after)) = (source.static_pad("src"), next.static_pad("src")) else {
            return Err(gst::glib::bool_error!("a source without a pad").into());
        };
        let Some(way_in) = before.peer() else {
            return Err(gst::glib::bool_error!("a source that leads nowhere").into());
        };
        pass_over(&after, &known_to(&way_in));
        // Without any source that is live, a pipeline that rests would wait for a picture before it goes on.
        pipeline.add(&next)?;
        next.sync_state_with_parent()?;
        // Given back before it is stopped, which it frees its memory by.
        if let Some(probe) = self.kept_by.take() {
            before.remove_probe(probe);
        }
        let shown = self.last_shown();
        source.set_state(gst::State::Null)?;
        pipeline.remove(source)?;
        after.link(&way_in).map_err(|error| {
            gst::glib::bool_error!("a source that cannot take another's place: {error}")
        })?;
        let caps = frames::caps(frames::OF_X11, width, height, u64::from(rate));
        let shown = shown.map(|picture| (picture, caps));
        let frames = Frames::start(view, next.clone(), rate, shown, |_| {});
        Ok((next, frames))
    }

    /// A copy of the last picture, which is given back to its source.
    fn last_shown(&self) -> Option<gst::Buffer> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.take()?.copy_deep().ok()
    }
}

/// What of a stream's beginning this pad has seen, and every end. What follows goes on in the stream that it knows: a new one
/// would begin without the picture before. But a source that could not even start has told it nothing, and what belongs to no
/// stream is not taken into a file.
fn known_to(way_in: &gst::Pad) -> Vec<gst::EventType> {
    let begun = way_in.sticky_event::<gst::event::StreamStart>(0).is_some();
    let timed = way_in.sticky_event::<gst::event::Segment>(0).is_some();
    [
        (begun, gst::EventType::StreamStart),
        (timed, gst::EventType::Segment),
        (true, gst::EventType::Eos),
    ]
    .into_iter()
    .filter_map(|(known, kind)| known.then_some(kind))
    .collect()
}

/// Lets no events of these kinds out.
fn pass_over(way_out: &gst::Pad, kinds: &[gst::EventType]) {
    let kinds = kinds.to_owned();
    way_out.add_probe(
        gst::PadProbeType::EVENT_DOWNSTREAM,
        move |_, info| match info.event() {
            Some(event) if kinds.contains(&event.type_()) => gst::PadProbeReturn::Handled,
            _ => gst::PadProbeReturn::Ok,
        },
    );
}

/// What looks at what there is of a part of the desktop. The rest is black; where there is nothing, it is not to be seen.
struct Remains {
    grabber: Grabber,
    area: Area,
}

impl Remains {
    fn open(area: Area) -> Result<Self, Trouble> {
        let grabber = Grabber::open()?;
        let desktop = grabber.connection.get_geometry(grabber.root)?;
        Grabber::knows(desktop.reply()?.depth)?;
        Ok(Self { grabber, area })
    }
}

impl View for Remains {
    /// With the pointer in it.
    fn look(&mut self) -> Result<Option<Shot>, Trouble> {
        let (connection, root) = (&self.grabber.connection, self.grabber.root);
        let desktop = connection.get_geometry(root)?;
        let cursor = connection.xfixes_get_cursor_image()?;
        let (desktop, cursor) = (desktop.reply()?, cursor.reply()?);
        let desktop = Area {
            x: 0,
            y: 0,
            width: desktop.width.into(),
            height: desktop.height.into(),
        };
        let Some(there) = self.area.intersection(&desktop) else {
            return Err(Trouble::OffScreen {
                region: self.area,
                desktop,
            });
        };
        // None is longer than the desktop, whose sides are of these kinds.
        let position = |at: u32| i16::try_from(at).unwrap_or(i16::MAX);
        let length = |long: u32| u16::try_from(long).unwrap_or(u16::MAX);
        let points = self.grabber.points(
            root,
            (position(there.x), position(there.y)),
            (length(there.width), length(there.height)),
        )?;
        let points = framed(points, there, self.area);
        let Area { width, height, .. } = self.area;
        let at = |start: u32| i32::try_from(start).unwrap_or(i32::MAX);
        let origin = (at(self.area.x), at(self.area.y));
        let shot = grabber::with_pointer(points, (width, height), origin, &cursor);
        Ok(Some(shot))
    }
}

/// Points of a part of an area, in the whole of it, which is black elsewhere.
fn framed(points: Vec<u8>, part: Area, area: Area) -> Vec<u8> {
    if part == area {
        return points;
    }
    let bytes = |count: u32| usize::try_from(count * BYTES_A_POINT).unwrap_or_default();
    let (row, part_row, left) = (bytes(area.width), bytes(part.width), bytes(part.x - area.x));
    let above = usize::try_from(part.y - area.y).unwrap_or_default();
    let mut whole = vec![0; bytes(area.width * area.height)];
    let rows = whole.chunks_exact_mut(row.max(1)).skip(above);
    for (row, part) in rows.zip(points.chunks_exact(part_row.max(1))) {
        if let Some(row) = row.get_mut(left..left + part_row) {
            row.copy_from_slice(part);
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(text: &str) -> Area {
        let numbers: Vec<u32> = text.split(['x', '+']).map(|n| n.parse().unwrap()).collect();
        let &[width, height, x, y] = &numbers[..] else {
            panic!("{text}")
        };
        Area {
            x,
            y,
            width,
            height,
        }
    }

    #[test]
    fn what_has_not_begun_begins_with_the_successor() {
        use gst::EventType::{Eos, Segment, StreamStart};
        gst::init().unwrap();
        let way_in = gst::Pad::builder(gst::PadDirection::Sink).build();
        way_in.set_active(true).unwrap();
        assert_eq!(known_to(&way_in), [Eos]);
        let tell = |event| way_in.store_sticky_event(&event).unwrap();
        tell(gst::event::StreamStart::new("desktop"));
        assert_eq!(known_to(&way_in), [StreamStart, Eos]);
        let times = gst::FormattedSegment::<gst::ClockTime>::new();
        tell(gst::event::Segment::new(&times));
        assert_eq!(known_to(&way_in), [StreamStart, Segment, Eos]);
    }

    #[test]
    fn what_is_gone_is_black() {
        let whole = area("3x3+10+20");
        for (part, expected) in [
            ("3x3+10+20", [1, 1, 1, 1, 1, 1, 1, 1, 1]),
            ("2x2+10+20", [1, 1, 0, 1, 1, 0, 0, 0, 0]),
            ("1x2+12+21", [0, 0, 0, 0, 0, 1, 0, 0, 1]),
            ("3x1+10+21", [0, 0, 0, 1, 1, 1, 0, 0, 0]),
        ] {
            let part_area = area(part);
            let points = vec![1; bytes_of(part_area)];
            let framed = framed(points, part_area, whole);
            let first_of_each: Vec<u8> = framed.chunks(4).map(|point| point[0]).collect();
            assert_eq!(first_of_each, expected, "{part}");
        }
    }

    fn bytes_of(area: Area) -> usize {
        usize::try_from(area.width * area.height * BYTES_A_POINT).unwrap()
    }
}
