//! Requests on their way: how they take off, get on, and land.

use jiff::SignedDuration;

use super::super::super::{Event, Goal, Stage, Trouble};
use super::super::cloud::Request;
use super::super::file::sha256;
use super::super::program::{Life, Operation};
use super::flight::{Deed, Fate, Flight, Slot, failed, failed_for};
use super::sky::{READ, Sky, TICK};
use crate::{Code, Diagnosis};

impl Sky {
    /// Everything that was asked just now takes off.
    pub(super) fn launch(&mut self) {
        let asked: Vec<(Slot, u64)> = self.program.serials.clone().into_iter().collect();
        let program = &self.program;
        self.flights.retain(|slot, flight| {
            let is_there = match slot {
                None => program.operation.is_some(),
                Some(number) => program.parts.contains_key(number),
            };
            is_there && program.serials.get(slot) == Some(&flight.serial)
        });
        for (slot, serial) in asked {
            let is_there = match slot {
                None => self.program.operation.is_some(),
                Some(number) => self.program.parts.contains_key(&number),
            };
            if is_there && !self.flights.contains_key(&slot) {
                let flight = self.take_off(slot, serial);
                self.flights.insert(slot, flight);
            }
        }
    }

    fn take_off(&mut self, slot: Slot, serial: u64) -> Flight {
        let mut request = match (slot, &self.program.operation) {
            (Some(number), _) => Some(self.program.parts[&number].clone()),
            (None, Some(Operation::Remote(request))) => Some(request.clone()),
            (None, _) => None,
        };
        let bytes = match &mut request {
            Some(Request::Put { content, .. }) => content.range.end,
            Some(Request::PutPart {
                content,
                recording,
                upload,
                ..
            }) => {
                *upload = self.cloud.upload_of(recording);
                content.range.end - content.range.start
            }
            _ => 0,
        };
        let fate = self.fate(request.is_some(), bytes > 0);
        let breaks = matches!(fate, Fate::Failed(_, Deed::Never));
        let stops_at = match bytes {
            0 => 0,
            _ if breaks => self.lot.between(0, bytes - 1),
            _ => bytes,
        };
        let due = (bytes == 0 || stops_at == 0).then(|| self.now + self.storm.latency + READ);
        Flight {
            serial,
            request,
            bytes,
            acknowledged: 0,
            stops_at,
            due,
            fate,
        }
    }

    fn fate(&mut self, is_remote: bool, is_put: bool) -> Fate {
        if !is_remote || !self.is_stormy() || !self.lot.happens(self.storm.fault_rate) {
            return Fate::Answered;
        }
        if self.lot.happens(0.1) {
            return Fate::Doubled;
        }
        let trouble = self.storm.trouble(&mut self.lot, is_put);
        let deed = match trouble {
            Trouble::NoWay | Trouble::SignedOut | Trouble::TicketRefused => Deed::Never,
            _ => self.lot.one_of(&[Deed::Never, Deed::Done, Deed::Late]),
        };
        Fate::Failed(trouble, deed)
    }

    /// Something on its way has come to its end.
    pub(super) fn land(&mut self, slot: Slot) {
        let Some(flight) = self.flights.remove(&slot) else {
            return;
        };
        match slot {
            None => self.program.operation = None,
            Some(number) => drop(self.program.parts.remove(&number)),
        }
        let event = self.outcome(slot, &flight);
        if let Event::PartFailed { .. } = event {
            self.excused += flight.acknowledged;
        }
        let dies = self.is_stormy() && self.lot.happens(0.01);
        let life = if dies {
            Life::Until(usize::try_from(self.lot.between(0, 2)).unwrap())
        } else {
            Life::Long
        };
        if !self.feed_for(event, life) {
            self.crash();
        }
    }

    fn outcome(&mut self, slot: Slot, flight: &Flight) -> Event {
        let Some(request) = &flight.request else {
            return if self.has_changed {
                failed_for(
                    slot,
                    0,
                    Trouble::Lasting,
                    Diagnosis::of(Code::SourceChanged),
                )
            } else {
                Event::Hashed(sha256(&self.file.blocks))
            };
        };
        if flight.is_put() && self.has_changed {
            let diagnosis = Diagnosis::of(Code::SourceChanged);
            return failed_for(slot, flight.acknowledged, Trouble::Lasting, diagnosis);
        }
        let is_of_backend = matches!(request, Request::Ask(_)) || slot.is_some();
        if is_of_backend && self.signed_out_until.is_some() && flight.acknowledged == 0 {
            return failed(slot, 0, Trouble::SignedOut);
        }
        match flight.fate {
            Fate::Answered => self.cloud.perform(request).unwrap(),
            Fate::Doubled => {
                let event = self.cloud.perform(request).unwrap();
                self.set_adrift(request.clone());
                event
            }
            Fate::Failed(trouble, deed) => {
                *self.faults.entry(name_of(trouble)).or_default() += 1;
                match deed {
                    Deed::Done => drop(self.cloud.perform(request)),
                    Deed::Late => self.set_adrift(request.clone()),
                    Deed::Never => {}
                }
                failed(slot, flight.acknowledged, trouble)
            }
        }
    }

    /// A quarter of a second of sending.
    pub(super) fn tick(&mut self) {
        self.ticks_at = self.now + TICK;
        let lanes = self
            .flights
            .values()
            .filter(|flight| flight.is_put())
            .count() as u64;
        let share = (self.storm.line_speed / lanes.max(1)).min(self.storm.lane_speed) / 4 + 1;
        let (now, latency) = (self.now, self.storm.latency);
        let mut in_flight = 0;
        for (slot, flight) in &mut self.flights {
            if flight.is_put() && flight.due.is_none() {
                let more = share.min(flight.stops_at - flight.acknowledged);
                flight.acknowledged += more;
                self.on_the_wire += if slot.is_some() { more } else { 0 };
                if flight.acknowledged == flight.stops_at {
                    let stalls = matches!(flight.fate, Fate::Failed(Trouble::Stalled, _));
                    let wait = if stalls {
                        SignedDuration::from_secs(30)
                    } else {
                        latency
                    };
                    flight.due = Some(now + wait);
                }
            }
            in_flight += flight.acknowledged;
        }
        self.measure(in_flight, u32::try_from(lanes).unwrap());
        let is_sending = matches!(self.program.state.goal, Goal::Send(..));
        if is_sending && self.program.state.stage == Stage::Working {
            self.feed(Event::Progressed(in_flight));
        }
    }
}

fn name_of(trouble: Trouble) -> String {
    let shown = format!("{trouble:?}");
    shown.split(' ').next().unwrap_or_default().to_owned()
}
