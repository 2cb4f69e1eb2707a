//! The whole of it: sources, encoders and the file, and what can be done to them while they run.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use capture::protocol::SoundSource;
use capture::{Fineness, SoundDevice, Sources};
use gst::prelude::*;
use gstreamer as gst;

use crate::camera::CameraFrames;
use crate::encoding;
use crate::frames::Frames;
use crate::inbox::Input;
use crate::picture::PictureChain;
use crate::plan::Plan;
use crate::portal::Pace;
use crate::remains::Successor;
use crate::sound::{self, SoundInput};
use crate::timeline::{Timeline, Track};
use crate::trouble::Trouble;
use crate::window::WindowFrames;

/// A pipeline of one recording. Dropping it stops it at once.
pub(crate) struct Pipeline {
    sources: &'static Sources,
    whole: gst::Pipeline,
    timeline: Arc<Timeline>,
    told: Sender<Input>,
    wanted: Fineness,
    taken: Fineness,
    /// Where each encoder takes what it encodes, until it was told that this was the last.
    ways_in: Vec<(Track, gst::Pad)>,
    mixer: Option<gst::Element>,
    /// Until it plays, and while it rests, what keeps the mixer from filling the time that passes with silence.
    held: Option<(gst::Pad, gst::PadProbeId)>,
    sounds: Vec<SoundInput>,
    frames: Option<WindowFrames>,
    camera: Option<CameraFrames>,
    pace: Option<Pace>,
    first: gst::Element,
    successor: Option<Successor>,
    /// Once the successor has taken the place of the first element, what fills it.
    remains: Option<Frames>,
}

impl Pipeline {
    /// Builds it, to this file or to none.
    pub(crate) fn build(
        plan: &Plan,
        output: Option<&Path>,
        told: &Sender<Input>,
    ) -> Result<Self, Trouble> {
        let chain = PictureChain::of(plan, told)?;
        let pipeline = gst::Pipeline::new();
        // Not by the clock of a sound device, which may go.
        pipeline.use_clock(Some(&gst::SystemClock::obtain()));
        listen(&pipeline, told);
        let timeline = Arc::new(Timeline::new(plan.limit));
        let (muxer, sink) = encoding::file(output)?;
        pipeline.add_many([&muxer, &sink])?;
        muxer.link(&sink)?;

        let Some(first) = chain.elements.first().cloned() else {
            return Err(gst::glib::bool_error!("a picture without a source").into());
        };
        let mut this = Self {
            sources: plan.sources,
            whole: pipeline,
            timeline,
            told: told.clone(),
            wanted: chain.wanted,
            taken: chain.taken,
            ways_in: Vec::new(),
            mixer: None,
            held: None,
            sounds: Vec::new(),
            frames: chain.frames,
            camera: chain.camera,
            pace: chain.pace,
            first,
            successor: chain.successor,
            remains: None,
        };
        let Fineness {
            width,
            height,
            frames_per_second,
        } = chain.taken;
        let encoder = encoding::vp9(width, height, frames_per_second)?;
        this.add_track(Track::Picture, &chain.elements, &encoder, &muxer)?;
        if plan.has_sound() {
            let (bed, mixer) = sound::bed()?;
            this.add_track(Track::Sound, &bed, &encoding::opus()?, &muxer)?;
            this.mixer = Some(mixer);
            this.hold();
        }
        Ok(this)
    }

    fn add_track(
        &mut self,
        track: Track,
        raw: &[gst::Element],
        encoder: &gst::Element,
        muxer: &gst::Element,
    ) -> Result<(), Trouble> {
        let waiting = encoding::waiting_room()?;
        self.whole.add_many(raw)?;
        self.whole.add_many([encoder, &waiting])?;
        let whole = raw.iter().chain([encoder, &waiting, muxer]);
        gst::Element::link_many(whole)?;
        let way_in = encoding::guard(encoder, track, &self.timeline, &self.told);
        self.ways_in.extend(way_in.map(|pad| (track, pad)));
        Ok(())
    }

    /// How fine the recording is.
    pub(crate) fn fineness(&self) -> Fineness {
        self.taken
    }

    /// How fine it was to be, before anybody asked how fast this computer is.
    pub(crate) fn wanted(&self) -> Fineness {
        self.wanted
    }

    /// How long the recording is by now.
    pub(crate) fn elapsed(&self) -> Duration {
        self.timeline.elapsed()
    }

    /// Starts it, or goes on.
    pub(crate) fn play(&mut self) -> Result<(), Trouble> {
        self.whole.set_state(gst::State::Playing)?;
        if let Some((way_out, hold)) = self.held.take() {
            way_out.remove_probe(hold);
        }
        if let Some(frames) = &mut self.frames {
            frames.start(self.first.clone());
        }
        if let Some(camera) = &mut self.camera {
            camera.start();
        }
        if let Some(pace) = &mut self.pace {
            pace.start(self.first.clone());
        }
        Ok(())
    }

    /// Lets it rest: its time stands still.
    pub(crate) fn pause(&mut self) -> Result<(), Trouble> {
        self.hold();
        self.whole.set_state(gst::State::Paused)?;
        Ok(())
    }

    /// Holds the mixer until it plays. One that is not held goes by its clock from when it has that, a moment before it is told
    /// when the recording's time began: on a busy computer it fills seconds with silence then, before there is any sound.
    fn hold(&mut self) {
        let mixer = self.mixer.as_ref();
        self.held = mixer
            .and_then(|mixer| mixer.static_pad("src"))
            .and_then(|way_out| {
                let kind = gst::PadProbeType::BLOCK_DOWNSTREAM;
                let hold = way_out.add_probe(kind, |_, _| gst::PadProbeReturn::Ok)?;
                Some((way_out, hold))
            });
    }

    /// The recording ends with the picture that was the last until now. Each track says when it is there.
    pub(crate) fn end_here(&self) {
        self.timeline.end_here();
    }

    /// This track's last was its last: its encoder hands out what it has, and the file is finished after both.
    pub(crate) fn finish(&mut self, track: Track) {
        if let Some(camera) = &self.camera {
            camera.close();
        }
        for (_, way_in) in self.ways_in.extract_if(.., |(of, _)| *of == track) {
            // On a thread of its own: it waits for what the encoder is about.
            std::thread::spawn(move || way_in.send_event(gst::event::Eos::new()));
        }
    }

    /// Stops it, wherever it is.
    pub(crate) fn shut(&mut self) {
        self.frames = None;
        self.camera = None;
        self.pace = None;
        self.remains = None;
        let _ = self.whole.set_state(gst::State::Null);
    }

    /// The elements' latency has changed.
    pub(crate) fn reckon_latency(&self) {
        // One that cannot be reckoned now is when the next element asks.
        let _ = self.whole.recalculate_latency();
    }

    /// Whether the picture comes from this element.
    pub(crate) fn is_of_picture(&self, element: &gst::Object) -> bool {
        element == self.first.upcast_ref::<gst::Object>()
    }

    /// Goes on taking pictures of the desktop where its source cannot. Returns whether that was still to be done.
    pub(crate) fn take_over(&mut self) -> Result<bool, Trouble> {
        let Some(successor) = self.successor.take() else {
            return Ok(false);
        };
        let (source, frames) = successor.take_place(&self.whole, &self.first)?;
        self.first = source;
        self.remains = Some(frames);
        Ok(true)
    }

    /// Mixes a device in.
    pub(crate) fn add_sound(
        &mut self,
        source: SoundSource,
        device: &SoundDevice,
    ) -> Result<(), Trouble> {
        if let (Some(mixer), Some(by)) = (&self.mixer, self.sources.of_sound(source)) {
            let (device, told) = (device.clone(), &self.told);
            let input = SoundInput::add(&self.whole, mixer, (source, by), device, told)?;
            self.sounds.push(input);
        }
        Ok(())
    }

    /// Whose sound this element belongs to.
    pub(crate) fn sound_of(&self, element: &gst::Object) -> Option<SoundSource> {
        let input = self.sounds.iter().find(|input| input.has(element));
        input.map(|input| input.source)
    }

    /// Whether this element is a part of it still.
    pub(crate) fn holds(&self, element: &gst::Object) -> bool {
        element == self.whole.upcast_ref::<gst::Object>() || element.has_as_ancestor(&self.whole)
    }

    /// Leaves silence in the place of a device; returns which it was.
    pub(crate) fn remove_sound(&mut self, source: SoundSource) -> Option<SoundDevice> {
        let at = self
            .sounds
            .iter()
            .position(|input| input.source == source)?;
        let input = self.sounds.swap_remove(at);
        let device = input.device.clone();
        if let Some(mixer) = &self.mixer {
            input.remove(&self.whole, mixer);
        }
        Some(device)
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.shut();
    }
}

/// Passes on what of a pipeline's messages matters.
fn listen(pipeline: &gst::Pipeline, told: &Sender<Input>) {
    let told = told.clone();
    let Some(bus) = pipeline.bus() else { return };
    bus.set_sync_handler(move |_, message| {
        use gst::MessageView as View;
        if let View::Error(_) | View::Eos(_) | View::Element(_) | View::Latency(_) = message.view()
        {
            let _ = told.send(Input::Bus(message.clone()));
        }
        gst::BusSyncReply::Drop
    });
}
