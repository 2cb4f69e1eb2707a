//! A page of recordings, among few and among many.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::ground::{FEW, Ground, MANY, token};
use crate::process::Process;

/// Requests of each list, for the median.
const REQUESTS: usize = 200;

/// Pages, by what they are asked for; the one with a cursor follows the page before it.
const PAGES: [(&str, &str); 4] = [
    ("newest", "limit=50"),
    ("of a task", "limit=50&taskId=common"),
    ("pending", "limit=1&status=PENDING"),
    (
        "complete, of a task",
        "limit=50&taskId=common&status=COMPLETE",
    ),
];

/// How long one page takes among few, and among many.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub(crate) name: String,
    pub(crate) few_ms: f64,
    pub(crate) many_ms: f64,
}

impl List {
    pub(crate) fn ratio(&self) -> f64 {
        self.many_ms / self.few_ms
    }
}

pub(crate) async fn compare(ground: &Ground, rows: u64) -> Vec<List> {
    let server = ground.ours().await;
    let (few, many) = (token(&server, FEW).await, token(&server, MANY).await);
    let mut lists = Vec::new();
    for (name, query) in PAGES {
        lists.push(
            list(
                &server,
                name,
                [(&few, query.to_owned()), (&many, query.to_owned())],
            )
            .await,
        );
    }
    // In the middle of each.
    let few_cursor = cursor(FEW, 500);
    let many_cursor = cursor(MANY, rows / 2);
    let query = |cursor: &str| format!("limit=50&cursor={cursor}");
    let middle = [(&few, query(&few_cursor)), (&many, query(&many_cursor))];
    lists.push(list(&server, "in the middle", middle).await);
    lists
}

/// As the server writes it: time and id of the last recording of the page before.
fn cursor(tenant: &str, number: u64) -> String {
    use base64::Engine as _;
    let at = 1_700_000_000_000 + number * 1000;
    let plain = format!("{at}:f-{tenant}-{number:09}");
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(plain)
}

async fn list(server: &Process, name: &str, asked: [(&String, String); 2]) -> List {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut took = [Vec::new(), Vec::new()];
    // By turns, so that whatever else the machine does slows both.
    for _ in 0..REQUESTS {
        for ((token, query), took) in asked.iter().zip(&mut took) {
            let url = format!("{}/api/recordings?{query}", server.origin);
            let began = Instant::now();
            let answer = http.get(url).bearer_auth(token).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{query}");
            let page: Value = answer.json().await.unwrap();
            took.push(began.elapsed());
            assert!(page["next"].is_string(), "a full page: {query}");
        }
    }
    let [few_ms, many_ms] = took.map(|mut took: Vec<Duration>| {
        took.sort();
        took[took.len() / 2].as_secs_f64() * 1000.0
    });
    List {
        name: name.to_owned(),
        few_ms,
        many_ms,
    }
}
