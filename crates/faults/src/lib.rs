//! A proxy that does on purpose what networks and servers do by accident.
//!
//! It stands between an HTTP/1.1 client and its server and passes every message on byte for byte, so that signatures over
//! hosts, headers and bodies stay what they were; except that rules say otherwise. Bodies stream through buffers of fixed
//! size. It knows no S3 beyond the shape of its errors and the name of the query's `partNumber`, and it imports nothing of
//! ours. Tests use it as a library; testers by `revui-server serve --embedded --faults faults.toml`.
//!
//! # Writing faults
//!
//! A file is a list of rules. Each says with `fault` what goes wrong, and otherwise to which requests:
//!
//! | key | |
//! |---|---|
//! | `name` | what it is called where matches are counted, and in the log |
//! | `to` | `"backend"` or `"store"`, where a proxy stands before each; both when left out |
//! | `method` | `"PUT"`, or a list |
//! | `path` | the path as it is sent, without the query; `*` stands for anything |
//! | `part` | numbers of parts: `3`, `"2-5"`, or a list |
//! | `nth` | only the second of the requests that match: `2`, or a list |
//! | `times` | at most so often |
//!
//! All that match apply together, but of faults that end a request (marked †) only the first. Sizes are bytes or `"64KiB"`,
//! `"1MB"`; durations `"200ms"`, `"2s"`, `"20m"`, `"1h"`; speeds `"1MiB/s"`, `"64kbit/s"`.
//!
//! | `fault` | its own keys | |
//! |---|---|---|
//! | `"latency"` | `delay`, `answer_delay` | before the request, and before the answer, goes on |
//! | `"bandwidth"` | `upload`, `download` | a link that all requests of the rule share |
//! | `"cut"` † | `after`, `direction` (`"request"`), `how` (`"reset"`) | the connection breaks inside a body |
//! | `"corrupt"` | `at` (0) | one bit of a request's body is another, in the byte behind so many |
//! | `"black-hole"` † | `after`, `reads` (`false`), `lasts` | nothing goes on, nothing is said. With `lasts` it goes on after that long; with `reads` it swallows the body, and after `lasts` closes |
//! | `"refuse"` † | `status` (403), `code`, `message`, `after`, `close` (`"at-once"`, `"linger"` or `"never"`) | an answer before the body was read |
//! | `"captive-portal"` † | | 200 and a page of HTML |
//! | `"unavailable"` † | `retry_after`, `status` (503) | with S3's `SlowDown` |
//! | `"error-in-success"` † | `code` (`"InternalError"`) | 200 and S3's `<Error>` |
//! | `"swallow-reply"` † | `how` | the server got it all, the client never hears of it |
//! | `"no-etag"` | | the answer loses its `ETag` |
//! | `"archived"` | | the answer says that the object lies in an archive |
//! | `"duplicate"` | `delay`, `first` (`"delivered"`, or `"lost"` †) | the request arrives again, that long after the first |
//! | `"clock"` | `ahead` or `behind` | another `Date` |
//! | `"huge-answer"` † | `size` (100 MB) | a body that nobody asked for |
//! | `"huge-headers"` † | `size` (1 MB) | likewise headers |
//! | `"redirect"` † | `location`, `status` (307) | somewhere else, please |
//!
//! `how` is `"reset"`, `"fin"` (an orderly end where none should be) or `"hang"` (silence). The answers that the proxy makes
//! up take `forwarded = true`, by which the server gets the request all the same and its own answer is thrown away, and
//! `body`, a text of one's own. `examples/faults.toml` shows each fault.
//!
//! # In tests
//!
//! ```
//! use faults::{Faults, Proxy};
//! use tokio::net::TcpListener;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let store = TcpListener::bind("127.0.0.1:0").await?;
//! # let store_address = store.local_addr()?;
//! let faults = Faults::from_toml(
//!     r#"
//!     [[rule]]
//!     name = "lost"
//!     method = "PUT"
//!     nth = 1
//!     fault = "swallow-reply"
//!     "#,
//! )?;
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let proxy = Proxy::start(listener, store_address, faults)?;
//! // ... a client uploads to proxy.address() ...
//! assert_eq!(proxy.seen().matched("lost"), 0);
//! proxy.set(Faults::none());
//! # Ok(())
//! # }
//! ```
//!
//! [`Proxy::until`] waits for something to have happened, [`Proxy::seen`] says what the upstream got of every request, and
//! [`Proxy::freeze`] and [`Proxy::cut_all`] do to what is under way what no rule can.

mod answer;
mod http;
mod pace;
mod pattern;
mod proxy;
mod rule;
mod schedule;
mod seen;
mod toml;

pub use answer::{Answer, Body, Close, Reads};
pub use pattern::Pattern;
pub use proxy::Proxy;
pub use rule::{Break, Direction, Fault, Faults, First, Rule, Server, When};
pub use seen::{Exchange, Seen};
pub use toml::{FaultsError, Problem};
