//! What can go wrong, and with which requests.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::Pattern;
use crate::answer::Answer;

/// What a proxy does wrong. Rules are looked through in order: all that match apply together (a slow link may also have a
/// wrong clock), but of faults that end a request ([`Fault::ends`]) only the first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// In order.
    pub rules: Vec<Rule>,
}

/// One fault and the requests that it happens to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it is called in [`crate::Seen::matched`] and [`crate::Exchange::rules`].
    pub name: String,
    /// To which requests.
    pub when: When,
    /// What.
    pub fault: Fault,
}

/// Which requests a rule is about: all conditions that are given must hold. The default is every request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// To this server; to any without. A proxy doesn't know before whom it stands: [`Faults::towards`] chooses.
    pub to: Option<Server>,
    /// One of these methods; any when empty.
    pub methods: Vec<String>,
    /// A pattern of the path as it is sent, without the query.
    pub path: Option<Pattern>,
    /// Numbers of parts (`partNumber` in the query); any request when empty.
    pub parts: Vec<RangeInclusive<u32>>,
    /// Of the requests that the conditions above hold for, only these, counted from 1; all when empty.
    pub nth: Vec<u64>,
    /// Not more often than this.
    pub times: Option<u64>,
}

/// Before whom a proxy stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// The backend.
    Backend,
    /// The store.
    Store,
}

/// What can go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Everything takes longer.
    Latency {
        /// Before the request goes on to the upstream.
        request: Duration,
        /// Before the answer goes on to the client.
        answer: Duration,
    },
    /// A link that all requests of the rule share. At any moment no more has passed than its speed allows, so that what a
    /// client says of its progress can be held against [`crate::Proxy::forwarded_bytes`].
    Bandwidth {
        /// Bytes a second of request bodies; unlimited without.
        upload: Option<u64>,
        /// Bytes a second of answers' bodies; unlimited without.
        download: Option<u64>,
    },
    /// The connection breaks in the middle of a body. A body that is shorter passes.
    Cut {
        /// Of which body.
        direction: Direction,
        /// Bytes of it that pass before; 0 cuts behind the head.
        after_bytes: u64,
        /// What the client sees. The upstream sees an orderly end.
        how: Break,
    },
    /// One bit of a request's body is another when it goes on. A body that is shorter passes as it is.
    Corrupt {
        /// Bytes of the body before the one that is wrong, chunks' sizes among them where it comes in chunks.
        at_byte: u64,
    },
    /// Nothing goes on and nothing is said: the connection stays open and is not read from.
    BlackHole {
        /// Bytes of the request's body that the upstream gets before.
        after_bytes: u64,
        /// Reads the request to its end all the same, and forwards nothing: a proxy that swallows a body and then waits.
        reads: bool,
        /// How long; for ever without.
        lasts: Option<Duration>,
    },
    /// The proxy answers by itself.
    Answer(Answer),
    /// The upstream gets the request and answers; the client never hears of it.
    SwallowReply {
        /// What it sees instead.
        how: Break,
    },
    /// The answer comes without its `ETag`.
    NoEtag,
    /// The answer says that the object lies in an archive (`x-amz-storage-class: GLACIER`).
    Archived,
    /// The request arrives at the upstream a second time, on a connection of its own.
    Duplicate {
        /// How long after the end of the first.
        delay: Duration,
        /// What becomes of the first.
        first: First,
    },
    /// The answer's `Date` is another time, in seconds ahead of the upstream's.
    Clock {
        /// Negative when it is behind.
        ahead_seconds: i64,
    },
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the upstream.
    Request,
    /// From the upstream to the client.
    Response,
}

/// How a connection ends for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// A reset (RST).
    Reset,
    /// An orderly end (FIN) where none should be.
    Fin,
    /// Not at all: silence.
    Hang,
}

/// What becomes of a request that is delivered twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// It is delivered and answered as always.
    Delivered,
    /// It is received to its end and then seems lost: the client's connection is reset, and only the late copy arrives.
    Lost,
}

impl Fault {
    /// Whether a request that this happens to has no ordinary end. One of these happens to a request, not two.
    pub fn ends(&self) -> bool {
        match self {
            Self::Cut { .. }
            | Self::BlackHole { .. }
            | Self::Answer(_)
            | Self::SwallowReply { .. } => true,
            Self::Duplicate { first, .. } => *first == First::Lost,
            Self::Latency { .. }
            | Self::Bandwidth { .. }
            | Self::Corrupt { .. }
            | Self::NoEtag
            | Self::Archived
            | Self::Clock { .. } => false,
        }
    }
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// Those of them that a proxy before this server has to do with. A rule for both counts in each proxy by itself.
    #[must_use]
    pub fn towards(&self, server: Server) -> Self {
        let concerns = |rule: &&Rule| rule.when.to.is_none_or(|to| to == server);
        Self {
            rules: self.rules.iter().filter(concerns).cloned().collect(),
        }
    }
}

impl Rule {
    /// A fault that happens to every request.
    pub fn always(name: &str, fault: Fault) -> Self {
        Self {
            name: name.to_owned(),
            when: When::default(),
            fault,
        }
    }
}
