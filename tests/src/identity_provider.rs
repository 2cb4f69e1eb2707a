//! An identity provider of an organisation's (`tests/identity-provider`), and somebody who signs in there in a browser.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use url::Url;

use crate::{bare, in_time, missing_piece};

/// What its access tokens are for.
const AUDIENCE: &str = "https://recordings.example/api";

/// Steps after which a browser is being sent round in circles.
const MOST_STEPS: usize = 30;

/// A running provider. Dropping it kills it.
pub struct IdentityProvider {
    /// Its issuer, which is where it listens.
    pub issuer: String,
    process: Child,
    /// Open for as long as it runs: it would end of a pipe that nobody reads.
    _said: Lines<BufReader<ChildStdout>>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("identity-provider")
}

impl IdentityProvider {
    /// What keeps one from running on this machine.
    pub fn missing_piece() -> Option<String> {
        let modules = folder().join("node_modules");
        let not_installed = (!modules.join("oidc-provider").is_dir())
            .then(|| format!("nothing is installed in {}", modules.display()));
        missing_piece(&["node"]).or(not_installed)
    }

    /// Starts one, and returns once it listens.
    pub async fn start() -> Self {
        let mut process = bare("node")
            .arg(folder().join("provider.js"))
            .arg(AUDIENCE)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let issuer = in_time("the identity provider", lines.next_line()).await;
        Self {
            issuer: issuer.expect("a line").expect("its issuer"),
            process,
            _said: lines,
        }
    }

    /// What a server's file of providers says of it.
    pub fn described(&self, id: &str, name: &str, tenant: &str) -> String {
        format!(
            "[[provider]]\nid = \"{id}\"\nname = \"{name}\"\nissuer = \"{}\"\ntenant = \"{tenant}\"\n\
             audience = \"{AUDIENCE}\"\nclient_id = \"revui\"\nrole_claim = \"groups\"\ndefault_role = \"USER\"\n\
             roles = {{ admins = \"ADMIN\", reviewers = \"REVIEWER\" }}\n\n",
            self.issuer
        )
    }

    /// Signs with a new key from now on; the one before stays published.
    pub async fn rotate_keys(&self) {
        self.control("rotate").await;
    }

    /// Publishes only the key that it signs with.
    pub async fn withdraw_old_keys(&self) {
        self.control("withdraw").await;
    }

    /// Lets access tokens have expired this long ago when they are given out.
    pub async fn give_out_expired(&self, seconds: u32) {
        self.control(&format!("expired/{seconds}")).await;
    }

    /// How many sessions were renewed at it.
    pub async fn renewals(&self) -> u64 {
        self.count("refreshed").await
    }

    /// How many sign-ins were taken back.
    pub async fn revocations(&self) -> u64 {
        self.count("revoked").await
    }

    async fn count(&self, name: &str) -> u64 {
        let count = &self.control("counts").await[name];
        count.as_u64().expect("a count")
    }

    async fn control(&self, order: &str) -> Value {
        let address = format!("{}/control/{order}", self.issuer);
        let answer = reqwest::get(address).await.expect("an answer");
        answer.json().await.expect("its counts")
    }

    /// Ends it at whatever it does.
    pub async fn kill(&mut self) {
        self.process.kill().await.expect("it is killed");
    }
}

/// A browser and the person before it. It keeps cookies, follows redirects, and fills in what it is asked for.
pub struct Browser {
    client: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

impl Browser {
    /// One that was never used.
    pub fn new() -> Self {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Self {
            client: client.expect("a client"),
            cookies: BTreeMap::new(),
        }
    }

    /// Opens the address and signs in by this name, as far as forms are shown. Returns the last page.
    pub async fn sign_in(&mut self, address: &str, name: &str) -> String {
        let mut here = Url::parse(address).expect("an address");
        let mut request = self.client.get(here.clone());
        for _ in 0..MOST_STEPS {
            let (status, location, page) = self.send(request).await;
            if let Some(location) = location {
                here = here.join(&location).expect("an address");
                request = self.client.get(here.clone());
                continue;
            }
            let Some(form) = Form::of(&page).filter(|_| status == StatusCode::OK) else {
                return page;
            };
            here = here.join(&form.action).expect("an address");
            let fields = form.fields.into_iter().map(|(field, value)| {
                let value = if field == "login" {
                    name.to_owned()
                } else {
                    value
                };
                (field, value)
            });
            let mut body = url::form_urlencoded::Serializer::new(String::new());
            body.extend_pairs(fields);
            request = self
                .client
                .post(here.clone())
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body.finish());
        }
        panic!("the browser is sent round in circles: {here}");
    }

    async fn send(&mut self, request: RequestBuilder) -> (StatusCode, Option<String>, String) {
        let cookies = self.cookies.iter();
        let cookies: Vec<String> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request.header(COOKIE, cookies.join("; "));
        let answer = in_time("a page", request.send()).await.expect("a page");
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let text = cookie.to_str().expect("text");
            let pair = text.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = answer.headers().get(LOCATION);
        let location = location.map(|value| value.to_str().expect("text").to_owned());
        let location = location.filter(|_| answer.status().is_redirection());
        (
            answer.status(),
            location,
            answer.text().await.expect("text"),
        )
    }
}

/// The one form of a page.
struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Form {
    fn of(page: &str) -> Option<Self> {
        let form = page.split("<form").nth(1)?.split("</form>").next()?;
        let fields = form.split("<input").skip(1).filter_map(|input| {
            let input = input.split('>').next()?;
            let value = attribute(input, "value").unwrap_or_default();
            Some((attribute(input, "name")?, value))
        });
        Some(Self {
            action: attribute(form, "action")?,
            fields: fields.collect(),
        })
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, after) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = after.split_once('"')?;
    Some(value.replace("&amp;", "&"))
}
