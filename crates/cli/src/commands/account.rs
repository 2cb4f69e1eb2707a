//! `login`, `logout`, `whoami`.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use client::{Client, Credentials, Keeping, SessionState, SignInWay};
use wire::{Secret, User};

use super::organisation;
use crate::arguments::Login;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::silence::awaited;
use crate::{output, session};

/// No password and no token is longer.
const LONGEST_SECRET_BYTES: u64 = 64 * 1024;

/// `revui login`.
pub(super) async fn login(login: Login) -> Result<Exit, Failure> {
    let client = session::open_stored()?;
    let user = match &login.sso {
        Some(name) => {
            let way = if login.device {
                SignInWay::Device
            } else {
                SignInWay::Browser
            };
            organisation::sign_in(&client, &login.server, name, way).await?
        }
        None => sign_in(&client, &login).await?,
    };
    output::explain(&format!(
        "Signed in at {} as {}.",
        login.server.as_str(),
        describe(&user)
    ));
    if session::environment_has_token() {
        output::explain("REVUI_TOKEN is set and goes first: unset it to use this session.");
    }
    Ok(Exit::Done)
}

async fn sign_in(client: &Client, login: &Login) -> Result<User, Failure> {
    let credentials = match login.email.clone() {
        Some(email) => Credentials::Password {
            password: password(&email, login.password_stdin)?,
            email,
        },
        None => Credentials::Token(from_stdin("token")?),
    };
    let signing_in = client.sign_in(&login.server, credentials, Keeping::KeychainOnly);
    Ok(awaited(signing_in).await?)
}

/// `revui logout`.
pub(super) async fn logout() -> Result<Exit, Failure> {
    let client = session::open_stored()?;
    awaited(client.sign_out()).await?;
    output::explain("Signed out. Unfinished uploads are kept.");
    if session::environment_has_token() {
        output::explain("REVUI_TOKEN is still set; unset it as well.");
    }
    Ok(Exit::Done)
}

/// `revui whoami`.
pub(super) async fn whoami() -> Result<Exit, Failure> {
    let (client, user) = session::open_signed_in().await?;
    output::result(&describe(&user));
    if let SessionState::SignedIn {
        server,
        kept_in_keychain,
        ..
    } = &*client.session().borrow()
    {
        output::result(&format!("server: {}", server.as_str()));
        let place = if *kept_in_keychain {
            "the keychain"
        } else {
            "REVUI_TOKEN"
        };
        output::result(&format!("session: from {place}"));
    }
    Ok(Exit::Done)
}

fn describe(user: &User) -> String {
    let text = format!(
        "{} <{}> ({}, tenant {})",
        user.name, user.email, user.role, user.tenant_id
    );
    output::harmless(&text)
}

pub(super) fn password(email: &str, from_standard_input: bool) -> Result<Secret, Failure> {
    if from_standard_input {
        return from_stdin("password");
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(
            "There is no terminal to ask for the password.",
            "Pipe it in: `revui login --server URL --email E --password-stdin < FILE`.",
        ));
    }
    let prompt = format!("Password of {}: ", output::harmless(email));
    rpassword::prompt_password(prompt)
        .map(Secret::from)
        .map_err(|error| {
            Failure::usage(
                format!("The password could not be read: {error}."),
                "Pipe it in with --password-stdin.",
            )
        })
}

/// The first line of standard input.
fn from_stdin(what: &str) -> Result<Secret, Failure> {
    let unreadable = |cause: &str| {
        Failure::usage(
            format!("Standard input holds no {what}: {cause}."),
            format!("Pipe the {what} in, on one line."),
        )
    };
    let mut line = String::new();
    io::stdin()
        .lock()
        .take(LONGEST_SECRET_BYTES)
        .read_line(&mut line)
        .map_err(|error| unreadable(&error.to_string()))?;
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    if line.trim().is_empty() {
        return Err(unreadable("it is empty"));
    }
    Ok(Secret::from(line))
}
