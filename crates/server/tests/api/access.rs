//! The tables of who may do what. `roles.rs` and this file hold the server to them, cell by cell, and `docs/access.md`
//! shows them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{ADMIN, OTHERS, REVIEWER, SUPER_ADMIN, USER, World};

/// The columns, and who tries them.
const ROLES: [(&str, &str); 4] = [
    ("USER", USER),
    ("REVIEWER", REVIEWER),
    ("ADMIN", ADMIN),
    ("SUPER_ADMIN", SUPER_ADMIN),
];

/// A call on a recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Call {
    Complete,
    Renew,
    SignParts,
    ListParts,
    CompleteParts,
    ClaimSha256,
    GiveUp,
    Get,
    Check,
    Hold,
    Release,
    Delete,
}

pub(crate) const CALLS: [Call; 12] = [
    Call::Complete,
    Call::Renew,
    Call::SignParts,
    Call::ListParts,
    Call::CompleteParts,
    Call::ClaimSha256,
    Call::GiveUp,
    Call::Get,
    Call::Check,
    Call::Hold,
    Call::Release,
    Call::Delete,
];

/// What somebody is answered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Answered {
    Yes,
    Forbidden,
    /// As if it did not exist.
    Absent,
}

/// A row of the first table: for each role its own recording and another's of its tenant, then somebody of another
/// tenant, without and with that tenant's leave to look in.
pub(crate) struct Cells {
    pub(crate) own: [Answered; 4],
    pub(crate) anothers: [Answered; 4],
    pub(crate) elsewhere: Answered,
    pub(crate) support: Answered,
}

impl Call {
    /// How it is made: the method, and what follows the recording's id.
    pub(crate) fn address(self) -> (Method, &'static str) {
        match self {
            Self::Complete | Self::CompleteParts => (Method::POST, "/complete"),
            Self::Renew => (Method::POST, "/renew"),
            Self::SignParts => (Method::POST, "/parts"),
            Self::ListParts => (Method::GET, "/parts"),
            Self::ClaimSha256 => (Method::POST, "/sha256"),
            Self::GiveUp => (Method::DELETE, "/upload"),
            Self::Get => (Method::GET, ""),
            Self::Check => (Method::GET, "/check"),
            Self::Hold => (Method::POST, "/hold"),
            Self::Release => (Method::DELETE, "/hold"),
            Self::Delete => (Method::DELETE, ""),
        }
    }

    pub(crate) fn cells(self) -> Cells {
        use Answered::{Absent, Forbidden, Yes};
        let administrators = [Forbidden, Forbidden, Yes, Yes];
        let (own, anothers, support) = match self {
            Self::Complete
            | Self::Renew
            | Self::SignParts
            | Self::ListParts
            | Self::CompleteParts
            | Self::ClaimSha256
            | Self::GiveUp => ([Yes; 4], [Absent; 4], Absent),
            Self::Get => ([Yes; 4], [Forbidden, Yes, Yes, Yes], Yes),
            Self::Check => (administrators, administrators, Yes),
            Self::Hold | Self::Release | Self::Delete => (administrators, administrators, Absent),
        };
        Cells {
            own,
            anothers,
            elsewhere: Absent,
            support,
        }
    }

    fn shown(self) -> String {
        let (method, end) = self.address();
        let in_parts = match self {
            Self::CompleteParts => ", of an upload in parts",
            _ => "",
        };
        format!("`{method} /recordings/{{id}}{end}`{in_parts}")
    }
}

impl Answered {
    fn shown(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Forbidden => "403",
            Self::Absent => "404",
        }
    }
}

/// How far a call reaches that is about no single recording.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Reach {
    /// To what is the caller's own.
    Own,
    /// To what is their tenant's.
    Tenant,
    Forbidden,
}

impl Reach {
    fn shown(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Tenant => "tenant's",
            Self::Forbidden => "403",
        }
    }
}

/// The second table: of those calls each with its reach for each role.
const OTHER_CALLS: [(&str, [Reach; 4]); 14] = {
    use Reach::{Forbidden, Own, Tenant};
    const ADMINISTRATORS: [Reach; 4] = [Forbidden, Forbidden, Tenant, Tenant];
    [
        ("GET /auth/me", [Own; 4]),
        ("POST /recordings/initiate", [Own; 4]),
        ("GET /recordings", [Own, Tenant, Tenant, Tenant]),
        (
            "GET /recordings/task/{taskId}",
            [Own, Tenant, Tenant, Tenant],
        ),
        ("GET /tasks", [Tenant; 4]),
        ("GET /audit", ADMINISTRATORS),
        ("GET /audit.csv", ADMINISTRATORS),
        ("POST /support/requests", [Own; 4]),
        ("GET /support/requests", ADMINISTRATORS),
        ("POST /support/requests/{id}/grant", ADMINISTRATORS),
        ("DELETE /support/requests/{id}", ADMINISTRATORS),
        ("GET /support/grants", ADMINISTRATORS),
        ("POST /support/grants", ADMINISTRATORS),
        ("DELETE /support/grants/{id}", ADMINISTRATORS),
    ]
};

fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        let _ = writeln!(table, "| {} |", row.join(" | "));
    }
    table
}

fn of_recordings() -> String {
    let roles = ROLES.map(|(role, _)| role);
    let head = [
        &["call"][..],
        &roles,
        &["another tenant's", "another tenant's, by support access"],
    ];
    let rows = CALLS.map(|call| {
        let cells = call.cells();
        let mut row = vec![call.shown()];
        for (own, anothers) in cells.own.into_iter().zip(cells.anothers) {
            row.push(if own == anothers {
                own.shown().to_owned()
            } else {
                format!("own: {}, another's: {}", own.shown(), anothers.shown())
            });
        }
        row.extend([cells.elsewhere, cells.support].map(|cell| cell.shown().to_owned()));
        row
    });
    table(&head.concat(), rows)
}

fn of_other_calls() -> String {
    let roles = ROLES.map(|(role, _)| role);
    let rows = OTHER_CALLS.map(|(call, cells)| {
        let mut row = vec![format!("`{call}`")];
        row.extend(cells.map(|cell| cell.shown().to_owned()));
        row
    });
    table(&[&["call"][..], &roles].concat(), rows)
}

/// The page with this table where it has one of that name.
fn with_table(page: &str, name: &str, table: &str) -> String {
    let begin = format!("<!-- {name}: made from crates/server/tests/api/access.rs -->\n");
    let end = format!("<!-- end of {name} -->\n");
    let (before, rest) = page.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{begin}\n{table}\n{end}{after}")
}

#[test]
fn the_page_shows_what_the_tests_hold() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/access.md");
    let page = fs::read_to_string(&path).unwrap();
    let made = with_table(&page, "recordings", &of_recordings());
    let made = with_table(&made, "other calls", &of_other_calls());
    if env::var_os("REVUI_REMAKE_ACCESS").is_some() {
        fs::write(&path, &made).unwrap();
        return;
    }
    assert!(
        page == made,
        "docs/access.md shows other tables than the tests hold; to make them again: \
         REVUI_REMAKE_ACCESS=1 cargo test -p server --test api the_page_shows\n{}\n{}",
        of_recordings(),
        of_other_calls()
    );
}

/// A call for which somebody has to sign in is in one of the tables.
#[tokio::test]
async fn no_call_is_missing_from_the_tables() {
    let world = World::start().await;
    let request = world.request(Method::GET, "/openapi.json");
    let document = world.send(request).await.expect(200).body;
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation.get("security").is_some() {
                let path = path.strip_prefix("/api").unwrap();
                let path = path.replace("{task_id}", "{taskId}");
                described.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    let of_recordings = CALLS.into_iter().map(|call| {
        let (method, end) = call.address();
        format!("{method} /recordings/{{id}}{end}")
    });
    let others = OTHER_CALLS.iter().map(|(call, _)| (*call).to_owned());
    let listed: BTreeSet<String> = of_recordings.chain(others).collect();
    assert_eq!(listed, described);
}

/// What there is in the tenant `demo` for these calls to reach.
struct Ground {
    /// A recording of each role's.
    recordings: [String; 4],
    grant: String,
}

impl Ground {
    async fn lay(world: &World) -> Self {
        let mut recordings = Vec::new();
        for (_, email) in ROLES {
            recordings.push(world.recording(&world.token(email).await).await);
        }
        let admin = world.token(ADMIN).await;
        let granted = world.post(&admin, "/support/grants", &grant(world)).await;
        Self {
            recordings: recordings.try_into().unwrap(),
            grant: granted.expect(201).text("id"),
        }
    }
}

fn grant(world: &World) -> Value {
    json!({"userId": world.user_id(OTHERS[0]), "hours": 1, "reason": "ticket 12"})
}

fn wish(tenant: &str) -> Value {
    json!({"tenantId": tenant, "hours": 1, "reason": "ticket 12"})
}

/// What somebody of another tenant asks of the tenant `demo`; the request's id.
async fn asked(world: &World) -> String {
    let token = world.token(OTHERS[1]).await;
    let wish = wish("demo");
    let asked = world.post(&token, "/support/requests", &wish).await;
    asked.expect(202);
    let admin = world.token(ADMIN).await;
    let open = world.get(&admin, "/support/requests").await.expect(200);
    open.body["requests"][0]["id"].as_str().unwrap().to_owned()
}

/// Makes one of the calls; the status, and the answer's text.
async fn make(world: &World, call: &str, token: &str, ground: &Ground) -> (u16, String) {
    let (method, path) = call.split_once(' ').unwrap();
    let id = if path.starts_with("/support/requests") {
        &asked(world).await
    } else {
        &ground.grant
    };
    let path = path.replace("{taskId}", "task-uuid").replace("{id}", id);
    let mut request = world
        .request(method.parse().unwrap(), &path)
        .bearer_auth(token);
    match call {
        "POST /recordings/initiate" => {
            request = request.json(&json!({"taskId": "task-uuid", "filename": "a.webm"}));
        }
        "POST /support/grants" => request = request.json(&grant(world)),
        "POST /support/requests" => request = request.json(&wish("other")),
        _ => {}
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn calls_about_no_single_recording_reach_as_far_as_the_table_says() {
    let world = World::start().await;
    let ground = Ground::lay(&world).await;
    let mut tokens = Vec::new();
    for (_, email) in ROLES {
        tokens.push(world.token(email).await);
    }
    for (call, cells) in OTHER_CALLS {
        for (index, (role, email)) in ROLES.into_iter().enumerate() {
            let (status, text) = make(&world, call, &tokens[index], &ground).await;
            let seen = ground.recordings.iter().filter(|id| text.contains(*id));
            let seen: Vec<&String> = seen.collect();
            let mine = &ground.recordings[index];
            let told = format!("{call} {role}: {status} {text}");
            match (cells[index], call) {
                (Reach::Forbidden, _) => assert_eq!(status, 403, "{told}"),
                (_, "DELETE /support/grants/{id}" | "DELETE /support/requests/{id}") => {
                    assert_eq!(status, 204, "{told}");
                }
                (_, "POST /support/requests") => assert_eq!((status, &*text), (202, ""), "{told}"),
                (_, "POST /support/grants" | "POST /support/requests/{id}/grant") => {
                    assert_eq!(status, 201, "{told}");
                    assert!(text.contains(r#""tenantId":"demo""#), "{told}");
                }
                (_, "POST /recordings/initiate") => {
                    assert_eq!(status, 201, "{told}");
                    let key = format!("\"demo/task-uuid/{}/", world.user_id(email));
                    assert!(text.contains(&key), "{told}");
                }
                (_, "GET /auth/me") => assert!(text.contains(&world.user_id(email)), "{told}"),
                (Reach::Own, _) => assert_eq!(seen, [mine], "{told}"),
                (Reach::Tenant, "GET /tasks") => assert!(text.contains("demo-task"), "{told}"),
                (Reach::Tenant, "GET /support/requests") => {
                    assert!(text.contains(&world.user_id(OTHERS[1])), "{told}");
                }
                (Reach::Tenant, "GET /support/grants") => {
                    assert!(text.contains(&ground.grant), "{told}");
                }
                (Reach::Tenant, _) => assert_eq!(seen.len(), 4, "{told}"),
            }
        }
    }
}

/// A role reaches in its own tenant, and has nothing of this one.
#[tokio::test]
async fn the_same_calls_have_nothing_of_another_tenants() {
    let world = World::start().await;
    let ground = Ground::lay(&world).await;
    let mut tokens = Vec::new();
    for email in OTHERS {
        tokens.push(world.token(email).await);
    }
    for (call, cells) in OTHER_CALLS {
        for (index, email) in OTHERS.into_iter().enumerate() {
            let (status, text) = make(&world, call, &tokens[index], &ground).await;
            let told = format!("{call} {email}: {status} {text}");
            match (cells[index], call) {
                (Reach::Forbidden, _) => assert_eq!(status, 403, "{told}"),
                (
                    _,
                    "DELETE /support/grants/{id}"
                    | "DELETE /support/requests/{id}"
                    | "POST /support/requests/{id}/grant",
                ) => assert_eq!(status, 404, "{told}"),
                // Who looks in has to be of another tenant than the one that lets them.
                (_, "POST /support/grants" | "POST /support/requests") => {
                    assert_eq!(status, 400, "{told}");
                }
                _ => assert!([200, 201].contains(&status), "{told}"),
            }
            for theirs in ["\"demo/", "\"tenantId\":\"demo\"", "demo-task"] {
                assert!(!text.contains(theirs), "{told}");
            }
            for id in &ground.recordings {
                assert!(!text.contains(id), "{told}");
            }
        }
    }
}
