//! A request that is kept, to be delivered once more.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

use super::Shared;
use super::side::{READ_BYTES, Side};
use crate::http::{RequestHead, ResponseHead};

/// Head and body in a nameless temporary file.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    head: Bytes,
    rules: Vec<String>,
    whole: bool,
}

impl Spool {
    pub(super) async fn begin(head: &Bytes, rules: &[String]) -> io::Result<Self> {
        let file = tokio::task::spawn_blocking(tempfile::tempfile).await;
        let file = file.map_err(io::Error::other).flatten()?;
        Ok(Self {
            file: File::from_std(file),
            head: head.clone(),
            rules: rules.to_vec(),
            whole: false,
        })
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await
    }

    /// The whole body is in.
    pub(super) fn finish(&mut self) {
        self.whole = true;
    }

    /// Sends the request after `delay`, unless it didn't come whole.
    pub(super) async fn deliver(self, delay: Duration, shared: Arc<Shared>) {
        if !self.whole {
            return;
        }
        tokio::time::sleep(delay).await;
        if let Err(error) = self.send(&shared).await {
            tracing::info!(%error, "a late request was not delivered");
        }
    }

    async fn send(mut self, shared: &Shared) -> io::Result<()> {
        let head = RequestHead::parse(self.head.clone())?;
        let seen = shared.ledger.begin(&head, self.rules.clone(), true);
        let Side {
            mut reader,
            mut writer,
        } = shared.connect().await?;
        writer.write_all(&self.head).await?;
        self.file.flush().await?;
        self.file.rewind().await?;
        let mut piece = vec![0; READ_BYTES];
        loop {
            let length = self.file.read(&mut piece).await?;
            if length == 0 {
                break;
            }
            // A refusal may come before the end: it is read all the same.
            if writer.write_all(&piece[..length]).await.is_err() {
                break;
            }
            seen.forwarded(length);
        }
        while let Some(head) = reader.head().await? {
            let answer = ResponseHead::parse(head, false)?;
            if !answer.is_interim() {
                seen.upstream_answered(answer.status);
                break;
            }
        }
        Ok(())
    }
}
