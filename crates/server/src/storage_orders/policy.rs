//! `storage policy`: who may do what, as AWS takes it.

use std::fmt::Write as _;

use serde_json::{Map, json};
use storage::desired::{Desired, Setting};

use super::{Room, print, print_json, section};
use crate::Failure;

/// Shows every policy, in the order in which they can be applied. The account is the file's, or asked of STS.
pub(crate) async fn show(room: &Room) -> Result<(), Failure> {
    let account = match room.named_account() {
        Some(account) => Some(account),
        None => room.account(&room.cloud().await?).await?,
    };
    let desired = Desired::of(&room.settings, account.as_ref(), room.is_https());
    let policies = desired.items.iter().filter(|item| {
        matches!(
            item.setting,
            Setting::Trust | Setting::Permissions | Setting::Policy
        )
    });
    if room.json {
        let policies: Map<_, _> = policies
            .map(|item| {
                (
                    item.id(),
                    json!({ "name": item.name, "document": item.wanted }),
                )
            })
            .collect();
        return print_json(&json!({ "policies": policies, "leftOut": desired.left_out }));
    }
    let mut text = String::new();
    for item in policies {
        let (id, name, document) = (item.id(), &item.name, &item.wanted);
        // Writing to a string cannot fail.
        let _ = write!(text, "# {id} of {name}\n{document:#}\n\n");
    }
    section(&mut text, "Left out:", &desired.left_out);
    print(&text)
}
