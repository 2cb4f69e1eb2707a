//! Searching in Chromium: a recording is opened by its link, and places of it are gone to, far from each other.

use std::process::Stdio;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::time::sleep;
use world::{bare, in_time, missing_piece};

use super::report::{Figure, median};
use super::stage::{LOOK_EVERY, Stage};

const NAMES: [&str; 2] = [
    "the slowest of ten searches in Chromium over each link",
    "the furthest that one of them showed from its place",
];
const WITHIN_SECONDS: f64 = 0.5;
/// Parts of the length, none near the one before.
const PLACES: [f64; 10] = [0.5, 0.1, 0.9, 0.3, 0.7, 0.05, 0.6, 0.2, 0.95, 0.4];

const PAGE: &str = "<!doctype html><title>A recording</title><body>";

/// Opens it: answered once there is a picture.
const OPEN: &str = r"
    const [link, done] = arguments;
    const video = document.createElement('video');
    video.muted = true;
    video.requestVideoFrameCallback(() => done(video.duration));
    video.addEventListener('error', () => done(null), { once: true });
    video.src = link;
    document.querySelector('video')?.remove();
    document.body.prepend(video);
";

/// Goes to a place: answered with the milliseconds until its picture is shown, and with the time of that picture.
/// Source: <https://wicg.github.io/video-rvfc/>
const SEEK: &str = r"
    const [place, done] = arguments;
    const video = document.querySelector('video');
    const began = performance.now();
    video.requestVideoFrameCallback((now, shown) => done([performance.now() - began, shown.mediaTime]));
    video.currentTime = place;
";

/// One search.
struct Search {
    seconds: f64,
    /// Between the place that was asked for and the picture that was shown, in seconds.
    apart: f64,
}

/// How long it takes to go to ten places of the recording behind each of these links, and where that leads.
pub(crate) async fn seek(stage: &Stage, links: &[String]) -> Vec<Figure> {
    // An empty page may not load what this computer serves itself, and the server's own pages load nothing.
    // Source: <https://wicg.github.io/local-network-access/>
    let page = stage.file("page.html");
    std::fs::write(&page, PAGE).expect("a page");
    let page = format!("file://{}", page.display());
    let none = |why: &str| NAMES.map(|name| Figure::not_measured(name, why)).into();
    if let Some(missing) = missing_piece(&["chromedriver", "chromium"]) {
        return none(&missing);
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
    let mut all = Vec::new();
    for link in links {
        let Some(searches) = searches(&browser, &page, link).await else {
            return none("Chromium does not show it");
        };
        all.extend(searches);
    }
    let _ = browser.close().await;
    let slowest = all.iter().map(|search| search.seconds).fold(0.0, f64::max);
    let furthest = all.iter().map(|search| search.apart).fold(0.0, f64::max);
    let middle = median(all.iter().map(|search| search.seconds).collect());
    let note = format!("{middle:.2} s in the middle, of {}", all.len());
    let [slow, far] = NAMES;
    vec![
        Figure::at_most(slow, WITHIN_SECONDS, " s", slowest).with_note(note),
        Figure::at_most(far, WITHIN_SECONDS, " s", furthest),
    ]
}

async fn searches(browser: &Client, page: &str, link: &str) -> Option<Vec<Search>> {
    browser.goto(page).await.ok()?;
    let opened = browser.execute_async(OPEN, vec![json!(link)]).await;
    let length = opened.ok()?.as_f64()?;
    let mut searches = Vec::new();
    for part in PLACES {
        let place = part * length;
        let went = browser.execute_async(SEEK, vec![json!(place)]).await;
        let (milliseconds, shown): (f64, f64) = serde_json::from_value(went.ok()?).ok()?;
        searches.push(Search {
            seconds: milliseconds / 1000.0,
            apart: (shown - place).abs(),
        });
    }
    Some(searches)
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
