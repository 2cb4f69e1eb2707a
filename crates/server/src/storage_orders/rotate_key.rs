//! `storage rotate-key`: a new access key, proven before the old one is touched. The secret is shown once and kept nowhere.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::SystemTime;

use serde_json::json;
use server::logging;
use storage::cloud::Cloud;
use storage::rotate::{KeyRing, NewKey, Obstacle, RotateError, room_for_another};
use storage::{Bucket, BucketConfig};

use super::{Room, print, print_json};
use crate::Failure;
use crate::arguments::storage::{KeepOld, RotateKey};
use crate::interruption::Interruption;

impl From<RotateError> for Failure {
    fn from(error: RotateError) -> Self {
        Self::Other(error.into())
    }
}

impl From<Obstacle> for Failure {
    fn from(obstacle: Obstacle) -> Self {
        Self::from(RotateError::from(obstacle))
    }
}

/// What is told in the end, or by `--json`.
struct Told<'a> {
    user: &'a str,
    new: Option<&'a NewKey>,
    old: &'a str,
    state: &'static str,
}

pub(crate) async fn rotate(room: &Room, order: &RotateKey) -> Result<(), Failure> {
    let cloud = room.cloud().await?;
    let ring = KeyRing::of(&cloud, order.user.clone()).await?;
    let configured = configured_key(room).await?;
    if let Some(id) = &order.retire {
        return retire(room, order, &ring, id, &configured).await;
    }
    let keys = ring.keys().await?;
    // Somebody else's key is not configured here: it is the only one that there is.
    let old = match (&order.user, keys.first()) {
        (Some(_), Some(only)) if !keys.iter().any(|key| key.id == configured) => only.id.clone(),
        _ => configured.clone(),
    };
    room_for_another(&keys, &old)?;
    let mut interruption = Interruption::listen()?;
    let new = ring.make().await?;
    let proven = tokio::select! {
        proven = ring.prove(&new, &room.config, &room.settings) => proven.map_err(Failure::from),
        () = interruption.come() => Err(Failure::Told),
    };
    let as_new = match proven {
        Ok(as_new) => as_new,
        Err(failure) => {
            // Nobody has seen its secret.
            ring.delete(&new.id).await?;
            print("The new key has been deleted again; the old one is as it was.\n")?;
            return Err(failure);
        }
    };
    let user = ring.user().to_owned();
    if !room.json {
        show(&user, &new)?;
    }
    let keep = order.keep_old.unwrap_or_else(|| ask(room, &old));
    let ring = if old == configured {
        // The old key cannot delete itself once it is inactive.
        KeyRing::of(&as_new, Some(user.clone())).await?
    } else {
        ring
    };
    let state = end(&ring, &old, keep, Some((&new, room))).await?;
    tell(
        room,
        &Told {
            user: &user,
            new: Some(&new),
            old: &old,
            state,
        },
    )
}

/// The last steps of an earlier rotation.
async fn retire(
    room: &Room,
    order: &RotateKey,
    ring: &KeyRing,
    id: &str,
    configured: &str,
) -> Result<(), Failure> {
    if id == configured {
        return Err(Failure::Configuration(vec![format!(
            "{id} is the key that is configured here: configure the new one first, for the backend too"
        )]));
    }
    let keys = ring.keys().await?;
    if !keys.iter().any(|key| key.id == id) {
        return Err(Failure::Configuration(vec![format!(
            "{} has no key {id}",
            ring.user()
        )]));
    }
    let keep = order.keep_old.unwrap_or(KeepOld::No);
    let state = end(ring, id, keep, None).await?;
    let told = Told {
        user: ring.user(),
        new: None,
        old: id,
        state,
    };
    tell(room, &told)
}

async fn configured_key(room: &Room) -> Result<String, Failure> {
    let plain = BucketConfig {
        signing_role: None,
        ..room.bucket()?
    };
    let configuration = |text: String| Failure::Configuration(vec![text]);
    let bucket = Bucket::connect(plain).await;
    let bucket = bucket.map_err(|error| configuration(logging::chain(&error)))?;
    let id = bucket.access_key_id(SystemTime::now()).await;
    id.map_err(|error| configuration(logging::chain(&error)))
}

/// Ends the old key step by step. The new one is tried once more in between, while the old one can still be made active.
async fn end(
    ring: &KeyRing,
    old: &str,
    keep: KeepOld,
    proof: Option<(&NewKey, &Room)>,
) -> Result<&'static str, Failure> {
    if keep == KeepOld::Active {
        return Ok("active");
    }
    ring.deactivate(old).await?;
    if let Some((new, room)) = proof {
        let _as_new: Cloud = ring.prove(new, &room.config, &room.settings).await?;
    }
    if keep == KeepOld::Inactive {
        return Ok("inactive");
    }
    ring.delete(old).await?;
    Ok("deleted")
}

fn show(user: &str, new: &NewKey) -> Result<(), Failure> {
    print(&format!(
        "A new key of {user}, proven. It is shown this once; put it where the backend finds it, and start the backend anew:\n\n\
         AWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}\n\n",
        new.id,
        new.secret.expose()
    ))
}

/// A backend that still uses the old key would stop working: only whoever has started it anew can tell.
fn ask(room: &Room, old: &str) -> KeepOld {
    if room.json || !io::stdin().is_terminal() {
        return KeepOld::Active;
    }
    let mut err = io::stderr();
    let _ = write!(
        err,
        "Does the backend use the new key now, so that {old} can be deleted? [y/N] "
    );
    let _ = err.flush();
    let mut answer = String::new();
    match io::stdin().read_line(&mut answer) {
        Ok(_) if answer.trim().eq_ignore_ascii_case("y") => KeepOld::No,
        _ => KeepOld::Active,
    }
}

fn tell(room: &Room, told: &Told<'_>) -> Result<(), Failure> {
    let Told {
        user,
        new,
        old,
        state,
    } = told;
    if room.json {
        let new =
            new.map(|new| json!({ "accessKeyId": new.id, "secretAccessKey": new.secret.expose() }));
        return print_json(&json!({
            "user": user, "new": new, "old": { "accessKeyId": old, "state": state },
        }));
    }
    let next = match (*state, new) {
        ("active", Some(_)) => format!(
            " Once the backend uses the new one, end it, with the new one configured: revui-server storage rotate-key --retire {old}"
        ),
        ("inactive", _) => {
            format!(" When nobody has missed it: revui-server storage rotate-key --retire {old}")
        }
        _ => String::new(),
    };
    print(&format!("The key {old} of {user} is {state}.{next}\n"))
}
