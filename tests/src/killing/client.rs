//! `revui` as a process that may be killed at any moment.

use std::process::ExitStatus;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Child;
use tokio::task::JoinHandle;

use crate::{Revui, in_time};

/// `revui`, running.
pub(super) struct Client {
    child: Child,
    output: JoinHandle<(String, String)>,
}

/// `revui`, ended by itself.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Ended {
    pub(super) fn told(&self) -> String {
        let Self {
            status,
            stdout,
            stderr,
        } = self;
        format!("revui ended ({status})\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

impl Client {
    pub(super) fn start(revui: &Revui, arguments: &[String]) -> Self {
        let mut child = revui.command(arguments).spawn().expect("revui starts");
        let stdout = child.stdout.take().expect("a pipe");
        let stderr = child.stderr.take().expect("a pipe");
        let output = tokio::spawn(async move { tokio::join!(text_of(stdout), text_of(stderr)) });
        Self { child, output }
    }

    /// How it ended. Asking in vain changes nothing.
    pub(super) async fn ends(&mut self) -> Ended {
        let status = self.child.wait().await.expect("its status");
        let (stdout, stderr) = (&mut self.output).await.expect("what it wrote");
        Ended {
            status,
            stdout,
            stderr,
        }
    }

    pub(super) async fn ended(mut self) -> Ended {
        in_time("the end of revui", self.ends()).await
    }

    pub(super) async fn kill(mut self) {
        self.child.kill().await.expect("it is killed");
    }
}

async fn text_of(mut pipe: impl AsyncRead + Unpin) -> String {
    let mut text = String::new();
    let _ = pipe.read_to_string(&mut text).await;
    text
}
