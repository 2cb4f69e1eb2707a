//! A person at a terminal: `script` (of util-linux) gives the program one.

use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStdin, ChildStdout};
use world::{in_time, program, skip};

use crate::film::Film;
use crate::pattern::Pattern;
use crate::stage::{Stage, stage_or_skip};

struct Terminal {
    keyboard: ChildStdin,
    screen: ChildStdout,
    shown: String,
}

impl Terminal {
    /// Waits until this is on it, behind what was waited for before.
    async fn shows(&mut self, text: &str) {
        in_time(text, async {
            let mut bytes = [0; 4096];
            while !self.shown.contains(text) {
                let read = self.screen.read(&mut bytes).await.unwrap();
                assert_ne!(read, 0, "it ended before {text}:\n{}", self.shown);
                self.shown
                    .push_str(&String::from_utf8_lossy(&bytes[..read]));
            }
        })
        .await;
        let end = self.shown.find(text).unwrap() + text.len();
        self.shown.drain(..end);
    }

    async fn press(&mut self, key: u8) {
        self.keyboard.write_all(&[key]).await.unwrap();
        self.keyboard.flush().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p_pauses_and_goes_on() {
    stage_or_skip!("p_pauses_and_goes_on");
    if !Path::new("/usr/bin/script").is_file() {
        return skip(
            "p_pauses_and_goes_on",
            "there is no `script` on this machine",
        );
    }
    let stage = Stage::start().await;
    let pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    let line = format!(
        // A shell that waits for it would end by Ctrl+C itself.
        "exec {} record {} --mic none",
        program("revui").display(),
        file.display()
    );
    let revui = stage.revui().with("TERM", "xterm");
    let revui = revui.through(&["sh", "-c", "shift; exec script \"$@\"", "terminal"]);
    let script = ["--quiet", "--return", "--command", &line, "/dev/null"];
    let mut command = revui.command(script);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("a terminal");
    let mut terminal = Terminal {
        keyboard: child.stdin.take().unwrap(),
        screen: child.stdout.take().unwrap(),
        shown: String::new(),
    };
    terminal.shows("p pauses, Ctrl+C stops.").await;
    pattern.shows_more(60).await;
    terminal.press(b'p').await;
    terminal.shows("p goes on.").await;
    pattern.shows_more(120).await;
    terminal.press(b'p').await;
    terminal.shows("It goes on.").await;
    pattern.shows_more(60).await;
    // Ctrl+C is what it always is.
    terminal.press(3).await;
    terminal.shows("Recorded").await;
    let status = in_time("its end", child.wait()).await.unwrap();
    assert!(status.success(), "{status}");
    let film = Film::of(&file).await;
    film.has_no_gap();
    let numbers = film.numbers().await;
    let jumps = numbers.windows(2).filter(|pair| pair[1] > pair[0] + 110);
    assert_eq!(jumps.count(), 1, "one pause: {numbers:?}");
}
