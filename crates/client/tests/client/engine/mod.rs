//! Uploads from file to link, over real sockets, with everything that goes wrong on the way.

mod backend;
mod http;
mod journal;
mod mishaps;
mod parts;
mod sleep;
mod store;
mod uploads;
mod webm;
mod wishes;
mod world;
