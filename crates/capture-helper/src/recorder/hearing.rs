//! What the pipeline tells.

use std::sync::mpsc::Receiver;

use capture::protocol::Event;
use gst::prelude::*;
use gstreamer as gst;

use super::Recorder;
use crate::inbox::Input;
use crate::outlet::{note, tell};
use crate::sound;
use crate::trouble::Trouble;

impl Recorder<'_> {
    pub(super) fn hear(&mut self, message: &gst::Message) -> Option<Event> {
        match message.view() {
            gst::MessageView::Eos(_) => return Some(self.finished()),
            gst::MessageView::Latency(_) => self.pipeline.reckon_latency(),
            gst::MessageView::Element(_) => self.level(message),
            gst::MessageView::Error(error) => return self.hear_error(message, error),
            _ => {}
        }
        None
    }

    fn level(&self, message: &gst::Message) {
        let levels = message.structure().and_then(sound::levels);
        let source = message
            .src()
            .and_then(|element| self.pipeline.sound_of(element));
        if let (Some((rms_decibels, peak_decibels)), Some(source)) = (levels, source) {
            tell(&Event::Level {
                source,
                rms_decibels,
                peak_decibels,
            });
        }
    }

    fn hear_error(&mut self, message: &gst::Message, error: &gst::message::Error) -> Option<Event> {
        let source = message
            .src()
            .and_then(|element| self.pipeline.sound_of(element));
        if let Some(source) = source {
            note(&format!(
                "{source:?}: {} ({:?})",
                error.error(),
                error.debug()
            ));
            let device = self.pipeline.remove_sound(source)?;
            self.lose(source, device);
            return None;
        }
        // A device that went may complain more than once: when its sound server goes, also of being stopped.
        let is_gone = message
            .src()
            .is_some_and(|element| !self.pipeline.holds(element));
        if is_gone {
            note(&format!("{} ({:?})", error.error(), error.debug()));
            return None;
        }
        let of_picture = message
            .src()
            .is_some_and(|from| self.pipeline.is_of_picture(from));
        if of_picture && self.survives(&Trouble::of_element(message, error)) {
            return None;
        }
        let full = error.error().matches(gst::ResourceError::NoSpaceLeft);
        let trouble = match &self.path {
            Some(path) if full => Trouble::DiskFull(path.clone()),
            _ => Trouble::of_element(message, error),
        };
        // A file that cannot be written cannot be finished.
        let of_file = message
            .src()
            .is_some_and(|element| element.name().starts_with("filesink"));
        if full || of_file {
            Some(self.failed(&trouble))
        } else {
            self.fail(trouble)
        }
    }
}

/// What the pipeline says why it does not start.
pub(super) fn first_error(inbox: &Receiver<Input>) -> Option<Trouble> {
    inbox.try_iter().find_map(|input| match input {
        Input::Bus(message) => match message.view() {
            gst::MessageView::Error(error) => Some(Trouble::of_element(&message, error)),
            _ => None,
        },
        _ => None,
    })
}
