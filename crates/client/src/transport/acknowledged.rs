//! How much of what was written to a socket the other side has not acknowledged: the one call for which the standard
//! library and the socket crates have no safe form.

use socket2::Socket;

/// Bytes written to the socket that the other side has not acknowledged yet; `None` when the socket cannot tell.
///
/// Linux tells by `SIOCOUTQ` (another name of `TIOCOUTQ`; see tcp(7)).
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
pub(super) fn waiting_bytes(socket: &Socket) -> Option<u64> {
    use std::os::fd::AsRawFd;

    let mut waiting: libc::c_int = 0;
    // SAFETY: the descriptor is open for as long as `socket` is borrowed, and this request writes one `int` through the
    // pointer, which points to one.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), libc::TIOCOUTQ, &raw mut waiting) };
    (result == 0).then(|| u64::try_from(waiting).ok()).flatten()
}

/// Elsewhere the kernel is not asked: see [`super::socket::MOST_UNSEEN_BYTES`].
#[cfg(not(target_os = "linux"))]
pub(super) fn waiting_bytes(_socket: &Socket) -> Option<u64> {
    None
}
