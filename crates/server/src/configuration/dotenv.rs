//! The `.env` file of the working folder: read into the environment, and looked at critically, for it holds secrets.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Problem;

/// Something about `.env` that its owner should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// git keeps it, and with it its secrets.
    TrackedByGit,
    /// Its permissions let others read it.
    ReadableByOthers,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TrackedByGit => {
                ".env is tracked by git: run `git rm --cached .env` and change the secrets in it"
            }
            Self::ReadableByOthers => {
                ".env can be read by others on this machine: run `chmod 600 .env`"
            }
        })
    }
}

/// Puts the file's variables into the environment, where they are not set already. Call it before any thread is
/// started.
pub fn load_dotenv(folder: &Path) -> Result<Vec<Warning>, Problem> {
    let path = folder.join(".env");
    match dotenvy::from_path(&path) {
        Ok(()) => Ok(warnings(folder, &path)),
        Err(error) if error.not_found() => Ok(Vec::new()),
        // The parser's error repeats the line, which may hold a secret.
        Err(dotenvy::Error::LineParse(..)) => Err(Problem {
            name: ".env",
            message: "a line is not NAME=value".to_owned(),
        }),
        Err(_) => Err(Problem {
            name: ".env",
            message: "it could not be read".to_owned(),
        }),
    }
}

fn warnings(folder: &Path, path: &Path) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if tracked_by_git(folder) {
        warnings.push(Warning::TrackedByGit);
    }
    if readable_by_others(path) {
        warnings.push(Warning::ReadableByOthers);
    }
    warnings
}

/// No git, no repository: not tracked.
fn tracked_by_git(folder: &Path) -> bool {
    Command::new("git")
        .args(["ls-files", "--error-unmatch", "--", ".env"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(unix)]
fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0)
}

/// Elsewhere permissions are lists that this program does not judge.
#[cfg(not(unix))]
fn readable_by_others(_path: &Path) -> bool {
    false
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn git(folder: &Path, arguments: &[&str]) {
        let status = Command::new("git")
            .args(arguments)
            .current_dir(folder)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
    }

    #[test]
    fn a_careless_file_is_warned_about() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        let mode = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        assert_eq!(load_dotenv(folder.path()), Ok(vec![]));
        std::fs::write(&path, "# nothing\n").unwrap();
        mode(0o600);
        assert_eq!(load_dotenv(folder.path()), Ok(vec![]));
        mode(0o644);
        assert_eq!(
            load_dotenv(folder.path()),
            Ok(vec![Warning::ReadableByOthers])
        );
        git(folder.path(), &["init", "--quiet"]);
        git(folder.path(), &["add", ".env"]);
        mode(0o600);
        assert_eq!(load_dotenv(folder.path()), Ok(vec![Warning::TrackedByGit]));
    }

    #[test]
    fn a_broken_line_is_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env"), "secret secret secret\n").unwrap();
        let problem = load_dotenv(folder.path()).unwrap_err();
        assert!(!problem.to_string().contains("secret"));
    }
}
