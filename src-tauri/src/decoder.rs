//! Whether the webview can be given a picture to decode without losing its page.

#[cfg(target_os = "linux")]
pub(crate) use gstreamer::is_safe;

/// Elsewhere decoders come with the webview, and one that is missing is an error event like any other.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_safe() -> bool {
    true
}

/// On Linux, `WebKitGTK` decodes by `GStreamer`, whose plugins are packages of their own. Most that are missing leave a picture
/// undecoded; two end the whole page. The shell links no `GStreamer`: it looks where `GStreamer` itself would
/// (<https://gstreamer.freedesktop.org/documentation/gstreamer/running.html>).
#[cfg(target_os = "linux")]
mod gstreamer {
    use std::env;
    use std::ffi::OsString;
    use std::fs;
    use std::path::{Path, PathBuf};

    /// The files of the plugins without which a video ends the page, one that is muted and has no sound, too (`WebKitGTK` 2.50):
    /// `appsink` takes the pictures, and `autoaudiosink` is made in any case.
    const NEEDED: [&str; 2] = ["libgstapp.so", "libgstautodetect.so"];

    /// The library beside whose file the system's plugins lie.
    const LIBRARY: &str = "libgstreamer-1.0.so";

    /// Whether all plugins are there whose lack would end the page.
    pub(crate) fn is_safe() -> bool {
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let folders = folders(|name| env::var_os(name), library_folder(&maps));
        has_all(&folders)
    }

    /// Folders of plugins: those of the environment, then the user's and the system's, unless the environment replaces both.
    fn folders(
        variable: impl Fn(&str) -> Option<OsString>,
        library: Option<PathBuf>,
    ) -> Vec<PathBuf> {
        let either = |newer, older| variable(newer).or_else(|| variable(older));
        let mut folders = Vec::new();
        if let Some(more) = either("GST_PLUGIN_PATH_1_0", "GST_PLUGIN_PATH") {
            folders.extend(env::split_paths(&more));
        }
        if let Some(instead) = either("GST_PLUGIN_SYSTEM_PATH_1_0", "GST_PLUGIN_SYSTEM_PATH") {
            folders.extend(env::split_paths(&instead));
        } else {
            let of_home = || Some(PathBuf::from(variable("HOME")?).join(".local/share"));
            let data = variable("XDG_DATA_HOME")
                .map(PathBuf::from)
                .or_else(of_home);
            folders.extend(data.map(|data| data.join("gstreamer-1.0/plugins")));
            folders.extend(library.map(|library| library.join("gstreamer-1.0")));
        }
        // An empty variable names no folder, and not the one that the program was started in.
        folders.retain(|folder| folder.is_absolute());
        folders
    }

    /// Where this process has the library from, which `WebKitGTK` brings along: told by what is mapped into its memory.
    fn library_folder(maps: &str) -> Option<PathBuf> {
        maps.lines()
            .filter_map(|line| line.find('/').map(|at| Path::new(&line[at..])))
            .find(|path| {
                path.file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with(LIBRARY))
            })
            .and_then(|path| Some(path.parent()?.to_owned()))
    }

    fn has_all(folders: &[PathBuf]) -> bool {
        NEEDED
            .iter()
            .all(|file| folders.iter().any(|folder| folder.join(file).is_file()))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// Variables, and the folders that they come to.
        type Case<'c> = (&'c [(&'c str, &'c str)], &'c [&'c str]);

        #[test]
        fn plugins_are_looked_for_where_gstreamer_does() {
            let cases: &[Case<'_>] = &[
                (
                    &[("HOME", "/people/ada")],
                    &[
                        "/people/ada/.local/share/gstreamer-1.0/plugins",
                        "/lib/gstreamer-1.0",
                    ],
                ),
                (
                    &[
                        ("HOME", "/people/ada"),
                        ("XDG_DATA_HOME", "/data"),
                        ("GST_PLUGIN_PATH", "/a:/b"),
                    ],
                    &[
                        "/a",
                        "/b",
                        "/data/gstreamer-1.0/plugins",
                        "/lib/gstreamer-1.0",
                    ],
                ),
                (
                    &[("GST_PLUGIN_PATH", "/old"), ("GST_PLUGIN_PATH_1_0", "/new")],
                    &["/new", "/lib/gstreamer-1.0"],
                ),
                (
                    &[
                        ("HOME", "/people/ada"),
                        ("GST_PLUGIN_SYSTEM_PATH", "/instead"),
                    ],
                    &["/instead"],
                ),
                (&[("GST_PLUGIN_SYSTEM_PATH_1_0", "")], &[]),
            ];
            for (variables, expected) in cases {
                let variable = |name: &str| {
                    let found = variables.iter().find(|(known, _)| *known == name);
                    found.map(|(_, value)| OsString::from(value))
                };
                let found = folders(variable, Some(PathBuf::from("/lib")));
                assert_eq!(
                    found,
                    expected.iter().map(PathBuf::from).collect::<Vec<_>>()
                );
            }
        }

        #[test]
        fn the_library_is_found_in_what_is_mapped() {
            let maps = "55a0-55b0 r--p 00000000 fe:00 7 /usr/bin/revui-uploader\n\
                7f00-7f10 rw-p 00000000 00:00 0 \n\
                7f20-7f30 r--p 00000000 fe:00 8 /usr/lib/x86_64-linux-gnu/libgstapp-1.0.so.0.2200.0\n\
                7f40-7f50 r--p 00000000 fe:00 9 /usr/lib/x86_64-linux-gnu/libgstreamer-1.0.so.0.2200.0\n";
            let folder = PathBuf::from("/usr/lib/x86_64-linux-gnu");
            assert_eq!(library_folder(maps), Some(folder));
            assert_eq!(library_folder("7f00-7f10 rw-p 00000000 00:00 0 \n"), None);
        }

        #[test]
        fn all_that_is_needed_must_be_there_in_whichever_folders() {
            let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let folders = [one.path().to_owned(), other.path().to_owned()];
            assert!(!has_all(&folders));
            fs::write(one.path().join(NEEDED[0]), "").unwrap();
            assert!(!has_all(&folders));
            fs::write(other.path().join(NEEDED[1]), "").unwrap();
            assert!(has_all(&folders));
            assert!(!has_all(&[]));
        }
    }
}
