//! The machine-readable contract, and its page.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use crate::world::World;

async fn document(world: &World) -> Value {
    let answer = world
        .send(world.request(Method::GET, "/openapi.json"))
        .await;
    assert_eq!(answer.headers["content-type"], "application/json");
    answer.expect(200).body
}

#[tokio::test]
async fn every_call_is_described_with_its_methods_and_no_other() {
    let world = World::start().await;
    let document = document(&world).await;
    let paths = document["paths"].as_object().unwrap();
    for path in [
        "/api/auth/login",
        "/api/recordings/initiate",
        "/api/recordings/{id}/complete",
        "/api/openapi.json",
        "/live",
        "/ready",
        "/metrics",
    ] {
        assert!(paths.contains_key(path), "{path}");
    }
    for (path, item) in paths {
        let address = path
            .replace("{id}", "none-such")
            .replace("{task_id}", "none-such");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let described = item.get(method.to_lowercase()).is_some();
            let url = format!("{}{address}", world.running.origin());
            let request = world.http.request(method.parse().unwrap(), url);
            let answer = world.send(request).await;
            assert_eq!(
                answer.status != 405,
                described,
                "{method} {path}: {:?}",
                answer.body
            );
            let described = &item[method.to_lowercase()]["responses"][answer.status.to_string()];
            assert!(
                answer.status == 405 || described.is_object(),
                "{method} {path}: {}",
                answer.status
            );
        }
    }
}

#[tokio::test]
async fn calls_of_signed_in_users_say_so_and_codes_are_listed() {
    let world = World::start().await;
    let document = document(&world).await;
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let address = path
                .replace("{id}", "none-such")
                .replace("{task_id}", "none-such");
            let url = format!("{}{address}", world.running.origin());
            let request = world
                .http
                .request(method.to_uppercase().parse().unwrap(), url);
            let status = world.send(request).await.status;
            let public = path.contains("/auth/") && !path.ends_with("/me");
            assert_eq!(
                operation.get("security").is_some(),
                status == 401 && !public,
                "{method} {path}: {status}"
            );
            for (status, response) in operation["responses"].as_object().unwrap() {
                let refused = status.starts_with('4') || status == "500";
                let body = &response["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(
                    refused,
                    body == "#/components/schemas/ErrorBody" && status != "503",
                    "{method} {path} {status}"
                );
            }
        }
    }
    let codes = document["components"]["schemas"]["ErrorCode"]["enum"]
        .as_array()
        .unwrap();
    let codes: BTreeSet<_> = codes.iter().filter_map(Value::as_str).collect();
    for code in ["not_found", "rate_limited", "object_missing", "internal"] {
        assert!(codes.contains(code), "{code} is not in {codes:?}");
    }
}

#[tokio::test]
async fn the_page_is_made_of_its_own_files() {
    let world = World::start().await;
    let page = world.http.get(format!("{}/docs/", world.running.origin()));
    let page = page.send().await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.contains("script-src 'self';"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let html = page.text().await.unwrap();
    let is_file = |text: &&str| [".js", ".css"].iter().any(|end| text.ends_with(end));
    let sources = html.split(['"', '\'']).filter(is_file);
    let sources: Vec<_> = sources.collect();
    assert!(sources.len() > 2, "{html}");
    for source in sources {
        assert!(!source.contains("//"), "{source} is elsewhere");
        let url = format!(
            "{}/docs/{}",
            world.running.origin(),
            source.trim_start_matches("./")
        );
        let file = world.http.get(url).send().await.unwrap();
        assert_eq!(file.status(), 200, "{source}");
        let text = file.text().await.unwrap();
        if source.ends_with("initializer.js") {
            assert!(text.contains("/api/openapi.json"), "{text}");
        }
    }
    // Without the slash it leads there.
    let bare = world.http.get(format!("{}/docs", world.running.origin()));
    assert_eq!(bare.send().await.unwrap().url().path(), "/docs/");
}
