//! Points of what an X11 display shows, by memory that is shared with it.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _};
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{MemfdFlags, memfd_create};
use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::shm::{ConnectionExt as _, Seg};
use x11rb::protocol::xfixes::{ConnectionExt as _, GetCursorImageReply};
use x11rb::protocol::xproto::{Drawable, ImageFormat};
use x11rb::rust_connection::RustConnection;

use crate::frames::{self, Shot};
use crate::pointer;
use crate::trouble::Trouble;

/// Four bytes a point: blue, green, red, and nothing.
pub(crate) const BYTES_A_POINT: u32 = 4;
/// Of these depths the four bytes are as above.
const DEPTHS: [u8; 2] = [24, 32];

/// A connection of its own to the display of the environment.
pub(crate) struct Grabber {
    pub(crate) connection: RustConnection,
    pub(crate) root: u32,
    memory: Option<Memory>,
}

/// Memory that the display writes to. It is read as a file, so that none of it is ours while the display has it.
struct Memory {
    segment: Seg,
    file: File,
    bytes: u32,
}

impl Grabber {
    /// Connects.
    pub(crate) fn open() -> Result<Self, Trouble> {
        let (connection, number) = x11rb::connect(None).map_err(Trouble::NotConnected)?;
        let root = connection.setup().roots[number].root;
        connection.shm_query_version()?.reply()?;
        // Pointers are to be asked for.
        connection.xfixes_query_version(4, 0)?.reply()?;
        Ok(Self {
            connection,
            root,
            memory: None,
        })
    }

    /// What is of this depth can be looked at.
    pub(crate) fn knows(depth: u8) -> Result<(), Trouble> {
        if DEPTHS.contains(&depth) {
            Ok(())
        } else {
            Err(Trouble::Depth(depth))
        }
    }

    /// What is to be seen of this window (or of the desktop: of all that is on it) from here on, so large.
    pub(crate) fn points(
        &mut self,
        of: Drawable,
        (x, y): (i16, i16),
        (width, height): (u16, u16),
    ) -> Result<Vec<u8>, Trouble> {
        let bytes = u32::from(width) * u32::from(height) * BYTES_A_POINT;
        let memory = match self.memory.take() {
            Some(memory) if memory.bytes >= bytes => memory,
            smaller => {
                if let Some(Memory { segment, .. }) = smaller {
                    self.connection.shm_detach(segment)?;
                }
                self.share(bytes)?
            }
        };
        let memory = self.memory.insert(memory);
        let answer = self.connection.shm_get_image(
            of,
            x,
            y,
            width,
            height,
            u32::MAX,
            ImageFormat::Z_PIXMAP.into(),
            memory.segment,
            0,
        )?;
        answer.reply()?;
        memory.read(bytes).map_err(Trouble::NoMemory)
    }

    fn share(&self, bytes: u32) -> Result<Memory, Trouble> {
        let no_memory = |error: rustix::io::Errno| Trouble::NoMemory(error.into());
        let memory: OwnedFd =
            memfd_create("revui-picture", MemfdFlags::CLOEXEC).map_err(no_memory)?;
        rustix::fs::ftruncate(&memory, bytes.into()).map_err(no_memory)?;
        let theirs = memory
            .as_fd()
            .try_clone_to_owned()
            .map_err(Trouble::NoMemory)?;
        let segment = self.connection.generate_id()?;
        let attached = self.connection.shm_attach_fd(segment, theirs, false)?;
        attached
            .check()
            .map_err(|error: ReplyError| Trouble::Display(error))?;
        Ok(Memory {
            segment,
            file: memory.into(),
            bytes,
        })
    }
}

/// A picture of these points, which are from `origin` on, with the pointer in it.
pub(crate) fn with_pointer(
    mut points: Vec<u8>,
    (width, height): (u32, u32),
    origin: (i32, i32),
    cursor: &GetCursorImageReply,
) -> Shot {
    pointer::draw(&mut points, width, height, origin, cursor);
    Shot {
        points,
        format: frames::OF_X11,
        width,
        height,
    }
}

impl Memory {
    /// Into room that nobody fills with zeros before.
    fn read(&self, bytes: u32) -> std::io::Result<Vec<u8>> {
        let wanted = usize::try_from(bytes).unwrap_or_default();
        let mut points = Vec::with_capacity(wanted);
        let mut file = &self.file;
        file.rewind()?;
        file.take(bytes.into()).read_to_end(&mut points)?;
        if points.len() == wanted {
            Ok(points)
        } else {
            Err(ErrorKind::UnexpectedEof.into())
        }
    }
}
