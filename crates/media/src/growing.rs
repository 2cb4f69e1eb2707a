//! Which bytes of a recording are final while its recorder still writes.

use std::ops::Range;

use crate::ebml::{Element, Extent, Id, Stop, text};

/// What GStreamer's `webmmux` calls itself in `MuxingApp` (RFC 9559, 5.1.2.13), but for its version.
const KNOWN_MUXER: &str = "GStreamer matroskamux";

/// The longest name of a muxer that is looked at, in bytes.
const LONGEST_NAME_BYTES: u64 = 64;

/// Follows a file that GStreamer's `webmmux` writes, and says which of its bytes will not change any more.
///
/// That muxer goes back twice: when a Cluster is over, to write its size into its header, and at the very end, to write
/// sizes, the `SeekHead` and the Duration into the file's first few hundred bytes. So what lies between the first Cluster and
/// the one that is being written is final as soon as the next one begins; the rest is once the recorder has closed the file.
/// Of files that any other muxer writes nothing is final before that: some move everything at their end.
///
/// It is fed the file's bytes from the first on, each once, as they come, and keeps none of them. What has gone by may have
/// changed since: whoever wants the final bytes reads them from the file.
///
/// ```
/// let mut growing = media::Growing::new();
/// growing.feed(b"\x1a\x45\xdf\xa3");
/// assert_eq!(growing.followed_bytes(), 4);
/// assert!(growing.final_range().is_empty());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Growing {
    /// Bytes that went by.
    followed: u64,
    /// Bytes of the element's content that are yet to go by unseen.
    unseen: u64,
    /// The beginning of a header, or of a name.
    pending: Vec<u8>,
    place: Place,
    /// Where the first Cluster begins.
    first_cluster: Option<u64>,
    /// Where what is final ends.
    final_end: u64,
    is_known: bool,
}

/// Among whose children the next header stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// Nobody's.
    #[default]
    Document,
    Segment,
    /// Info's, which ends here.
    Info(u64),
    /// No header: the muxer's name, of this many bytes, in an Info that ends there.
    Name(usize, u64),
    /// Those of a Cluster that is being written.
    Cluster,
    /// Nothing more becomes final.
    Over,
}

impl Growing {
    /// Nothing has gone by yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes have gone by: where the next ones to be fed begin, in bytes from the start of the file.
    pub fn followed_bytes(&self) -> u64 {
        self.followed
    }

    /// The bytes that will not change any more, as offsets from the start of the file; empty as long as there are none. It
    /// only ever grows at its end.
    pub fn final_range(&self) -> Range<u64> {
        let start = self.first_cluster.unwrap_or(self.final_end);
        start..self.final_end
    }

    /// These come next in the file.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.place == Place::Over {
                self.followed += bytes.len() as u64;
                return;
            }
            let unseen = usize::try_from(self.unseen).unwrap_or(usize::MAX);
            let passed = unseen.min(bytes.len());
            self.unseen -= passed as u64;
            self.followed += passed as u64;
            bytes = &bytes[passed..];
            if let Some((&next, rest)) = bytes.split_first() {
                self.pending.push(next);
                self.followed += 1;
                bytes = rest;
                self.read();
            }
        }
    }

    /// Makes of what is pending whatever can be made.
    fn read(&mut self) {
        if let Place::Name(length, info_end) = self.place {
            if self.pending.len() == length {
                self.is_known = text(&self.pending).starts_with(KNOWN_MUXER);
                self.pending.clear();
                self.place = Place::Info(info_end);
            }
            return;
        }
        let offset = self.followed - self.pending.len() as u64;
        match Element::parse(&self.pending, offset, Extent::Open, u64::MAX) {
            Ok(element) => {
                self.pending.clear();
                self.enter(element);
            }
            Err(Stop::Cut { .. }) => {}
            Err(_) => self.place = Place::Over,
        }
    }

    /// A header was read.
    fn enter(&mut self, element: Element) {
        if let Place::Info(end) = self.place
            && element.offset >= end
        {
            self.place = Place::Segment;
        }
        if self.place == Place::Cluster && element.id.ends_cluster() {
            self.place = Place::Segment;
        }
        match (self.place, element.id) {
            (Place::Document, Id::SEGMENT) => self.place = Place::Segment,
            (Place::Segment, id) if id.ends_cluster() || matches!(id, Id::VOID | Id::CRC_32) => {
                self.enter_child(element);
            }
            (Place::Info(end), Id::MUXING_APP) => match element.content_bytes() {
                Some(length @ 1..=LONGEST_NAME_BYTES) => {
                    let length = usize::try_from(length).unwrap_or_default();
                    self.place = Place::Name(length, end);
                }
                _ => self.place = Place::Over,
            },
            (Place::Document, Id::EBML | Id::VOID | Id::CRC_32)
            | (Place::Info(_), _)
            | (
                Place::Cluster,
                Id::TIMESTAMP
                | Id::POSITION
                | Id::PREV_SIZE
                | Id::SIMPLE_BLOCK
                | Id::BLOCK_GROUP
                | Id::VOID
                | Id::CRC_32,
            ) => self.pass(element),
            _ => self.place = Place::Over,
        }
    }

    /// A child of the Segment begins: the Cluster before it, if there is one, is over.
    fn enter_child(&mut self, element: Element) {
        if self.first_cluster.is_some() {
            self.final_end = element.offset;
        }
        match (element.id, element.extent) {
            (Id::CLUSTER, extent) if self.is_known => {
                self.first_cluster.get_or_insert(element.offset);
                self.final_end = element.offset;
                match extent {
                    Extent::Open => self.place = Place::Cluster,
                    Extent::Closed(_) => self.pass(element),
                }
            }
            // What comes behind the clusters is written over until the end.
            _ if self.first_cluster.is_some() || element.id.ends_segment() => {
                self.place = Place::Over;
            }
            (Id::INFO, Extent::Closed(end)) => self.place = Place::Info(end),
            (Id::CLUSTER, _) => self.place = Place::Over,
            _ => self.pass(element),
        }
    }

    /// Its content need not be seen.
    fn pass(&mut self, element: Element) {
        match element.content_bytes() {
            Some(length) => self.unseen = length,
            None => self.place = Place::Over,
        }
    }
}
