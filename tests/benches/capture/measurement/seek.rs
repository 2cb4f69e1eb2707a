//! Searching in Chromium: a recording is opened by its link, and places of it are gone to, far from each other.

use std::process::Stdio;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::time::sleep;
use world::{bare, in_time, missing_piece};

use super::report::Figure;
use super::stage::{LOOK_EVERY, Stage};

const NAME: &str = "the slowest of ten searches in Chromium over the link";
const WITHIN_SECONDS: f64 = 0.5;
/// Parts of the length, none near the one before.
const PLACES: [f64; 10] = [0.5, 0.1, 0.9, 0.3, 0.7, 0.05, 0.6, 0.2, 0.95, 0.4];

/// Opens it: answered once there is a picture.
const OPEN: &str = r"
    const [link, done] = arguments;
    const video = document.createElement('video');
    video.muted = true;
    video.addEventListener('loadeddata', () => done(video.duration), { once: true });
    video.addEventListener('error', () => done(null), { once: true });
    video.src = link;
    document.body.append(video);
";

/// Goes to a place: answered with the milliseconds until its picture is there.
const SEEK: &str = r"
    const [place, done] = arguments;
    const video = document.querySelector('video');
    const began = performance.now();
    const there = () => video.readyState >= 2 && Math.abs(video.currentTime - place) < 0.5;
    video.addEventListener('seeked', () => done(there() ? performance.now() - began : null), { once: true });
    video.currentTime = place;
";

/// How long it takes to go to ten places of the recording behind this link, from this page.
pub(crate) async fn seek(stage: &Stage, page: &str, link: &str) -> Figure {
    if let Some(missing) = missing_piece(&["chromedriver", "chromium"]) {
        return Figure::not_measured(NAME, &missing);
    }
    let mut driver = bare("chromedriver");
    let port = free_port();
    driver
        .arg(format!("--port={port}"))
        .envs(stage.environment())
        .env("HOME", stage.folder())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _driver = driver.spawn().expect("chromedriver starts");
    let browser = in_time("Chromium", connect(port)).await;
    let times = searches(&browser, page, link).await;
    let _ = browser.close().await;
    let Some(times) = times else {
        return Figure::not_measured(NAME, "Chromium does not show it");
    };
    let slowest = times.iter().copied().fold(0.0, f64::max) / 1000.0;
    let note = format!(
        "{:.2} s in the middle",
        super::report::median(times) / 1000.0
    );
    Figure::at_most(NAME, WITHIN_SECONDS, " s", slowest).with_note(note)
}

async fn searches(browser: &Client, page: &str, link: &str) -> Option<Vec<f64>> {
    // An empty page may not load what this computer serves itself.
    // Source: <https://wicg.github.io/local-network-access/>
    browser.goto(page).await.ok()?;
    let opened = browser.execute_async(OPEN, vec![json!(link)]).await;
    let length = opened.ok()?.as_f64()?;
    let mut times = Vec::new();
    for place in PLACES {
        let took = browser
            .execute_async(SEEK, vec![json!(place * length)])
            .await;
        times.push(took.as_ref().ok().and_then(Value::as_f64)?);
    }
    Some(times)
}

async fn connect(port: u16) -> Client {
    let capabilities = json!({
        "timeouts": { "script": Duration::from_mins(1).as_millis() },
        "goog:chromeOptions": { "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] },
    });
    let capabilities = capabilities.as_object().expect("an object");
    loop {
        let connected = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await;
        match connected {
            Ok(browser) => return browser,
            // It is not listening yet.
            Err(_) => sleep(LOOK_EVERY).await,
        }
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
