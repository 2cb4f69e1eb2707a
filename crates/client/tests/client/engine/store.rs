//! A store that keeps what it is sent.

use std::sync::Mutex;

use tokio::sync::Notify;

use super::http::Exchange;
use super::world::{Facts, Store};

pub(super) async fn handle(
    mut exchange: Exchange,
    facts: &Mutex<Facts>,
    began: &Notify,
    write_once: bool,
) {
    let path = exchange.path().to_owned();
    if exchange.method == "GET" {
        return give(exchange, &path, facts).await;
    }
    let next = {
        let mut facts = facts.lock().unwrap();
        facts
            .puts
            .push((exchange.target.clone(), exchange.headers.clone()));
        facts.store.pop_front()
    };
    began.notify_one();
    match next {
        Some(Store::AnswerEarly(bytes, status, body)) => {
            exchange.read_body(bytes).await;
            exchange.answer(status, &[], body.as_bytes()).await;
        }
        Some(Store::Answer(status, headers, body)) => {
            exchange.read_body(usize::MAX).await;
            exchange.answer(status, headers, body.as_bytes()).await;
        }
        Some(Store::Reset(bytes)) => {
            exchange.read_body(bytes).await;
            exchange.reset();
        }
        Some(Store::Stall(bytes)) => {
            exchange.read_body(bytes).await;
            exchange.stall().await;
        }
        Some(Store::Swallow) => {
            exchange.read_body(usize::MAX).await;
            exchange.hold().await;
        }
        Some(Store::LoseAnswer) => {
            if let Some(body) = exchange.read_body(usize::MAX).await {
                facts.lock().unwrap().objects.insert(path, body);
            }
            exchange.reset();
        }
        None if write_once && facts.lock().unwrap().objects.contains_key(&path) => {
            let xml = "<Error><Code>PreconditionFailed</Code><Message>exists</Message></Error>";
            exchange.answer(412, &[], xml.as_bytes()).await;
        }
        None => {
            let Some(body) = exchange.read_body(usize::MAX).await else {
                return;
            };
            facts.lock().unwrap().objects.insert(path, body);
            exchange.answer(200, &[("etag", "\"e\"")], b"").await;
        }
    }
}

/// One byte of an object, and how many there are.
async fn give(exchange: Exchange, path: &str, facts: &Mutex<Facts>) {
    let (object, stated) = {
        let facts = facts.lock().unwrap();
        let object = facts.objects.get(path).cloned();
        (object, facts.stated_size_bytes)
    };
    match object {
        Some(object) => {
            let range = format!("bytes 0-0/{}", stated.unwrap_or(object.len()));
            let headers = [("content-range", range.as_str())];
            exchange.answer(206, &headers, &object[..1]).await;
        }
        None => exchange.answer(404, &[], b"").await,
    }
}
