//! IAM: the user, its key, roles, and what they may do.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::StatusType;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::words::number;
use super::{NewKey, WriteError};
use crate::Refusal;
use crate::cloud::Cloud;
use crate::desired::{Item, Place};

type Read = Result<Option<Value>, Refusal>;

fn iam(cloud: &Cloud) -> Result<&Client, Refusal> {
    let none = Refusal::Unreadable("no IAM is known for this store");
    cloud.iam.as_ref().ok_or(none)
}

/// IAM answers with documents that are percent-encoded.
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html>
fn document(encoded: &str) -> Result<Value, Refusal> {
    let text = percent_decode_str(encoded).decode_utf8_lossy();
    serde_json::from_str(&text).map_err(|_| Refusal::Unreadable("a policy is no JSON"))
}

pub(super) async fn read_user(cloud: &Cloud, name: &str) -> Read {
    let answer = iam(cloud)?.get_user().user_name(name).send().await;
    answer.map_err(Refusal::read)?;
    Ok(Some(json!({ "UserName": name })))
}

pub(super) async fn create_user(cloud: &Cloud, name: &str) -> Result<(), WriteError> {
    let client = cloud.iam.as_ref().ok_or(WriteError::NoIam)?;
    let answer = client.create_user().user_name(name).send().await;
    answer.map_err(Refusal::read)?;
    Ok(())
}

pub(super) async fn read_role(cloud: &Cloud, name: &str) -> Read {
    let answer = iam(cloud)?.get_role().role_name(name).send().await;
    let Some(role) = answer.map_err(Refusal::read)?.role else {
        return Ok(None);
    };
    let trust = role.assume_role_policy_document.unwrap_or_default();
    Ok(Some(json!({
        "AssumeRolePolicyDocument": document(&trust)?,
        // An hour, where nothing was said.
        "MaxSessionDuration": role.max_session_duration.unwrap_or(3600),
    })))
}

pub(super) async fn write_role(
    cloud: &Cloud,
    name: &str,
    document: &Value,
    is_new: bool,
) -> Result<(), WriteError> {
    let client = cloud.iam.as_ref().ok_or(WriteError::NoIam)?;
    let trust = document["AssumeRolePolicyDocument"].to_string();
    let longest = number(document, "MaxSessionDuration");
    if is_new {
        let request = client.create_role().role_name(name);
        let request = request.assume_role_policy_document(trust);
        let answer = request.set_max_session_duration(longest).send().await;
        answer.map_err(Refusal::read)?;
        return Ok(());
    }
    let request = client.update_assume_role_policy().role_name(name);
    let answer = request.policy_document(trust).send().await;
    answer.map_err(Refusal::read)?;
    let request = client.update_role().role_name(name);
    let answer = request.set_max_session_duration(longest).send().await;
    answer.map_err(Refusal::read)?;
    Ok(())
}

pub(super) async fn read_permissions(cloud: &Cloud, item: &Item) -> Read {
    let client = iam(cloud)?;
    let encoded = if item.place == Place::User {
        let request = client.get_user_policy().user_name(&item.name);
        let answer = request.policy_name(&item.policy_name).send().await;
        answer.map_err(Refusal::read)?.policy_document
    } else {
        let request = client.get_role_policy().role_name(&item.name);
        let answer = request.policy_name(&item.policy_name).send().await;
        answer.map_err(Refusal::read)?.policy_document
    };
    Ok(Some(document(&encoded)?))
}

pub(super) async fn write_permissions(
    cloud: &Cloud,
    item: &Item,
    document: &Value,
) -> Result<(), WriteError> {
    let client = cloud.iam.as_ref().ok_or(WriteError::NoIam)?;
    let text = document.to_string();
    if item.place == Place::User {
        let request = client.put_user_policy().user_name(&item.name);
        let request = request.policy_name(&item.policy_name);
        let answer = request.policy_document(text).send().await;
        answer.map_err(Refusal::read)?;
    } else {
        let request = client.put_role_policy().role_name(&item.name);
        let request = request.policy_name(&item.policy_name);
        let answer = request.policy_document(text).send().await;
        answer.map_err(Refusal::read)?;
    }
    Ok(())
}

/// How many keys of the user's work; none where none does.
pub(super) async fn read_active_keys(cloud: &Cloud, name: &str) -> Read {
    let answer = iam(cloud)?.list_access_keys().user_name(name).send().await;
    let keys = answer.map_err(Refusal::read)?.access_key_metadata;
    let active = keys
        .iter()
        .filter(|key| key.status == Some(StatusType::Active))
        .count();
    Ok((active > 0).then(|| json!({ "ActiveAccessKeys": active })))
}

pub(super) async fn create_key(cloud: &Cloud, name: &str) -> Result<NewKey, WriteError> {
    let client = cloud.iam.as_ref().ok_or(WriteError::NoIam)?;
    let answer = client.create_access_key().user_name(name).send().await;
    let key = answer.map_err(Refusal::read)?.access_key;
    let key = key.ok_or(Refusal::Unreadable("it made a key and does not tell it"))?;
    Ok(NewKey {
        access_key_id: key.access_key_id,
        secret_access_key: key.secret_access_key.into(),
    })
}
