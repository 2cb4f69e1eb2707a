//! Whether the store itself keeps tenants apart: what is signed for another tenant's key.

use reqwest::Method;

use super::bucket::taken;
use super::causes::Tried;
use super::probes::{OTHERS_PREFIX, PROBE, PROBES_PREFIX};
use super::tickets::{base, get, unsigned, verdict};
use super::{Trouble, Verdict, Verification};

impl Verification {
    pub(super) async fn other_tenant(&self) -> Verdict {
        if self.sessions().is_none() {
            return Verdict::Skipped(
                "no signing role is configured (AWS_S3_SIGNING_ROLE_ARN): tickets are signed by the account, and the backend alone keeps tenants apart"
                    .to_owned(),
            );
        }
        verdict(self.try_other_tenant().await)
    }

    async fn try_other_tenant(&self) -> Result<String, Trouble> {
        let Some((bucket, config)) = self.sessions() else {
            return Ok(String::new());
        };
        let ours = bucket.of_tenant(PROBES_PREFIX.trim_end_matches('/'));
        let (own, others) = (self.key("tenant"), self.others_key("tenant"));
        self.note(&own);
        // There is something to be refused: of a key that isn't there, some stores say that to anybody.
        let theirs = self.put_ticket(base(&others), self.now()).await?;
        let theirs = self.use_ticket(Method::PUT, &theirs, PROBE).await?;
        taken(&theirs, Tried::Put)?;
        let sign = async |key: &str| {
            let signed = ours.put_ticket(base(key), self.now()).await;
            signed.map_err(|error| unsigned(&error))
        };
        let taken_own = self
            .use_ticket(Method::PUT, &sign(&own).await?, PROBE)
            .await?;
        taken(&taken_own, Tried::Session)?;
        let put = self
            .use_ticket(Method::PUT, &sign(&others).await?, PROBE)
            .await?;
        let read = ours.get_ticket(get(&others), self.now()).await;
        let read = read.map_err(|error| unsigned(&error))?;
        let read = self.use_ticket(Method::GET, &read, &[]).await?;
        let role = config.signing_role.as_ref().map_or("", |role| &role.arn);
        if put.is(403) && read.is(403) {
            return Ok(format!(
                "sessions of {role}: PUT and GET of {OTHERS_PREFIX} are answered 403"
            ));
        }
        Err(Trouble::new(
            format!("a session of one tenant: PUT for another's key, {put}; GET of it, {read}"),
            "a mistake in the backend could open one tenant's recordings to another: this store does not hold sessions to their policy",
            "keep tenants in buckets of their own (TENANT_BUCKETS) where the store has no session policies",
        ))
    }
}
