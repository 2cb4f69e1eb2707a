//! Start, restart, end.

use std::fs;

use serde_json::Value;
use server::administration::{Administration, NewUser};
use server::configuration::ServeOptions;
use server::{Clock, Configuration, StartError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::rows::Rows;
use crate::world::{USER, World};

#[tokio::test]
async fn a_restart_keeps_everything() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let session = world.login(USER, &world.password(USER)).await.expect(200);
    let id = world.recording(&token).await;
    let (password, first_port) = (world.password(USER), world.running.address().port());
    let world = world.restart().await;
    assert_eq!(world.password(USER), password);
    // The port is another one, and the note says so.
    let note: Value =
        serde_json::from_slice(&fs::read(world.data.path().join("demo.json")).unwrap()).unwrap();
    assert_eq!(note["server"], world.running.origin());
    assert_eq!(note["store"], world.running.store_origin().unwrap());
    assert_ne!(world.running.address().port(), first_port);
    let got = world
        .get(&token, &format!("/recordings/{id}"))
        .await
        .expect(200);
    let link = world
        .http
        .get(got.text("downloadUrl"))
        .send()
        .await
        .unwrap();
    assert_eq!(link.bytes().await.unwrap(), "webm");
    let refresh = serde_json::json!({"refreshToken": session.text("refreshToken")});
    world.post_open("/auth/refresh", &refresh).await.expect(200);
    world.login(USER, &password).await.expect(200);
}

#[tokio::test]
async fn the_note_has_a_user_of_each_role_and_is_private() {
    let world = World::start().await;
    let path = world.data.path().join("demo.json");
    let note: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(note["bucket"], "revui-recordings");
    assert_eq!(note["taskId"], "demo-task");
    let users = note["users"].as_array().unwrap();
    let roles = |tenant: &str| -> Vec<&str> {
        let of_tenant = users.iter().filter(|user| user["tenantId"] == tenant);
        of_tenant
            .map(|user| user["role"].as_str().unwrap())
            .collect()
    };
    assert_eq!(users[0]["tenantId"], "demo");
    assert_eq!(roles("demo"), ["USER", "REVIEWER", "ADMIN", "SUPER_ADMIN"]);
    assert!(!roles("other").is_empty());
    for user in users {
        let email = user["email"].as_str().unwrap();
        let session = world
            .login(email, user["password"].as_str().unwrap())
            .await
            .expect(200);
        for field in ["role", "tenantId"] {
            assert_eq!(session.body["user"][field], user[field]);
        }
        assert_eq!(session.body["user"]["id"], user["userId"]);
    }
    #[cfg(unix)]
    for file in ["demo.json", "secrets.json", "revui.db", "revui.db-wal"] {
        use std::os::unix::fs::PermissionsExt as _;
        if file.starts_with("revui.db") && matches!(world.rows, Rows::Server(_)) {
            continue;
        }
        let mode = fs::metadata(world.data.path().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{file}");
    }
}

#[tokio::test]
async fn without_the_note_new_passwords_are_set() {
    let world = World::start().await;
    let old = world.password(USER);
    fs::remove_file(world.data.path().join("demo.json")).unwrap();
    let world = world.restart().await;
    assert_ne!(world.password(USER), old);
    world
        .login(USER, &old)
        .await
        .refused(401, "wrong_credentials");
    world.token(USER).await;
}

#[tokio::test]
async fn a_port_or_a_folder_that_is_taken_is_said() {
    let world = World::start().await;
    let taken = world.running.address().port();
    let folder = tempfile::tempdir().unwrap();
    let start = |folder: &std::path::Path, port| {
        server::start(
            Configuration::embedded(folder.to_owned(), port),
            Clock::system(),
        )
    };
    let error = start(folder.path(), taken).await.unwrap_err();
    assert!(matches!(error, StartError::PortInUse { port } if port == taken));
    assert!(error.is_configuration() && error.to_string().contains("--port"));
    let error = start(world.data.path(), 0).await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert!(error.to_string().contains("in use by another"), "{error}");
}

#[tokio::test]
async fn without_a_bucket_health_names_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let rows = Rows::of_a_test(folder.path().join("a.db")).await;
    let database = rows.text();
    let lookup = |name: &str| match name {
        "JWT_SECRET" => Some("0123456789abcdef0123456789abcdef".to_owned()),
        "DATABASE_URL" => Some(database.clone()),
        "AWS_REGION" => Some("us-east-1".to_owned()),
        "AWS_ACCESS_KEY_ID" => Some("AK".to_owned()),
        _ => None,
    };
    let options = ServeOptions {
        port: Some(0),
        ..ServeOptions::default()
    };
    let configuration = Configuration::read(lookup, options).unwrap();
    let running = server::start(configuration, Clock::system()).await.unwrap();
    let health = reqwest::get(format!("{}/api/recordings/health", running.origin()))
        .await
        .unwrap();
    assert_eq!(health.status(), 200);
    let health: Value = health.json().await.unwrap();
    assert_eq!(health["s3"]["configured"], false);
    let message = health["s3"]["message"].as_str().unwrap();
    assert!(
        message.contains("AWS_S3_BUCKET_NAME") && message.contains("AWS_SECRET_ACCESS_KEY"),
        "{message}"
    );
    assert!(!message.contains("AWS_REGION"), "{message}");
    running.stop().await;
}

#[tokio::test]
async fn a_running_request_may_end() {
    let world = World::start().await;
    let address = world.running.address();
    let body = serde_json::json!({"email": USER, "password": world.password(USER)}).to_string();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let head = format!(
        "POST /api/auth/login HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\nexpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body once a handler waits for it: the request runs.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    let stopping = tokio::spawn(world.running.stop());
    while TcpStream::connect(address).await.is_ok() {}
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_nobodys_fault_here() {
    let folder = tempfile::tempdir().unwrap();
    let rows = Rows::of_a_test(folder.path().join("a.db")).await;
    let database = rows.text();
    let administration = Administration::open(&rows.url(), Clock::system())
        .await
        .unwrap();
    let tenant = wire::TenantId::from("acme");
    administration.add_tenant(&tenant, "Acme").await.unwrap();
    let user = NewUser {
        tenant,
        email: "ada@acme.example".to_owned(),
        name: "Ada".to_owned(),
        role: wire::Role::User,
        password: wire::Secret::from("a long enough one"),
    };
    administration.add_user(user).await.unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let lookup = |name: &str| {
        Some(match name {
            "JWT_SECRET" => "0123456789abcdef0123456789abcdef".to_owned(),
            "DATABASE_URL" => database.clone(),
            "AWS_REGION" => "us-east-1".to_owned(),
            "AWS_S3_BUCKET_NAME" => "revui-recordings".to_owned(),
            "AWS_ACCESS_KEY_ID" => "AK".to_owned(),
            "AWS_SECRET_ACCESS_KEY" => "the-secret".to_owned(),
            "AWS_ENDPOINT_URL_S3" => endpoint.clone(),
            "AWS_S3_ENCRYPTION" => "AES256".to_owned(),
            "PORT" => "0".to_owned(),
            _ => return None,
        })
    };
    let configuration = Configuration::read(lookup, ServeOptions::default()).unwrap();
    let running = server::start(configuration, Clock::system()).await.unwrap();
    let api = |path: &str| format!("{}/api{path}", running.origin());
    let http = reqwest::Client::new();
    let login = serde_json::json!({"email": "ada@acme.example", "password": "a long enough one"});
    let session = http
        .post(api("/auth/login"))
        .json(&login)
        .send()
        .await
        .unwrap();
    let session: Value = session.json().await.unwrap();
    let token = session["accessToken"].as_str().unwrap();
    let body = serde_json::json!({"taskId": "t", "filename": "a.webm", "fileSize": 4});
    let initiated = http
        .post(api("/recordings/initiate"))
        .bearer_auth(token)
        .json(&body);
    let initiated: Value = initiated.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        initiated["uploadHeaders"]["x-amz-server-side-encryption"],
        "AES256"
    );
    let id = initiated["recordingId"].as_str().unwrap();
    let claim = serde_json::json!({"s3Key": initiated["s3Key"], "fileSize": 4});
    let complete = http.post(api(&format!("/recordings/{id}/complete")));
    let answer = complete
        .bearer_auth(token)
        .json(&claim)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 503);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["code"], "store_unavailable");
    assert!(!answer.to_string().contains(&endpoint), "{answer}");
    let got = http
        .get(api(&format!("/recordings/{id}")))
        .bearer_auth(token);
    let got: Value = got.send().await.unwrap().json().await.unwrap();
    assert_eq!(got["uploadStatus"], "PENDING");
    running.stop().await;
}
