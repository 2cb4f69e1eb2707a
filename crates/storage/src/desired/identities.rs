//! User and roles, in AWS's own words.

use serde_json::json;

use super::policies;
use super::settings::Settings;
use super::{Account, Desired, Place, Setting};

/// The inline policy of a role.
const ROLE_POLICY: &str = "RevuiRecordings";

/// The user or the role that the backend is, and the roles beside it.
pub(super) fn add(settings: &Settings, account: Option<&Account>, desired: &mut Desired) {
    let access = &settings.access;
    if access.principal.is_empty() && !access.user.is_empty() {
        let user = &access.user;
        let existence = json!({ "UserName": user });
        desired.add(Place::User, user, Setting::Existence, existence);
        let permissions = policies::backend(settings, account);
        desired.permit(Place::User, user, &access.user_policy, permissions);
        if access.access_key {
            let key = json!({ "ActiveAccessKeys": 1 });
            desired.add(Place::User, user, Setting::AccessKey, key);
        }
    }
    if !access.principal.is_empty() {
        match role_of(&access.principal, account) {
            Some(role) => {
                let permissions = policies::backend(settings, account);
                desired.permit(Place::BackendRole, role, &access.user_policy, permissions);
            }
            None => desired.left_out.push(format!(
                "the rights of {}: it is no role of this account's, so that its own administrator has to give them; \
                 `storage policy` shows them as `user.permissions` where `access.principal` is empty",
                access.principal
            )),
        }
    }
    let wants_roles = !access.signing_role.is_empty() || !settings.replication.bucket.is_empty();
    let Some(account) = account else {
        if wants_roles {
            desired.left_out.push(
                "roles: their ARNs name the account, which is not known; set `bucket.account_id`"
                    .to_owned(),
            );
        }
        return;
    };
    if !access.signing_role.is_empty() {
        match policies::backend_arn(settings, Some(account)) {
            Some(backend) => signing_role(settings, &backend, account, desired),
            None => desired.left_out.push(
                "the signing role: it trusts the backend, for which `access.user` or `access.principal` is missing"
                    .to_owned(),
            ),
        }
    }
    if !settings.replication.bucket.is_empty() {
        let role = &settings.replication.role;
        let trust = json!({
            "AssumeRolePolicyDocument": policies::trust(&json!({ "Service": "s3.amazonaws.com" })),
            "MaxSessionDuration": 3600,
        });
        desired.add(Place::ReplicationRole, role, Setting::Trust, trust);
        let permissions = policies::replication(settings);
        desired.add(
            Place::ReplicationRole,
            role,
            Setting::Permissions,
            permissions,
        );
    }
}

/// The name of a role, if it is one of this account's: `arn:aws:iam::123456789012:role/path/name`. Where the account is not
/// known, it is taken for one of it.
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
fn role_of<'a>(arn: &'a str, account: Option<&Account>) -> Option<&'a str> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, "iam", _, owner, resource] = parts.as_slice() else {
        return None;
    };
    let is_ours = account.is_none_or(|account| account.id == *owner);
    let path = resource.strip_prefix("role/").filter(|_| is_ours)?;
    path.rsplit('/').next().filter(|name| !name.is_empty())
}

fn signing_role(settings: &Settings, backend: &str, account: &Account, desired: &mut Desired) {
    let role = &settings.access.signing_role;
    let trust = json!({
        "AssumeRolePolicyDocument": policies::trust(&json!({ "AWS": backend })),
        "MaxSessionDuration": settings.access.session_minutes * 60,
    });
    desired.add(Place::SigningRole, role, Setting::Trust, trust);
    let permissions = policies::signing(settings, Some(account));
    desired.permit(Place::SigningRole, role, ROLE_POLICY, permissions);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_of_this_account_is_told_from_all_others() {
        let ours = Account::new("123456789012", "eu-central-1");
        for (arn, known, expected) in [
            (
                "arn:aws:iam::123456789012:role/machine",
                true,
                Some("machine"),
            ),
            (
                "arn:aws-cn:iam::123456789012:role/service/app/machine",
                true,
                Some("machine"),
            ),
            ("arn:aws:iam::210987654321:role/machine", true, None),
            (
                "arn:aws:iam::210987654321:role/machine",
                false,
                Some("machine"),
            ),
            ("arn:aws:iam::123456789012:user/somebody", true, None),
            (
                "arn:aws:sts::123456789012:assumed-role/machine/i",
                true,
                None,
            ),
            ("arn:aws:iam::123456789012:role/", true, None),
            ("arn:aws:iam::123456789012:root", true, None),
        ] {
            let account = known.then_some(&ours);
            assert_eq!(role_of(arn, account), expected, "{arn}");
        }
    }
}
