//! `storage export`: the desired state, for other means.

use serde_json::json;
use storage::desired::Desired;
use storage::export::export;

use super::{Room, print, print_json};
use crate::Failure;
use crate::arguments::storage::FormatName;

/// Writes the desired state out in this format. The account is the file's, or asked of STS.
pub(crate) async fn write(room: &Room, format: FormatName) -> Result<(), Failure> {
    let account = match room.named_account() {
        Some(account) => Some(account),
        None => room.account(&room.cloud().await?).await?,
    };
    let desired = Desired::of(&room.settings, account.as_ref(), room.is_https());
    let text = export(&desired, &room.settings.bucket.region, format.into());
    if room.json {
        return print_json(&json!({ "document": text, "leftOut": desired.left_out }));
    }
    print(&text)
}
