//! What badly made programs break at, put into every field that the contract names, one after the other: pieces of SQL, of
//! paths, of templates and of commands. What there is to try is read in the document that the server serves, so that a new
//! call is tried without anybody's doing.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use percent_encoding::percent_decode_str;
use reqwest::Method;
use serde_json::{Value, json};
use server::configuration::Operating;
use url::Url;

use crate::described::{Call, Filling, Told, calls};
use crate::in_parts::InParts;
use crate::world::{ADMIN, Answer, OTHERS, REVIEWER, SUPER_ADMIN, USER, World, path};

const FRAGMENTS: [&str; 12] = [
    "' OR '1'='1",
    "\"; DROP TABLE recordings; --",
    "'; DELETE FROM users; --",
    "x') UNION SELECT email FROM users --",
    "../../etc/passwd",
    "..%2f..%2f",
    "..\\..\\secrets.json",
    "%00",
    "\0",
    "a\r\nset-cookie: a=b",
    "{{7*7}}",
    "$(id)",
];

/// What would be in an answer if one of them had worked, or if the server told of its inside.
const TRACES: [&str; 6] = [
    "root:x:",
    "uid=",
    "jwtSecret",
    "syntax error",
    "sqlx",
    "constraint",
];

/// Some of what has to be among the places: without them the document would have been misread.
const NAMES: [&str; 12] = [
    "filename",
    "email",
    "deviceName",
    "cursor",
    "actor",
    "recordingId",
    "tenantId",
    "reason",
    "s3Key",
    "etag",
    "id",
    "task_id",
];

const OTHERS_FILE: &str = "of-the-others.webm";
const TASK: &str = "demo-task";
const CONTENT: &[u8] = b"webm";

/// Something that a person has, and has to have afterwards.
struct Kept {
    id: String,
    key: String,
    row: Value,
}

/// Somebody, with a complete recording and with one that comes in parts.
struct Person {
    token: String,
    complete: Kept,
    coming: Kept,
}

/// A row without what differs each time it is asked for, and without its end: what is held has none.
async fn row(world: &World, token: &str, id: &str) -> Value {
    let shown = world.get(token, &format!("/recordings/{id}")).await;
    let mut row = shown.expect(200).body;
    for name in ["downloadUrl", "keptUntil"] {
        row.as_object_mut().unwrap().remove(name);
    }
    row
}

impl Person {
    async fn with_recordings(world: &World, email: &str, filename: &str) -> Self {
        let token = world.token(email).await;
        let order = json!({"taskId": TASK, "filename": filename, "fileSize": CONTENT.len()});
        let whole = world.post(&token, "/recordings/initiate", &order).await;
        let whole = whole.expect(201);
        assert_eq!(world.put(&whole, CONTENT).await.status(), 200);
        world
            .complete(&token, &whole, CONTENT.len())
            .await
            .expect(200);
        let parts = InParts::of_three(world, &token).await.initiated;
        let kept = async |initiated: &Answer| {
            let id = initiated.text("recordingId");
            Kept {
                row: row(world, &token, &id).await,
                key: initiated.text("s3Key"),
                id,
            }
        };
        Self {
            complete: kept(&whole).await,
            coming: kept(&parts).await,
            token,
        }
    }

    /// Nothing of what they had has changed.
    async fn has_everything(&self, world: &World) {
        for kept in [&self.complete, &self.coming] {
            assert_eq!(row(world, &self.token, &kept.id).await, kept.row);
        }
        let complete = format!("/recordings/{}", self.complete.id);
        let shown = world.get(&self.token, &complete).await.expect(200);
        let link = shown.text("downloadUrl");
        let opened = world.http.get(link).send().await.unwrap();
        assert_eq!(opened.bytes().await.unwrap(), CONTENT);
    }
}

/// Where a fragment is put.
#[derive(Debug)]
enum Place<'d> {
    Path(&'d str),
    Query(&'d str),
    Field(Vec<&'d str>),
}

impl<'d> Place<'d> {
    fn all(call: &Call<'d>) -> Vec<Self> {
        let paths = call.parameters("path").into_iter().map(Self::Path);
        let queries = call.parameters("query").into_iter().map(Self::Query);
        let fields = call.fields().into_iter().map(Self::Field);
        paths.chain(queries).chain(fields).collect()
    }

    fn name(&self) -> &'d str {
        match self {
            Self::Path(name) | Self::Query(name) => name,
            Self::Field(names) => names[names.len() - 1],
        }
    }

    /// The fragment as it is, and in what this place's own form hides.
    fn forms(&self, fragment: &str) -> Vec<String> {
        let mut forms = vec![fragment.to_owned()];
        if self.name() == "cursor" {
            forms.push(BASE64_URL_SAFE_NO_PAD.encode(format!("1764000000000:{fragment}")));
        }
        forms
    }
}

/// One person's way through all calls.
struct Walk<'w> {
    world: &'w World,
    /// `None` goes as nobody.
    person: Option<&'w Person>,
    grant: &'w str,
    /// What is in no answer.
    never: &'w [String],
}

impl Walk<'_> {
    /// Puts every fragment into every place; the names of the places.
    async fn through<'d>(&self, calls: &[Call<'d>]) -> BTreeSet<&'d str> {
        let mut tried = BTreeSet::new();
        for fragment in FRAGMENTS {
            for call in calls {
                for place in Place::all(call) {
                    tried.insert(place.name());
                    for form in place.forms(fragment) {
                        self.put(&form, call, &place).await;
                    }
                }
            }
        }
        tried
    }

    /// Into this place, with each recording of theirs as what the call is about.
    async fn put(&self, fragment: &str, call: &Call<'_>, place: &Place<'_>) {
        let recordings = self.person.map(|own| [&own.complete, &own.coming]);
        match (recordings, place) {
            (Some(recordings), Place::Query(_) | Place::Field(_)) if call.path.contains("{id}") => {
                for about in recordings {
                    self.ask(fragment, call, place, Some(about)).await;
                }
            }
            _ => self.ask(fragment, call, place, None).await,
        }
    }

    async fn ask(&self, fragment: &str, call: &Call<'_>, place: &Place<'_>, about: Option<&Kept>) {
        let url = self.address(fragment, call, place, about);
        let mut request = self.world.http.request(call.method(), url);
        if let Some(person) = self.person {
            request = request.bearer_auth(&person.token);
        }
        let filling = Filling {
            text: fragment,
            ordinary: &|name| self.ordinary(name, about),
        };
        let field = match place {
            Place::Field(names) => Some(names.as_slice()),
            Place::Path(_) | Place::Query(_) => None,
        };
        if let Some(body) = call.filled(field, &filling) {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let told = Told {
            asked: format!("{} {}: {place:?} is {fragment:?}", call.method(), call.path),
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        };
        told.is_described(call);
        // Or nothing would have been tried.
        assert_ne!(told.status, 429, "{told:?}");
        assert!(told.status != 401 || call.is_public(), "{told:?}");
        assert!(!told.headers.contains_key("set-cookie"), "{told:?}");
        for word in self.never.iter().map(String::as_str).chain(TRACES) {
            assert!(!told.text.contains(word), "{word} in {told:?}");
        }
    }

    fn address(
        &self,
        fragment: &str,
        call: &Call<'_>,
        place: &Place<'_>,
        about: Option<&Kept>,
    ) -> Url {
        let mut url: Url = self.world.called().origin().parse().unwrap();
        for piece in call.path.trim_start_matches('/').split('/') {
            let name = piece.strip_prefix('{');
            let piece = match name.and_then(|name| name.strip_suffix('}')) {
                None => piece,
                Some(name) if matches!(place, Place::Path(wanted) if *wanted == name) => fragment,
                Some("task_id") => TASK,
                Some(_) => about.map_or(self.grant, |about| &about.id),
            };
            url.path_segments_mut().unwrap().push(piece);
        }
        if let Place::Query(name) = place {
            url.query_pairs_mut().append_pair(name, fragment);
        }
        url
    }

    /// What stands in a field where no fragment does, so that it is the fragment that decides.
    fn ordinary(&self, name: &str, about: Option<&Kept>) -> Option<Value> {
        Some(match name {
            "taskId" => TASK.into(),
            "filename" => "a.webm".into(),
            "email" => USER.into(),
            "password" => self.world.password(USER).into(),
            "tenantId" => "other".into(),
            "userId" => self.world.user_id(OTHERS[0]).into(),
            "s3Key" => about.map_or("", |about| &about.key).into(),
            "sha256" | "checksum" => "a".repeat(64).into(),
            _ => return None,
        })
    }
}

/// What no answer has to do with: what is somebody else's.
fn of_others(person: &Person) -> Vec<String> {
    let kept = [&person.complete, &person.coming].into_iter();
    let named = [OTHERS_FILE, "Another tenant's task"];
    kept.flat_map(|kept| [kept.id.clone(), kept.key.clone()])
        .chain(OTHERS.into_iter().chain(named).map(str::to_owned))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_field_of_any_call_takes_a_fragment_for_more_than_text() {
    let world = World::operated(Operating {
        user_requests_per_second: None,
        address_requests_per_second: None,
        ..Operating::default()
    })
    .await;
    let document = world.request(Method::GET, "/openapi.json");
    let document = world.send(document).await.expect(200).body;
    let (open, signed_in): (Vec<_>, Vec<_>) =
        calls(&document).into_iter().partition(Call::is_public);
    let user = Person::with_recordings(&world, USER, "ours.webm").await;
    let admin = Person::with_recordings(&world, SUPER_ADMIN, "ours.webm").await;
    let other = Person::with_recordings(&world, OTHERS[0], OTHERS_FILE).await;
    let grant = json!({"userId": world.user_id(OTHERS[0]), "hours": 1, "reason": "x"});
    let grant = world.post(&admin.token, "/support/grants", &grant).await;
    let grant = grant.expect(201).text("id");
    let never = of_others(&other);
    let walk = |person| Walk {
        world: &world,
        person,
        grant: &grant,
        never: &never,
    };
    let (nobody, of_user, of_admin) = (walk(None), walk(Some(&user)), walk(Some(&admin)));
    let (mut tried, users, admins) = tokio::join!(
        nobody.through(&open),
        of_user.through(&signed_in),
        of_admin.through(&signed_in)
    );
    assert_eq!(users, admins);
    tried.extend(users);
    for name in NAMES {
        assert!(tried.contains(name), "{name} is not among {tried:?}");
    }
    for person in [&user, &admin, &other] {
        person.has_everything(&world).await;
    }
    nobody_is_gone(&world).await;
    let trail = "/audit?action=support.grant&limit=200";
    let trail = world.get(&admin.token, trail).await.expect(200).body;
    let mut events = trail["events"].as_array().unwrap().iter();
    let is_there = events.any(|event| event["detail"]["grant"] == grant.as_str());
    assert!(is_there, "{trail}");
}

/// Everybody signs in, as themselves.
async fn nobody_is_gone(world: &World) {
    let own = [USER, REVIEWER, ADMIN, SUPER_ADMIN];
    for email in own.into_iter().chain(OTHERS) {
        let token = world.token(email).await;
        let me = world.get(&token, "/auth/me").await.expect(200);
        assert_eq!(me.text("id"), world.user_id(email));
    }
}

/// What is taken is kept as it was written, given back so, and in a link's head it is a name and nothing else.
#[tokio::test]
async fn a_fragment_that_is_taken_is_given_back_as_it_was() {
    let world = World::start().await;
    let admin = world.token(ADMIN).await;
    let printable = |text: &&str| !text.contains(char::is_control);
    for fragment in FRAGMENTS.into_iter().filter(printable) {
        let order = json!({"taskId": TASK, "filename": fragment});
        let initiated = world.post(&admin, "/recordings/initiate", &order).await;
        let initiated = initiated.expect(201);
        let key = initiated.text("s3Key");
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/".contains(letter);
        assert!(key.chars().all(plain), "{key}");
        assert_eq!(key.split('/').count(), 4, "{key}");
        assert!(key.split('/').all(|piece| piece != ".."), "{key}");
        assert_eq!(world.put(&initiated, CONTENT).await.status(), 200);
        let done = world.complete(&admin, &initiated, CONTENT.len()).await;
        done.expect(200);

        let shown = world.get(&admin, &path(&initiated, "")).await.expect(200);
        assert_eq!(shown.body["filename"], fragment);
        let link = shown.text("downloadUrl");
        let link = world.http.get(link).send().await.unwrap();
        assert_eq!(link.status(), 200, "{fragment}");
        let disposition = link.headers()["content-disposition"].to_str().unwrap();
        let (plain, whole) = disposition
            .split_once("; filename*=UTF-8''")
            .unwrap_or((disposition, ""));
        let plain = plain.strip_prefix("attachment; filename=\"").unwrap();
        let plain = plain.strip_suffix('"').unwrap();
        assert!(!plain.contains(['"', '/', '\\']), "{disposition}");
        let whole = percent_decode_str(whole).decode_utf8().unwrap();
        let name = if whole.is_empty() { plain } else { &*whole };
        assert_eq!(name, fragment.replace(['/', '\\'], "_"), "{disposition}");

        let hold = path(&initiated, "/hold");
        let reason = json!({"reason": fragment});
        let held = world.post(&admin, &hold, &reason).await.expect(200);
        assert_eq!(held.body["reason"], fragment);
        let about = format!("/audit?recordingId={}", initiated.text("recordingId"));
        let trail = world.get(&admin, &about).await.expect(200).body;
        let noted = trail["events"].as_array().unwrap();
        let is_hold = |event: &&Value| event["detail"]["reason"] == fragment;
        assert_eq!(noted.iter().filter(is_hold).count(), 1, "{trail}");
    }
}
