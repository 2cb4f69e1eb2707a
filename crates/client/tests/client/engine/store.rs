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
        let object = facts.lock().unwrap().objects.get(&path).cloned();
        let range = [("content-range", "bytes 0-0/9")];
        match object {
            Some(object) => exchange.answer(206, &range, &object[..1]).await,
            None => exchange.answer(404, &[], b"").await,
        }
        return;
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
