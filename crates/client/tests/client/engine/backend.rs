//! A backend that keeps the contract, base or with extensions, and strictly.

use std::collections::VecDeque;
use std::sync::Mutex;

use base64::Engine;
use serde_json::{Value, json};

use super::http::Exchange;
use super::world::{Answer, Facts};

pub(super) struct Backend<'a> {
    pub(super) facts: &'a Mutex<Facts>,
    pub(super) store: String,
    pub(super) extended: bool,
    /// The least size of a part, where it takes uploads in parts.
    pub(super) part_bytes: Option<u64>,
}

impl Backend<'_> {
    pub(super) async fn handle(&self, mut exchange: Exchange) {
        let path = exchange.path().to_owned();
        let after = exchange.query("after").and_then(|text| text.parse().ok());
        let body = exchange.json().await;
        let Some(rest) = path.strip_prefix("/api/recordings") else {
            if path == "/api/auth/me" && self.extended {
                let user = json!({"id": "u1", "email": "anna@example.com", "name": "Anna", "role": "USER", "tenantId": "t1"});
                return exchange.answer_json(200, &user).await;
            }
            return refuse(exchange, 404, "Cannot find it").await;
        };
        let name = format!(
            "{} {}",
            exchange.method,
            rest.rsplit('/').next().unwrap_or_default()
        );
        let name = if name.starts_with("GET recording-") {
            "GET recording".to_owned()
        } else {
            name
        };
        let scripted = {
            let mut facts = self.facts.lock().unwrap();
            facts.calls.push((name.clone(), body.clone()));
            if name != "GET health" && !facts.tokens_are_good {
                Some(Answer::Status(
                    401,
                    &[],
                    json!({"statusCode": 401, "message": "Unauthorized"}),
                ))
            } else {
                facts
                    .backend
                    .get_mut(name.as_str())
                    .and_then(VecDeque::pop_front)
            }
        };
        match scripted {
            Some(Answer::Status(status, headers, body)) => {
                exchange
                    .answer(status, headers, body.to_string().as_bytes())
                    .await;
            }
            Some(Answer::Page) => {
                let headers = [("content-type", "text/html")];
                exchange
                    .answer(200, &headers, b"<!doctype html><title>Sign in</title>")
                    .await;
            }
            Some(Answer::Lost) => {
                let _ = self.perform(&name, rest, &body, after);
                exchange.reset();
            }
            None => match self.perform(&name, rest, &body, after) {
                Ok((status, answer)) => exchange.answer_json(status, &answer).await,
                Err((status, message)) => refuse(exchange, status, message).await,
            },
        }
    }

    fn perform(
        &self,
        name: &str,
        rest: &str,
        body: &Value,
        after: Option<u32>,
    ) -> Result<(u16, Value), (u16, &'static str)> {
        let mut facts = self.facts.lock().unwrap();
        let id = rest.split('/').nth(1).unwrap_or_default().to_owned();
        match name {
            "GET health" => Ok((200, self.health())),
            "POST initiate" => self.initiate(&mut facts, body),
            "POST renew" => {
                let mut ticket = self.ticket(&facts, &id);
                ticket["expiresAt"] = json!("2099-01-01T00:00:00Z");
                Ok((200, ticket))
            }
            "POST parts" => Ok(self.sign(&facts, &id, body)),
            "GET parts" => Self::list(&facts, &id, after.unwrap_or(0)),
            "POST complete" => {
                if let Some(parts) = body["parts"].as_array() {
                    put_together(&mut facts, &id, parts)?;
                }
                if facts.complete.contains_key(&id) && !self.extended {
                    return Err((400, "Recording is already COMPLETE"));
                }
                let stored = facts.objects.get(&format!("/bucket/{id}"));
                if stored.map(Vec::len)
                    != body["fileSize"]
                        .as_u64()
                        .and_then(|size| usize::try_from(size).ok())
                {
                    return Err((409, "the store has no such object"));
                }
                facts.complete.insert(id.clone(), body.clone());
                Ok((
                    200,
                    json!({
                        "id": id, "s3Key": body["s3Key"], "fileSize": body["fileSize"].to_string(),
                        "uploadStatus": "COMPLETE", "completedAt": "2026-11-24T10:00:00Z",
                    }),
                ))
            }
            "GET recording" => {
                let complete = facts.complete.get(&id);
                Ok((
                    200,
                    json!({
                        "id": id, "taskId": "onboarding", "userId": "u1", "s3Key": format!("t1/{id}"),
                        "fileSize": complete.map(|complete| complete["fileSize"].to_string()),
                        "uploadStatus": if complete.is_some() { "COMPLETE" } else { "PENDING" },
                        "createdAt": "2026-11-24T10:00:00Z",
                        "downloadUrl": complete.map(|_| format!("{}/bucket/{id}?X-Amz-Signature=canary-link", self.store)),
                    }),
                ))
            }
            "DELETE upload" => {
                facts.given_up.push(id);
                Ok((200, json!({})))
            }
            _ => Err((404, "Cannot find it")),
        }
    }

    fn health(&self) -> Value {
        let mut health = json!({"s3": {"configured": true, "message": "ok"}});
        if self.extended {
            health["uploads"] = json!({
                "multipart": self.part_bytes.is_some(), "renew": true, "tasks": false, "checksum": "SHA256", "minPartSize": self.part_bytes,
            });
        }
        health
    }

    fn initiate(
        &self,
        facts: &mut Facts,
        body: &Value,
    ) -> Result<(u16, Value), (u16, &'static str)> {
        let fields: Vec<&str> = body
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let known = ["contentType", "filename", "taskId"];
        if !self.extended && fields.iter().any(|field| !known.contains(field)) {
            return Err((400, "property should not exist"));
        }
        let key = body.get("idempotencyKey").cloned();
        let repeated = self.extended && facts.places > 0 && key == facts.place_key;
        if !repeated {
            facts.places += 1;
            facts.place_key = key;
        }
        let id = format!("recording-{}", facts.places);
        let mut answer = if body["multipart"] == true {
            if facts.uploads == 0 || facts.swept.contains(&facts.upload_id()) {
                facts.uploads += 1;
            }
            json!({"multipart": {"uploadId": facts.upload_id(), "partSize": self.part_bytes}})
        } else {
            self.ticket(facts, &id)
        };
        answer["recordingId"] = json!(id);
        answer["s3Key"] = json!(format!("t1/{id}"));
        answer["expiresIn"] = json!(3600);
        answer["uploadStatus"] = json!("PENDING");
        Ok((201, answer))
    }

    fn sign(&self, facts: &Facts, id: &str, body: &Value) -> (u16, Value) {
        let tickets: Vec<Value> = body["parts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| {
                let number = part["partNumber"].as_u64();
                let misled = facts.misled.filter(|(from, _)| number >= Some((*from).into()));
                let store = misled.map_or(self.store.clone(), |(_, to)| format!("http://{to}"));
                json!({
                    "partNumber": part["partNumber"],
                    "url": format!(
                        "{store}/bucket/{id}?partNumber={}&uploadId={}&X-Amz-SignedHeaders=content-length;host;x-amz-checksum-sha256&X-Amz-Signature=canary-part",
                        part["partNumber"], facts.upload_id()
                    ),
                    "headers": {"x-amz-checksum-sha256": base64_of(part["sha256"].as_str().unwrap())},
                })
            })
            .collect();
        (
            200,
            json!({"parts": tickets, "expiresAt": "2099-01-01T00:00:00Z"}),
        )
    }

    fn list(facts: &Facts, id: &str, after: u32) -> Result<(u16, Value), (u16, &'static str)> {
        if facts.swept.contains(&facts.upload_id()) {
            return Err((409, "upload_aborted"));
        }
        let kept = facts.parts.get(&format!("/bucket/{id}"));
        let entries: Vec<Value> = kept
            .into_iter()
            .flat_map(|parts| parts.range(after + 1..))
            .take(facts.page)
            .map(|(number, body)| {
                json!({
                    "partNumber": number, "size": body.len(), "etag": format!("\"part-{number}-{}\"", body.len()),
                    "checksum": super::world::sha256(body),
                })
            })
            .collect();
        let next = entries
            .last()
            .filter(|_| entries.len() == facts.page)
            .map(|last| last["partNumber"].clone());
        let mut answer = json!({"parts": entries});
        if let Some(next) = next {
            answer["next"] = next;
        }
        Ok((200, answer))
    }

    fn ticket(&self, facts: &Facts, id: &str) -> Value {
        let signed = if self.extended {
            "content-length;content-type;host;if-none-match"
        } else {
            "host;content-type"
        };
        let mut ticket = json!({
            "uploadUrl": format!(
                "{}/bucket/{id}?X-Amz-SignedHeaders={signed}&X-Amz-Signature=canary-ticket{}",
                self.store, facts.ticket_query
            ),
        });
        if self.extended {
            ticket["uploadHeaders"] = json!({"content-type": "video/webm", "if-none-match": "*"});
        }
        ticket
    }
}

/// The object is its parts, one after the other.
fn put_together(facts: &mut Facts, id: &str, named: &[Value]) -> Result<(), (u16, &'static str)> {
    if facts.swept.contains(&facts.upload_id()) {
        return Err((409, "upload_aborted"));
    }
    let path = format!("/bucket/{id}");
    let Some(parts) = facts.parts.get(&path) else {
        return Ok(());
    };
    let are_those = named.len() == parts.len()
        && named.iter().zip(parts).all(|(named, (number, body))| {
            named["partNumber"] == *number && named["checksum"] == super::world::sha256(body)
        });
    if !are_those {
        return Err((409, "parts_mismatch"));
    }
    let object = parts.values().flatten().copied().collect();
    facts.objects.insert(path, object);
    Ok(())
}

fn base64_of(digits: &str) -> String {
    let bytes: Vec<u8> = (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The message doubles as the code where it is one.
async fn refuse(exchange: Exchange, status: u16, message: &str) {
    let mut body = json!({"statusCode": status, "message": message});
    if ["upload_aborted", "parts_mismatch"].contains(&message) {
        body["code"] = json!(message);
    }
    exchange.answer_json(status, &body).await;
}
