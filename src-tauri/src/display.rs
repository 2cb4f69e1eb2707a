//! Whether there is a screen to open a window on. The window library panics where there is none.

/// There is nothing to show a window on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoDisplay {
    /// Neither variable is set.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    #[error(
        "there is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set). Use `revui` to upload from a \
         terminal."
    )]
    Unset,
    /// A variable is set, but nothing answers.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    #[error(
        "the display that DISPLAY or WAYLAND_DISPLAY names cannot be opened. Use `revui` to upload from a terminal."
    )]
    Unreachable,
}

/// Looks for a display before the window library does.
#[cfg(target_os = "linux")]
pub(crate) fn check() -> Result<(), NoDisplay> {
    let named = |variable: &str| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    if !named("DISPLAY") && !named("WAYLAND_DISPLAY") {
        return Err(NoDisplay::Unset);
    }
    gtk::init().map_err(|_| NoDisplay::Unreachable)
}

/// Other systems always have one.
#[cfg(not(target_os = "linux"))]
#[allow(clippy::unnecessary_wraps)] // the same signature everywhere
pub(crate) fn check() -> Result<(), NoDisplay> {
    Ok(())
}
