//! What concerns one tenant's objects: who signs for them, how they are tagged, and buckets of tenants' own.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use storage::{
    BucketConfig, Credentials, Encryption, MAX_SESSION_LIFE, MIN_SESSION_LIFE, PartChecksum,
    SigningRole,
};
use url::Url;
use wire::TenantId;

use super::reader::Reader;
use super::{MissingVariables, Problem};

/// Life of a tenant's session, when none is said.
const SESSION_LIFE: Duration = Duration::from_hours(1);

/// How tickets are made: what the orders of `revui-server storage` need of it.
#[derive(Debug)]
pub struct TicketSettings {
    /// What they ask the store to encrypt with.
    pub encryption: Encryption,
    /// What parts are held to.
    pub part_checksum: PartChecksum,
    /// Whether they sign tags.
    pub tagging: bool,
    /// Who signs them, if not the account itself.
    pub signing_role: Option<SigningRole>,
}

/// Reads the variables that `lookup` finds. An empty variable counts as left out.
pub fn ticket_settings(
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<TicketSettings, Vec<Problem>> {
    let mut reader = Reader {
        lookup: &|name| lookup(name).filter(|value| !value.trim().is_empty()),
        problems: Vec::new(),
    };
    let endpoint_url = reader.endpoint_url();
    let read = TicketSettings {
        encryption: reader.encryption(),
        part_checksum: reader.part_checksum(endpoint_url.is_some()),
        tagging: reader.tagging(endpoint_url.is_some()),
        signing_role: reader.signing_role(endpoint_url.as_ref()),
    };
    if reader.problems.is_empty() {
        Ok(read)
    } else {
        Err(reader.problems)
    }
}

/// One table of the file that `TENANT_BUCKETS` names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnBucket {
    bucket: String,
    region: Option<String>,
    endpoint_url: Option<Url>,
    profile: Option<String>,
    signing_role_arn: Option<String>,
}

impl Reader<'_> {
    /// AWS tags objects; of the stores that are compatible with it, not all do.
    pub(super) fn tagging(&mut self, is_compatible: bool) -> bool {
        match self.get("AWS_S3_TAGGING").as_deref().map(str::trim) {
            None => !is_compatible,
            Some("on") => true,
            Some("off") => false,
            Some(_) => {
                self.problem("AWS_S3_TAGGING", "it must be on or off");
                false
            }
        }
    }

    /// A store of another make answers for its STS too, unless that has an address of its own.
    pub(super) fn signing_role(&mut self, endpoint_url: Option<&Url>) -> Option<SigningRole> {
        let sts_endpoint_url = match self.get("AWS_ENDPOINT_URL_STS") {
            Some(_) => self.web_address("AWS_ENDPOINT_URL_STS"),
            None => endpoint_url.cloned(),
        };
        let session_life = self.session_life();
        let arn = self.get("AWS_S3_SIGNING_ROLE_ARN")?.trim().to_owned();
        if !arn.starts_with("arn:") {
            self.problem(
                "AWS_S3_SIGNING_ROLE_ARN",
                "it must be a role's ARN such as arn:aws:iam::123456789012:role/revui-signing",
            );
        }
        Some(SigningRole {
            arn,
            session_life,
            sts_endpoint_url,
        })
    }

    fn session_life(&mut self) -> Duration {
        let Some(text) = self.get("AWS_S3_SIGNING_SESSION_SECONDS") else {
            return SESSION_LIFE;
        };
        let life = text.trim().parse().map(Duration::from_secs).ok();
        life.filter(|life| (MIN_SESSION_LIFE..=MAX_SESSION_LIFE).contains(life))
            .unwrap_or_else(|| {
                let (least, most) = (MIN_SESSION_LIFE.as_secs(), MAX_SESSION_LIFE.as_secs());
                let message = format!("it must be a number of seconds from {least} to {most}");
                self.problem("AWS_S3_SIGNING_SESSION_SECONDS", message);
                SESSION_LIFE
            })
    }

    /// Buckets of tenants' own; where a table says nothing, the shared bucket's settings stand.
    pub(super) fn tenant_buckets(
        &mut self,
        shared: Result<&BucketConfig, &MissingVariables>,
    ) -> BTreeMap<TenantId, BucketConfig> {
        let Some(file) = self.get("TENANT_BUCKETS") else {
            return BTreeMap::new();
        };
        let Ok(shared) = shared else {
            self.problem(
                "TENANT_BUCKETS",
                "the bucket of all others must be configured too",
            );
            return BTreeMap::new();
        };
        match read(Path::new(file.trim())) {
            Ok(tables) => tables
                .into_iter()
                .map(|(tenant, own)| (tenant, own.over(shared)))
                .collect(),
            Err(message) => {
                self.problem("TENANT_BUCKETS", message);
                BTreeMap::new()
            }
        }
    }
}

fn read(file: &Path) -> Result<BTreeMap<TenantId, OwnBucket>, String> {
    let name = file.display();
    let text =
        std::fs::read_to_string(file).map_err(|error| format!("{name} cannot be read: {error}"))?;
    parse(&text).map_err(|message| format!("{name}, {message}"))
}

/// A table for each tenant, named by its id.
fn parse(text: &str) -> Result<BTreeMap<TenantId, OwnBucket>, String> {
    let tables: BTreeMap<String, OwnBucket> = toml::from_str(text).map_err(|error| {
        let before = error.span().map_or(0, |span| span.start);
        let line = text.get(..before).unwrap_or_default().matches('\n').count() + 1;
        format!("line {line}: {}", error.message())
    })?;
    for (tenant, own) in &tables {
        if own.bucket.trim().is_empty() {
            return Err(format!("[{tenant}]: bucket is empty"));
        }
        let web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        if own.endpoint_url.as_ref().is_some_and(|url| !web(url)) {
            return Err(format!(
                "[{tenant}]: endpoint_url must be an http or https address"
            ));
        }
    }
    Ok(tables
        .into_iter()
        .map(|(tenant, own)| (TenantId::from(tenant), own))
        .collect())
}

impl OwnBucket {
    fn over(self, shared: &BucketConfig) -> BucketConfig {
        let endpoint_url = self.endpoint_url.or_else(|| shared.endpoint_url.clone());
        // A profile is another account: the shared role is none of its own.
        let inherited = shared
            .signing_role
            .clone()
            .filter(|_| self.profile.is_none());
        let signing_role = match self.signing_role_arn {
            None => inherited,
            Some(arn) => Some(match &shared.signing_role {
                Some(role) => SigningRole {
                    arn,
                    ..role.clone()
                },
                None => SigningRole {
                    arn,
                    session_life: SESSION_LIFE,
                    sts_endpoint_url: endpoint_url.clone(),
                },
            }),
        };
        BucketConfig {
            bucket: self.bucket,
            region: self.region.unwrap_or_else(|| shared.region.clone()),
            endpoint_url,
            credentials: match self.profile {
                Some(name) => Credentials::Profile { name },
                None => shared.credentials.clone(),
            },
            signing_role,
            ..shared.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> BucketConfig {
        BucketConfig {
            region: "us-east-1".to_owned(),
            bucket: "revui-recordings".to_owned(),
            endpoint_url: None,
            credentials: Credentials::Chain,
            encryption: Encryption::BucketDefault,
            part_checksum: PartChecksum::Crc64Nvme,
            tagging: true,
            signing_role: Some(SigningRole {
                arn: "arn:aws:iam::1:role/shared".to_owned(),
                session_life: SESSION_LIFE,
                sts_endpoint_url: None,
            }),
        }
    }

    #[test]
    fn a_tenants_table_is_laid_over_what_all_share() {
        let text = "[acme]\nbucket = \"acme-recordings\"\n[other]\nbucket = \"o\"\nregion = \"eu-central-1\"\n\
                    profile = \"other\"\n[third]\nbucket = \"t\"\nprofile = \"t\"\nsigning_role_arn = \"arn:aws:iam::3:role/t\"\n";
        let tables = parse(text).unwrap();
        let of: BTreeMap<_, _> = tables
            .into_iter()
            .map(|(tenant, own)| (tenant.to_string(), own.over(&shared())))
            .collect();
        let role = |tenant: &str| of[tenant].signing_role.as_ref().map(|role| &*role.arn);
        assert_eq!(of["acme"].bucket, "acme-recordings");
        assert_eq!(of["acme"].region, "us-east-1");
        assert!(matches!(of["acme"].credentials, Credentials::Chain));
        assert_eq!(role("acme"), Some("arn:aws:iam::1:role/shared"));
        assert_eq!(of["other"].region, "eu-central-1");
        assert!(
            matches!(&of["other"].credentials, Credentials::Profile { name } if name == "other")
        );
        assert_eq!(role("other"), None, "another account's role");
        assert_eq!(role("third"), Some("arn:aws:iam::3:role/t"));
    }

    #[test]
    fn a_garbled_file_is_told_by_its_line() {
        for (text, expected) in [
            ("[acme]\nbucket = 7\n", "line 2"),
            ("[acme]\nbucket = \"a\"\nbuckt = \"b\"\n", "line 3"),
            ("[acme]\n", "bucket"),
            ("[acme]\nbucket = \" \"\n", "[acme]: bucket is empty"),
            (
                "[acme]\nbucket = \"a\"\nendpoint_url = \"ftp://h\"\n",
                "endpoint_url",
            ),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
