//! How fast it goes, and how far it has come.

use tokio::time::Instant;

use super::super::{Event, Goal, Line, Speed, Stage, Ticket};
use super::Drive;

impl Drive {
    /// How far what is on its way has come.
    pub(super) fn look(&mut self) -> Option<Event> {
        let bytes = self.acknowledged_bytes()?;
        let now = Instant::now();
        let on_the_wire = self.state.tally.bytes_sent + bytes;
        self.speed
            .learn(on_the_wire, now.duration_since(self.looked_at));
        self.looked_at = now;
        Some(Event::Progressed(bytes))
    }

    /// What has been acknowledged of the attempt that runs, or of the parts that are on their way; `None` while nothing
    /// is being sent.
    fn acknowledged_bytes(&self) -> Option<u64> {
        if self.state.stage != Stage::Working {
            return None;
        }
        match &self.state.goal {
            Goal::Send(_, Ticket::Multipart(_)) => Some(self.parts.acknowledged_bytes()),
            Goal::Send(_, Ticket::Single(_)) => {
                self.operation.as_ref()?;
                Some(self.progress.acknowledged_bytes())
            }
            _ => None,
        }
    }

    /// Speed counts from now on.
    pub(super) fn begin_to_measure(&mut self) {
        self.speed = Speed::counting_from(self.state.tally.bytes_sent);
        self.looked_at = Instant::now();
    }

    /// Tells the lanes what has arrived, and the upload what the lanes make of it.
    pub(super) async fn measure(&mut self) {
        let line = {
            let mut lanes = self.lanes.lock();
            // What rests between parts tells nothing of the line.
            let is_measured = self.state.holds_turn || self.state.is_live;
            if is_measured && !self.state.is_recording() {
                let in_flight = self.acknowledged_bytes();
                let on_the_wire = self.state.tally.bytes_sent + in_flight.unwrap_or(0);
                let in_use = self
                    .parts
                    .in_use()
                    .max(u32::from(in_flight.is_some() && self.operation.is_some()));
                let bytes = on_the_wire.saturating_sub(self.told_bytes);
                self.told_bytes = on_the_wire;
                lanes.learn(bytes, in_use, std::time::Instant::now());
            }
            Line {
                lanes: lanes.count(),
                bytes_per_second: lanes.bytes_per_second(),
            }
        };
        if line != self.state.line {
            self.happen(Event::Measured(line)).await;
        }
    }
}
