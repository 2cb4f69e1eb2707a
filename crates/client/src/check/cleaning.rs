//! Taking back what a check has made.

use reqwest::Method;
use wire::Role;

use super::blame::{Fault, Whose};
use super::run::{Found, Run, Session, Unmet, answered, refused, skipped};

impl Run {
    pub(super) async fn delete(&mut self) -> Found {
        let path = format!("/recordings/{}", self.completed()?.id);
        let own = self.own()?;
        let may = own
            .user
            .as_ref()
            .map(|user| matches!(user.role, Role::Admin | Role::SuperAdmin));
        let reply = self
            .ask(Method::DELETE, &path, Some(&own.proof), None)
            .await?;
        let status = reply.status.as_u16();
        if status == 200 {
            self.is_deleted = true;
            self.places[0].is_gone = true;
        }
        match may {
            Some(false) => {
                let mend = "Let administrators alone delete (403 for anybody else).";
                refused(&reply, &[403], mend)?;
                return Ok("403: this role may not".to_owned());
            }
            Some(true) => answered(&reply, &[200])?,
            None => answered(&reply, &[200, 403])?,
        }
        if status == 403 {
            return Ok("403: this account may not".to_owned());
        }
        let again = self
            .ask(Method::GET, &path, Some(&self.own()?.proof), None)
            .await?;
        refused(
            &again,
            &[404],
            "A deleted recording is not there any more (404).",
        )?;
        Ok("200, and 404 after that".to_owned())
    }

    pub(super) async fn dead_link(&mut self) -> Found {
        let Some(link) = self.link.clone().filter(|_| self.is_deleted) else {
            return skipped("nothing was deleted");
        };
        let reply = self.open(&link, None).await?;
        if reply.status.is_success() {
            let mend = "Delete the object with all its versions before the row.";
            return Err(Fault::new(
                Whose::Backend,
                "a link that is dead",
                "it still gives the recording",
                mend,
            )
            .into());
        }
        Ok(reply.status.as_u16().to_string())
    }

    pub(super) async fn clean_up(&mut self) -> Found {
        let mut left = Vec::new();
        let count = self.places.len();
        for at in 0..count {
            if self.places[at].is_gone {
                continue;
            }
            if self.remove(at).await {
                self.places[at].is_gone = true;
            } else {
                left.push(self.places[at].id.clone());
            }
        }
        if left.is_empty() {
            return Ok(format!("{count} made, all removed"));
        }
        let who = "this account could not remove them; an administrator can, by `revui delete ID`";
        Err(Unmet::Skipped(format!(
            "left behind: {}; {who}",
            left.join(", ")
        )))
    }

    /// Gives a pending one up, or deletes it, by whichever account may.
    async fn remove(&self, at: usize) -> bool {
        let id = &self.places[at].id;
        let mut ways: Vec<(&Session, String)> = Vec::new();
        for session in [&self.own, &self.other].into_iter().flatten() {
            if self.uploads.is_some() {
                ways.push((session, format!("/recordings/{id}/upload")));
            }
            ways.push((session, format!("/recordings/{id}")));
        }
        for (session, path) in ways {
            let reply = self
                .ask(Method::DELETE, &path, Some(&session.proof), None)
                .await;
            if reply.is_ok_and(|reply| reply.status.is_success()) {
                return true;
            }
        }
        false
    }
}
