//! How much of what was written to a socket the other side has not acknowledged: the one call for which the standard
//! library and the socket crates have no safe form.

use socket2::Socket;

/// Says how many bytes that were written to a socket the other side has not acknowledged yet; `None` when nobody knows.
pub(super) type Ask = fn(&Socket) -> Option<u64>;

/// Linux says it by `SIOCOUTQ` (another name of `TIOCOUTQ`; see tcp(7)).
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

/// macOS says it by `SO_NWRITE`: the bytes in the send buffer, where they stay until they are acknowledged.
/// Source: <https://github.com/apple-oss-distributions/xnu>, `sogetoptlock` in `bsd/kern/uipc_socket.c` (`so_snd.sb_cc`)
#[cfg(target_os = "macos")]
#[allow(unsafe_code)]
pub(super) fn waiting_bytes(socket: &Socket) -> Option<u64> {
    use std::os::fd::AsRawFd;

    let mut waiting: libc::c_int = 0;
    let mut length = libc::socklen_t::try_from(size_of::<libc::c_int>()).ok()?;
    // SAFETY: the descriptor is open for as long as `socket` is borrowed; this option is one `int`, which is written
    // through the first pointer, and `length` says that there is room for one.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_NWRITE,
            (&raw mut waiting).cast(),
            &raw mut length,
        )
    };
    (result == 0).then(|| u64::try_from(waiting).ok()).flatten()
}

/// Elsewhere the kernel is not asked: see [`super::socket::MOST_UNSEEN_BYTES`]. What Windows counts (`SIO_TCP_INFO`) are
/// bytes on the line, and not those that wait in the buffer before it.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn waiting_bytes(_socket: &Socket) -> Option<u64> {
    None
}
