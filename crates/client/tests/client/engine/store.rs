//! A store that keeps what it is sent.

use std::sync::Mutex;

use base64::Engine;
use sha2::{Digest, Sha256};
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
        Some(Store::LoseAnswer) if exchange.target.contains("partNumber=") => {
            if let Some(body) = exchange.read_body(usize::MAX).await {
                keep(&mut facts.lock().unwrap(), &path, &exchange.target, body);
            }
            exchange.reset();
        }
        Some(Store::Corrupt) => {
            let sent = exchange.read_body(usize::MAX).await.is_some();
            assert!(sent, "the part arrives");
            let xml = "<Error><Code>BadDigest</Code><Message>no match</Message></Error>";
            exchange.answer(400, &[], xml.as_bytes()).await;
        }
        Some(Store::Sweep) => {
            facts.lock().unwrap().sweep();
            no_such_upload(exchange).await;
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
        None if exchange.target.contains("partNumber=") => take_part(exchange, facts, &path).await,
        None => {
            let Some(body) = exchange.read_body(usize::MAX).await else {
                return;
            };
            facts.lock().unwrap().objects.insert(path, body);
            exchange.answer(200, &[("etag", "\"e\"")], b"").await;
        }
    }
}

/// Checks what a part's ticket was signed for, as S3 does, and keeps it.
async fn take_part(mut exchange: Exchange, facts: &Mutex<Facts>, path: &str) {
    let Some(body) = exchange.read_body(usize::MAX).await else {
        return;
    };
    if !facts.lock().unwrap().is_open(&exchange.target) {
        return no_such_upload(exchange).await;
    }
    let sum = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&body));
    assert_eq!(
        exchange.headers.get("x-amz-checksum-sha256"),
        Some(&sum),
        "the part has the bytes that its ticket was signed for"
    );
    let etag = keep(&mut facts.lock().unwrap(), path, &exchange.target, body);
    exchange.answer(200, &[("etag", &etag)], b"").await;
}

fn keep(facts: &mut Facts, path: &str, target: &str, body: Vec<u8>) -> String {
    let number = target.split("partNumber=").nth(1).unwrap();
    let number: u32 = number.split('&').next().unwrap().parse().unwrap();
    let etag = format!("\"part-{number}-{}\"", body.len());
    facts.taken_bytes += body.len();
    facts
        .parts
        .entry(path.to_owned())
        .or_default()
        .insert(number, body);
    etag
}

async fn no_such_upload(mut exchange: Exchange) {
    exchange.read_body(usize::MAX).await;
    let xml = "<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>";
    exchange.answer(404, &[], xml.as_bytes()).await;
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
