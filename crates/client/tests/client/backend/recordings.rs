//! What the stand-in says when it keeps the contract: one recording, one user, in the variants that deployments have.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::stand_in::{Answer, Asked, refusal};

pub(super) const EMAIL: &str = "anna@example.com";
pub(super) const PASSWORD: &str = "canary-password";
pub(super) const KEY: &str = "t1/task/u1/1764000000000_demo.webm";
pub(super) const UPLOAD_URL: &str =
    "https://bucket.s3.example/key?X-Amz-Signature=canary-signature";

/// How this deployment differs from the guide.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variant {
    pub(super) prefix: &'static str,
    pub(super) envelope: bool,
    pub(super) cookie: bool,
    pub(super) extensions: bool,
}

pub(super) const BASE: Variant = Variant {
    prefix: "/api",
    envelope: false,
    cookie: false,
    extensions: false,
};

pub(super) const DEPLOYED: Variant = Variant {
    prefix: "/api/v1",
    envelope: true,
    cookie: true,
    extensions: false,
};

pub(super) const OURS: Variant = Variant {
    extensions: true,
    ..BASE
};

/// The tokens that are good at the moment.
#[derive(Debug, Default)]
struct Tokens {
    /// Numbered: `canary-access-3` is good while this is 3.
    access: u32,
    refresh: u32,
}

/// A backend that keeps the contract. Strict: any field that it does not know is a 400.
pub(super) struct Recordings {
    variant: Variant,
    tokens: Mutex<Tokens>,
    /// Where its downloads are.
    pub(super) download_url: Mutex<String>,
}

impl Recordings {
    pub(super) fn new(variant: Variant) -> Self {
        Self {
            variant,
            tokens: Mutex::default(),
            download_url: Mutex::new("https://bucket.s3.example/none".to_owned()),
        }
    }

    /// The access token runs out.
    pub(super) fn expire(&self) {
        self.tokens.lock().unwrap().access += 1;
    }

    /// Every session ends.
    pub(super) fn end_sessions(&self) {
        let mut tokens = self.tokens.lock().unwrap();
        tokens.access += 1;
        tokens.refresh += 1;
    }

    pub(super) fn refresh_token(&self) -> String {
        format!("canary-refresh-{}", self.tokens.lock().unwrap().refresh)
    }

    pub(super) fn answer(&self, asked: &Asked) -> Answer {
        let Some(path) = asked.path.strip_prefix(self.variant.prefix) else {
            return refusal(404, "Cannot find it");
        };
        match (asked.method.as_str(), path) {
            ("GET", "/recordings/health") => self.success(200, self.health()),
            ("POST", "/auth/login") => self.log_in(asked),
            ("POST", "/auth/refresh") => self.refresh(asked),
            ("POST", "/auth/logout") => self.success(200, json!({})),
            _ if !self.knows(asked) => refusal(401, "Unauthorized"),
            (method, path) => self.signed_in(method, path, asked),
        }
    }

    fn signed_in(&self, method: &str, path: &str, asked: &Asked) -> Answer {
        let extensions = self.variant.extensions;
        match (method, path) {
            ("POST", "/recordings/initiate") => self.initiate(asked),
            ("POST", "/recordings/r1/complete") => self.complete(asked),
            ("GET", "/recordings/r1") => self.success(200, self.recording()),
            ("GET", path) if path.starts_with("/recordings/task/") => {
                self.success(200, json!([self.recording()]))
            }
            ("GET", "/auth/me") if extensions => self.success(200, user()),
            ("GET", "/tasks") if extensions => {
                self.success(200, json!({"tasks": [{"id": "task", "name": "A task"}]}))
            }
            ("GET", "/recordings") if extensions => {
                self.success(200, json!({"recordings": [self.recording()], "next": "c2"}))
            }
            ("DELETE", "/recordings/r1") => self.success(200, json!({"message": "deleted"})),
            ("DELETE", "/recordings/r1/upload") if extensions => {
                Answer::Raw(204, Vec::new(), Vec::new())
            }
            _ => refusal(404, "Recording not found"),
        }
    }

    fn success(&self, status: u16, value: Value) -> Answer {
        Answer::Json(
            status,
            if self.variant.envelope {
                json!({"data": value})
            } else {
                value
            },
        )
    }

    fn health(&self) -> Value {
        let mut health =
            json!({"s3": {"configured": true, "message": "S3 service configured successfully"}});
        if self.variant.extensions {
            health["uploads"] =
                json!({"multipart": false, "renew": true, "tasks": true, "maxFileSize": 1_000_000});
        }
        health
    }

    fn log_in(&self, asked: &Asked) -> Answer {
        let login = asked.json();
        let mut known = vec!["email", "password"];
        if self.variant.extensions {
            known.push("deviceName");
        }
        if let Some(answer) = stranger(&login, &known) {
            return answer;
        }
        if login["email"] != EMAIL || login["password"] != PASSWORD {
            return refusal(401, "Invalid credentials");
        }
        if self.variant.cookie {
            let cookies = [
                "sid=canary-cookie; Path=/; HttpOnly; SameSite=Lax",
                "theme=; Max-Age=0",
            ];
            let headers = cookies
                .map(|cookie| ("set-cookie", cookie.to_owned()))
                .to_vec();
            return Answer::With(200, headers, json!({"data": {"user": user()}}));
        }
        self.success(200, self.pair())
    }

    fn pair(&self) -> Value {
        let tokens = self.tokens.lock().unwrap();
        json!({
            "accessToken": format!("canary-access-{}", tokens.access),
            "refreshToken": format!("canary-refresh-{}", tokens.refresh),
            "expiresIn": 900,
            "user": user(),
        })
    }

    fn refresh(&self, asked: &Asked) -> Answer {
        if asked.json()["refreshToken"] != self.refresh_token() {
            return refusal(401, "Refresh token is used up");
        }
        self.tokens.lock().unwrap().refresh += 1;
        self.success(200, self.pair())
    }

    fn knows(&self, asked: &Asked) -> bool {
        if self.variant.cookie {
            return asked.header("cookie") == Some("sid=canary-cookie");
        }
        let good = format!(
            "Bearer canary-access-{}",
            self.tokens.lock().unwrap().access
        );
        asked.header("authorization") == Some(&good)
    }

    fn initiate(&self, asked: &Asked) -> Answer {
        let mut known = vec!["taskId", "filename", "contentType", "urlExpiresIn"];
        if self.variant.extensions {
            known.extend(["idempotencyKey", "fileSize", "sha256"]);
        }
        stranger(&asked.json(), &known).unwrap_or_else(|| {
            let place = json!({
                "recordingId": "r1", "uploadUrl": UPLOAD_URL, "s3Key": KEY, "expiresIn": 3600,
                "uploadStatus": "PENDING",
            });
            self.success(201, place)
        })
    }

    fn complete(&self, asked: &Asked) -> Answer {
        let mut known = vec!["s3Key", "fileSize", "duration"];
        if self.variant.extensions {
            known.push("sha256");
        }
        stranger(&asked.json(), &known).unwrap_or_else(|| {
            let done = json!({
                "id": "r1", "s3Key": KEY, "fileSize": "5", "duration": 1, "uploadStatus": "COMPLETE",
                "completedAt": "2026-11-24T10:00:00Z",
            });
            self.success(200, done)
        })
    }

    fn recording(&self) -> Value {
        json!({
            "id": "r1", "taskId": "task", "userId": "u1", "s3Key": KEY, "fileSize": "5", "duration": 1,
            "mimeType": "video/webm", "uploadStatus": "COMPLETE", "createdAt": "2026-11-24T10:00:00Z",
            "completedAt": "2026-11-24T10:00:00Z", "downloadUrl": *self.download_url.lock().unwrap(),
        })
    }
}

pub(super) fn user() -> Value {
    json!({"id": "u1", "email": EMAIL, "name": "Anna", "role": "USER", "tenantId": "t1"})
}

/// A strict backend's answer to a field that it does not know.
fn stranger(body: &Value, known: &[&str]) -> Option<Answer> {
    let fields = body.as_object()?;
    let stranger = fields
        .keys()
        .find(|field| !known.contains(&field.as_str()))?;
    Some(refusal(
        400,
        &format!("property {stranger} should not exist"),
    ))
}
