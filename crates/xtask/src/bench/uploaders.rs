//! Who uploads, and by which command: each as its users start it, with its own defaults.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::programs::{Built, PEERS};
use super::targets::{Kind, Store, Target, trusting};
use crate::failure::Failure;

/// Somebody who brings a file to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uploader {
    /// `revui`, to a backend that says nothing of parts.
    OursSingle,
    /// `revui`.
    OursInParts,
    /// Our transport without the engine, hashing nothing.
    OurTransport,
    /// A presigned URL.
    Curl,
    /// The hash that ours makes, by another program, before that.
    HashThenCurl,
    /// The same two at once, by a hash that uses the processor's own instructions: what two programs in C take for what ours
    /// does, each reading the file for itself.
    HashBesideCurl,
    S5cmd,
    Rclone,
    AwsCli,
}

impl Uploader {
    /// In the order in which each round goes through them.
    pub(crate) const ALL: [Self; 9] = [
        Self::OursSingle,
        Self::OursInParts,
        Self::OurTransport,
        Self::Curl,
        Self::HashThenCurl,
        Self::HashBesideCurl,
        Self::S5cmd,
        Self::Rclone,
        Self::AwsCli,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OursSingle => "revui, single PUT",
            Self::OursInParts => "revui, in parts",
            Self::OurTransport => "revui's transport alone",
            Self::Curl => "curl",
            Self::HashThenCurl => "sha256sum, then curl",
            Self::HashBesideCurl => "openssl sha256 beside curl",
            Self::S5cmd => "s5cmd",
            Self::Rclone => "rclone",
            Self::AwsCli => "AWS CLI",
        }
    }

    /// Those that sign for themselves and know S3.
    pub(crate) fn is_peer(self) -> bool {
        matches!(self, Self::S5cmd | Self::Rclone | Self::AwsCli)
    }

    /// Whether it is of interest there: what a store on a disk takes hides what a transport does.
    pub(crate) fn goes_to(self, kind: Kind) -> bool {
        let of_the_line = matches!(
            self,
            Self::OurTransport | Self::HashThenCurl | Self::HashBesideCurl
        );
        !(kind == Kind::Embedded && of_the_line)
    }
}

/// What commands are made of.
pub(crate) struct Commands<'a> {
    pub(crate) built: &'a Built,
    pub(crate) s5cmd: &'a Path,
    /// Where each run of ours has a home that is still empty.
    pub(crate) homes: &'a Path,
}

/// A key that nothing lies under yet is needed once only: objects of others are replaced.
const KEY: &str = "bench/peer.webm";

impl Commands<'_> {
    /// The command that uploads this file there.
    pub(crate) fn upload(
        &self,
        uploader: Uploader,
        target: &Target,
        file: &Path,
    ) -> Result<Command, Failure> {
        let store = &target.store;
        let destination = format!("s3://{}/{KEY}", store.bucket);
        let mut command = match uploader {
            Uploader::OursSingle => return self.revui(target, &target.without_parts, file),
            Uploader::OursInParts => return self.revui(target, &target.backend.server, file),
            Uploader::OurTransport => {
                let mut command = Command::new(&self.built.far_side);
                command
                    .arg("transport")
                    .arg(target.backend.presigned()?)
                    .arg(file);
                command
            }
            Uploader::Curl => {
                let mut command = Command::new("curl");
                command
                    .args(curl_words(store))
                    .arg("--upload-file")
                    .arg(file);
                command.arg(target.backend.presigned()?);
                command
            }
            Uploader::HashThenCurl | Uploader::HashBesideCurl => {
                let script = if uploader == Uploader::HashThenCurl {
                    r#"sha256sum "$1" && shift && exec curl "$@""#
                } else {
                    r#"openssl dgst -sha256 "$1" & shift && curl "$@" && wait $!"#
                };
                let mut command = Command::new("sh");
                command
                    .args(["-c", script, "sh"])
                    .arg(file)
                    .args(curl_words(store))
                    .arg("--upload-file")
                    .arg(file)
                    .arg(target.backend.presigned()?);
                command
            }
            Uploader::S5cmd => {
                let mut command = with_keys(Command::new(self.s5cmd), store);
                command.args(["--endpoint-url", &store.endpoint, "cp"]);
                command.arg(file).arg(destination);
                command
            }
            Uploader::Rclone => {
                let mut command = rclone(store);
                let to = format!("bench:{}/{KEY}", store.bucket);
                command.arg("copyto").arg(file).arg(to);
                command
            }
            Uploader::AwsCli => {
                let mut command = aws(store);
                command.args(["s3", "cp"]).arg(file).arg(destination);
                command
            }
        };
        trusting(&mut command, store);
        Ok(command)
    }

    /// `revui upload` as a user of its own, in front of this backend.
    pub(crate) fn revui(
        &self,
        target: &Target,
        server: &str,
        file: &Path,
    ) -> Result<Command, Failure> {
        let mut command = self.revui_of(server, &target.backend.token()?)?;
        command.arg("upload").arg(file);
        command.args(["--task", &target.backend.task]);
        trusting(&mut command, &target.store);
        Ok(command)
    }

    /// `revui` with a session and an empty home.
    pub(crate) fn revui_of(&self, server: &str, token: &str) -> Result<Command, Failure> {
        let home = self.empty_home()?;
        let mut command = Command::new(&self.built.revui);
        command
            .env("REVUI_HOME", home)
            .env("REVUI_SERVER", server)
            .env("REVUI_TOKEN", token);
        Ok(command)
    }

    fn empty_home(&self) -> Result<PathBuf, Failure> {
        let home = self.homes.join("home");
        match std::fs::remove_dir_all(&home) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::File {
                    doing: "remove",
                    path: home,
                    source: error,
                });
            }
            _ => {}
        }
        std::fs::create_dir_all(&home).map_err(Failure::file("make", &home))?;
        Ok(home)
    }

    /// Empties the bucket, so that a run finds the disk as the one before it did.
    pub(crate) fn empty(store: &Store) -> Command {
        let mut command = aws(store);
        let everything = format!("s3://{}", store.bucket);
        command.args(["s3", "rm", &everything, "--recursive", "--only-show-errors"]);
        command
    }
}

fn curl_words(store: &Store) -> Vec<String> {
    let mut words: Vec<String> = [
        "--silent",
        "--show-error",
        "--fail",
        "--output",
        "/dev/null",
        "--header",
        "Content-Type: video/webm",
    ]
    .map(str::to_owned)
    .into();
    if let Some(certificates) = &store.certificates {
        words.extend(["--cacert".to_owned(), certificates.display().to_string()]);
    }
    words
}

/// An account that no configuration of this computer's user has a say in.
fn with_keys(mut command: Command, store: &Store) -> Command {
    command
        .env("AWS_ACCESS_KEY_ID", &store.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", &store.secret_access_key)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_CA_BUNDLE")
        .env_remove("AWS_SESSION_TOKEN");
    if let Some(certificates) = &store.certificates {
        command.env("AWS_CA_BUNDLE", certificates);
    }
    command
}

fn aws(store: &Store) -> Command {
    let mut command = with_keys(Command::new(PEERS.program("aws")), store);
    command.args(["--endpoint-url", &store.endpoint]);
    command
}

/// rclone with one remote, `bench`, and no configuration file.
fn rclone(store: &Store) -> Command {
    let mut command = Command::new(PEERS.program("rclone"));
    command
        .env("RCLONE_CONFIG", "/dev/null")
        .env("RCLONE_CONFIG_BENCH_TYPE", "s3")
        .env("RCLONE_CONFIG_BENCH_PROVIDER", "Other")
        .env("RCLONE_CONFIG_BENCH_REGION", "us-east-1")
        .env("RCLONE_CONFIG_BENCH_ENDPOINT", &store.endpoint)
        .env("RCLONE_CONFIG_BENCH_ACCESS_KEY_ID", &store.access_key_id)
        .env(
            "RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY",
            &store.secret_access_key,
        );
    command
}
