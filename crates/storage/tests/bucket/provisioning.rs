//! The desired state against moto, with the gate counting what is written.

mod exports;
mod mending;
mod mishaps;
mod setting_up;

use std::time::Duration;

use storage::Credentials;
use storage::apply::{ApplyError, Step, apply};
use storage::cloud::{Cloud, CloudConfig};
use storage::desired::{Account, Settings, Surroundings};
use storage::difference::Verdict;
use storage::plan::Plan;

use crate::gate::Gate;

/// Everything that can be set, with names of a test's own.
pub(crate) fn everything(name: &str) -> String {
    format!(
        "profile = \"production\"\n\
         [bucket]\nname = \"{name}-recordings\"\n\
         [access]\nuser = \"{name}-backend\"\nsigning_role = \"{name}-signing\"\n\
         [cors]\norigins = [\"https://app.example.com\", \"http://localhost:5173\"]\n\
         [logging]\nbucket = \"{name}-logs\"\n"
    )
}

pub(crate) fn settings(text: &str) -> Settings {
    let settings = Settings::read(text, &Surroundings::default());
    settings.unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// An account behind a gate.
struct World {
    gate: Gate,
    cloud: Cloud,
    settings: Settings,
    account: Account,
}

impl World {
    async fn start(text: &str) -> Self {
        let settings = settings(text);
        let gate = Gate::start().await;
        let cloud = connect(&gate, &settings).await;
        let caller = cloud.caller().await.unwrap();
        let account = Account::new(&caller.account_id, &settings.bucket.region);
        gate.forget();
        Self {
            gate,
            cloud,
            settings,
            account,
        }
    }

    /// The same account, and another wish.
    async fn wish(&mut self, text: &str) {
        self.settings = settings(text);
        self.cloud = connect(&self.gate, &self.settings).await;
    }

    async fn plan(&self) -> Plan {
        self.plan_with(false).await
    }

    async fn plan_with(&self, allow_weaker: bool) -> Plan {
        let (settings, account) = (&self.settings, Some(&self.account));
        Plan::make(&self.cloud, settings, account, allow_weaker)
            .await
            .unwrap()
    }

    async fn apply(&self) -> Result<Vec<Step>, ApplyError> {
        self.apply_with(false).await
    }

    async fn apply_with(&self, allow_weaker: bool) -> Result<Vec<Step>, ApplyError> {
        let plan = self.plan_with(allow_weaker).await;
        assert_eq!(plan.conflicts, []);
        apply(&self.cloud, &plan, Duration::ZERO, |_| {}).await
    }

    /// Nothing is left to be set.
    async fn expect_settled(&self) {
        let plan = self.plan().await;
        let left = plan.findings.iter();
        let left: Vec<_> = left
            .filter(|finding| finding.verdict == Verdict::Blocked || finding.is_to_be_written())
            .collect();
        assert!(plan.is_settled(), "{:?}: {left:#?}", plan.conflicts);
    }

    fn bucket(&self) -> &str {
        &self.settings.bucket.name
    }
}

async fn connect(gate: &Gate, settings: &Settings) -> Cloud {
    Cloud::connect(keys(&gate.origin), settings).await.unwrap()
}

/// Keys that moto takes, and all of it at this origin.
pub(crate) fn keys(origin: &str) -> CloudConfig {
    let origin: url::Url = origin.parse().unwrap();
    CloudConfig {
        credentials: Credentials::Static {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "secret".into(),
            session_token: None,
        },
        s3_endpoint: Some(origin.clone()),
        iam_endpoint: Some(origin.clone()),
        sts_endpoint: Some(origin),
    }
}

/// What does not hold, with how it stands; but for what moto lacks.
fn open(plan: &Plan) -> Vec<(String, Verdict)> {
    let findings = plan.findings.iter();
    let open =
        findings.filter(|finding| !matches!(finding.verdict, Verdict::Holds | Verdict::Lacking));
    open.map(|finding| (finding.id.clone(), finding.verdict))
        .collect()
}

/// Moto's own S3, past the gate and past our code.
pub(crate) fn s3(region: &str) -> aws_sdk_s3::Client {
    let keys = aws_credential_types::Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let config = aws_sdk_s3::config::Builder::new()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(aws_sdk_s3::config::Region::new(region.to_owned()))
        .credentials_provider(keys)
        .endpoint_url(crate::moto::origin())
        .force_path_style(true);
    aws_sdk_s3::Client::from_conf(config.build())
}

/// Moto's own IAM.
fn iam() -> aws_sdk_iam::Client {
    let keys = aws_credential_types::Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let config = aws_sdk_iam::config::Builder::new()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(aws_sdk_s3::config::Region::new("us-east-1"))
        .credentials_provider(keys)
        .endpoint_url(crate::moto::origin());
    aws_sdk_iam::Client::from_conf(config.build())
}
