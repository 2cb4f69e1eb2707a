//! The backend's calls and the session, against servers that speak the contract in its variants, or something else.

mod calls;
mod faults;
mod keychain;
mod links;
mod memory;
mod recordings;
mod renewal;
mod repeats;
mod secrets;
mod sessions;
mod stand_in;

use std::sync::Arc;

use client::{Client, ClientOptions, Credentials, Home, Keeping, Keychain, SessionState};
use memory::MemoryKeychain;
use recordings::{EMAIL, PASSWORD, Recordings, Variant};
use stand_in::StandIn;
use tempfile::TempDir;
use wire::Secret;

/// A backend, a home and a keychain.
struct World {
    recordings: Arc<Recordings>,
    server: StandIn,
    home: TempDir,
    keychain: Arc<MemoryKeychain>,
}

impl World {
    async fn start(variant: Variant) -> Self {
        let recordings = Arc::new(Recordings::new(variant));
        let behaviour = Arc::clone(&recordings);
        Self {
            server: StandIn::start(move |asked| behaviour.answer(asked)).await,
            recordings,
            home: tempfile::tempdir().unwrap(),
            keychain: Arc::default(),
        }
    }

    /// The same, but some questions get another answer.
    async fn start_with(
        variant: Variant,
        other: impl Fn(&stand_in::Asked) -> Option<stand_in::Answer> + Send + Sync + 'static,
    ) -> Self {
        let recordings = Arc::new(Recordings::new(variant));
        let behaviour = Arc::clone(&recordings);
        Self {
            server: StandIn::start(move |asked| {
                other(asked).unwrap_or_else(|| behaviour.answer(asked))
            })
            .await,
            recordings,
            home: tempfile::tempdir().unwrap(),
            keychain: Arc::default(),
        }
    }

    /// A program over this home and keychain.
    fn client(&self) -> Client {
        Client::open(self.options()).unwrap()
    }

    fn options(&self) -> ClientOptions {
        ClientOptions {
            keychain: Keychain::over(self.keychain.clone()),
            ..ClientOptions::new(Home::at(self.home.path()))
        }
    }

    async fn signed_in(&self) -> Client {
        let client = self.client();
        let keeping = Keeping::KeychainOnly;
        client
            .sign_in(&self.server.origin(), password(), keeping)
            .await
            .unwrap();
        client
    }
}

fn password() -> Credentials {
    Credentials::Password {
        email: EMAIL.to_owned(),
        password: Secret::from(PASSWORD),
    }
}

fn is_signed_in(client: &Client) -> bool {
    matches!(*client.session().borrow(), SessionState::SignedIn { .. })
}
