//! The main job without a window: upload by the command line, open the link as anybody would, compare.

use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::api::{self, curl, text_at};
use crate::demo::Demo;
use crate::failure::Failure;
use crate::{fixtures, processes, workspace};

/// Uploads the file (or a sample made for it), prints the link, downloads the recording again and compares.
pub(crate) fn show(demo: &Demo, data: &Path, file: Option<&Path>) -> Result<(), Failure> {
    let sample = data.join("sample.webm");
    let file = if let Some(file) = file {
        file
    } else {
        fixtures::make_sample(&sample)?;
        &sample
    };
    upload(demo, data, file)?;

    let received = data.join("downloaded.webm");
    download(&newest_link(demo)?, &received)?;
    let sent_sum = sha256_of(file)?;
    let received_sum = sha256_of(&received)?;
    if sent_sum != received_sum {
        return Err(Failure::DifferentBytes {
            sent: sent_sum,
            received: received_sum,
        });
    }
    println!("SHA-256 agrees");
    Ok(())
}

/// Uploads a file with the `revui` program, which has this terminal for its progress bar and its link.
pub(crate) fn upload(demo: &Demo, data: &Path, file: &Path) -> Result<(), Failure> {
    processes::run(
        Command::new(workspace::program("revui"))
            .arg("upload")
            .arg(file)
            .args(["--task", &demo.task])
            .env("REVUI_HOME", data.join("home"))
            .env("REVUI_SERVER", &demo.server)
            .env(
                "REVUI_TOKEN",
                api::sign_in(&demo.server, &demo.email, &demo.password)?,
            ),
    )
}

/// The download link of the recording that was completed last, asked for as the setup guide does.
fn newest_link(demo: &Demo) -> Result<String, Failure> {
    let token = api::sign_in(&demo.server, &demo.email, &demo.password)?;
    let get = |path: &str| {
        // By standard input, since everybody on this computer may read a command line.
        let headers = format!("header = \"Authorization: Bearer {token}\"\n");
        let address = format!("{}/api/recordings/{path}", demo.server);
        processes::capture_with_input(curl().args(["--config", "-"]).arg(address), &headers)
    };
    let newest = text_at(&get(&format!("task/{}", demo.task))?, "/0/id")?;
    text_at(&get(&newest)?, "/downloadUrl")
}

/// With another program than ours, and without the session: the link alone has to do.
fn download(link: &str, to: &Path) -> Result<(), Failure> {
    processes::run(curl().arg("--output").arg(to).arg(link))
}

/// In lower-case hexadecimal digits; reads through a fixed buffer, however large the file is.
fn sha256_of(path: &Path) -> Result<String, Failure> {
    let mut file = File::open(path).map_err(Failure::file("open", path))?;
    let mut sum = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let filled = file
            .read(&mut buffer)
            .map_err(Failure::file("read", path))?;
        if filled == 0 {
            break;
        }
        sum.update(&buffer[..filled]);
    }
    let mut digits = String::with_capacity(64);
    for byte in sum.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    Ok(digits)
}
