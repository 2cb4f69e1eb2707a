//! What another account may do with a recording that is not its own: the contract's table.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::Role;

use super::blame::{Fault, Whose};
use super::exchange::Reply;
use super::run::{Found, Run, Session, Unmet, refused, skipped};

/// How somebody stands to the recording's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Stranger,
    Colleague(Role),
}

/// A call on another's recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    Get,
    Complete,
    Delete,
}

impl Standing {
    /// The statuses that the contract allows; `None` where the call would do what it is for.
    fn allowed(self, attempt: Attempt) -> Option<&'static [u16]> {
        match (self, attempt) {
            // Another tenant's recording does not exist.
            (Self::Stranger, _) => Some(&[404]),
            (Self::Colleague(Role::User), Attempt::Get)
            | (Self::Colleague(Role::User | Role::Reviewer), Attempt::Delete) => Some(&[403]),
            (Self::Colleague(_), Attempt::Get) => Some(&[200]),
            (Self::Colleague(_), Attempt::Complete) => Some(&[404, 403]),
            (Self::Colleague(Role::Admin | Role::SuperAdmin), Attempt::Delete) => None,
        }
    }

    fn sees_in_lists(self) -> bool {
        matches!(
            self,
            Self::Colleague(Role::Reviewer | Role::Admin | Role::SuperAdmin)
        )
    }
}

const MEND_TENANT: &str = "Look recordings up by tenant and id in one query: what is another tenant's does not exist (404).";
const MEND_ROLE: &str = "Compare the caller's user and role before anything else is done.";

impl Run {
    fn other(&self) -> Result<(&Session, Standing), Unmet> {
        let Some(other) = &self.other else {
            return skipped("no other account is signed in");
        };
        let tenant = |session: &Session| {
            let user = session.user.as_ref()?;
            (!user.tenant_id.as_str().is_empty()).then(|| user.tenant_id.clone())
        };
        let standing = match (tenant(self.own()?), tenant(other), &other.user) {
            (Some(own), Some(theirs), _) if own != theirs => Standing::Stranger,
            (Some(_), Some(_), Some(user)) => Standing::Colleague(user.role),
            _ => return skipped("the sessions do not say of which tenants they are"),
        };
        Ok((other, standing))
    }

    async fn attempt(&self, attempt: Attempt) -> Found {
        let (other, standing) = self.other()?;
        let place = self.completed()?;
        let Some(allowed) = standing.allowed(attempt) else {
            return skipped("it may: nothing would be left to look at");
        };
        let path = format!("/recordings/{}", place.id);
        let body = json!({ "s3Key": place.key, "fileSize": self.content.len() });
        let reply = match attempt {
            Attempt::Get => {
                self.ask(Method::GET, &path, Some(&other.proof), None)
                    .await?
            }
            Attempt::Delete => {
                self.ask(Method::DELETE, &path, Some(&other.proof), None)
                    .await?
            }
            Attempt::Complete => {
                let path = format!("{path}/complete");
                self.ask(Method::POST, &path, Some(&other.proof), Some(&body))
                    .await?
            }
        };
        let mend = if standing == Standing::Stranger {
            MEND_TENANT
        } else {
            MEND_ROLE
        };
        let status = refused(&reply, allowed, mend)?;
        Ok(format!("{status}, {}", words(standing)))
    }

    pub(super) async fn other_get(&mut self) -> Found {
        self.attempt(Attempt::Get).await
    }

    pub(super) async fn other_complete(&mut self) -> Found {
        self.attempt(Attempt::Complete).await
    }

    pub(super) async fn other_delete(&mut self) -> Found {
        let id = self.completed()?.id.clone();
        let attempted = self.attempt(Attempt::Delete).await;
        if matches!(&attempted, Err(Unmet::Fault(fault)) if fault.found.starts_with("status 2")) {
            self.is_deleted = true;
            self.places
                .iter_mut()
                .filter(|place| place.id == id)
                .for_each(|place| place.is_gone = true);
        }
        attempted
    }

    pub(super) async fn other_list(&mut self) -> Found {
        let (other, standing) = self.other()?;
        let id = &self.completed()?.id;
        let path = format!("/recordings/task/{}", self.task);
        let reply = self
            .ask(Method::GET, &path, Some(&other.proof), None)
            .await?;
        // A task of another tenant may be unknown there.
        refused(&reply, &[200, 404], MEND_TENANT)?;
        let list = reply.json().unwrap_or_default();
        let is_there = list
            .as_array()
            .is_some_and(|list| list.iter().any(|entry| entry["id"] == id.as_str()));
        if is_there == standing.sees_in_lists() {
            let seen = if is_there { "listed" } else { "not listed" };
            return Ok(format!("{seen}, {}", words(standing)));
        }
        let (wanted, found) = if is_there {
            ("no row of it", "a row")
        } else {
            ("a row", "no row of it")
        };
        let mend = if standing == Standing::Stranger {
            MEND_TENANT
        } else {
            MEND_ROLE
        };
        Err(Fault::new(Whose::Backend, wanted, found, mend).into())
    }

    pub(super) async fn other_unknown(&mut self) -> Found {
        let (other, standing) = self.other()?;
        if standing != Standing::Stranger {
            return skipped("the other account is of the same tenant");
        }
        let id = &self.completed()?.id;
        let there = self
            .ask(
                Method::GET,
                &format!("/recordings/{id}"),
                Some(&other.proof),
                None,
            )
            .await?;
        let never = format!("/recordings/{}", Uuid::new_v4());
        let never = self
            .ask(Method::GET, &never, Some(&other.proof), None)
            .await?;
        let (there, never) = (face(&there), face(&never));
        if there == never {
            return Ok("as for an id that never was".to_owned());
        }
        let mend = "Answer both alike: status, headers and body.";
        Err(Fault::new(Whose::Backend, never.to_string(), there.to_string(), mend).into())
    }
}

fn words(standing: Standing) -> String {
    match standing {
        Standing::Stranger => "of another tenant".to_owned(),
        Standing::Colleague(role) => format!("{role} of the same tenant"),
    }
}

/// What of an answer could tell somebody something: not when it was made, what for, and under which number.
fn face(reply: &Reply) -> Value {
    let mut body = reply.json().unwrap_or_default();
    if let Some(fields) = body.as_object_mut() {
        for name in ["timestamp", "requestId", "path"] {
            fields.remove(name);
        }
    }
    let mut names: Vec<&str> = reply
        .headers
        .keys()
        .map(reqwest::header::HeaderName::as_str)
        .collect();
    names.sort_unstable();
    names.dedup();
    json!({ "status": reply.status.as_u16(), "headers": names, "body": body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_contracts() {
        use Attempt::{Complete, Delete, Get};
        use Standing::{Colleague, Stranger};
        let colleague = |role: Role| Colleague(role);
        for (standing, attempt, expected) in [
            (Stranger, Get, Some(&[404][..])),
            (Stranger, Complete, Some(&[404])),
            (Stranger, Delete, Some(&[404])),
            (colleague(Role::User), Get, Some(&[403])),
            (colleague(Role::Reviewer), Get, Some(&[200])),
            (colleague(Role::Admin), Get, Some(&[200])),
            (colleague(Role::User), Delete, Some(&[403])),
            (colleague(Role::Reviewer), Delete, Some(&[403])),
            (colleague(Role::SuperAdmin), Delete, None),
        ] {
            assert_eq!(
                standing.allowed(attempt),
                expected,
                "{standing:?} {attempt:?}"
            );
        }
        let seeing: Vec<Role> = Role::ALL
            .into_iter()
            .filter(|role| Colleague(*role).sees_in_lists())
            .collect();
        assert_eq!(seeing, [Role::Reviewer, Role::Admin, Role::SuperAdmin]);
        assert!(!Stranger.sees_in_lists());
    }
}
