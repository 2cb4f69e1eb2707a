//! What is exported, tried by the programs that it is for.

use std::path::Path;
use std::process::{Command, Output};

use storage::desired::{Account, Desired};
use storage::export::{Format, export};

use super::{World, everything, open, settings};
use crate::moto;

fn desired(text: &str) -> Desired {
    let settings = settings(text);
    let account = Account::new("123456789012", &settings.bucket.region);
    Desired::of(&settings, Some(&account), true)
}

/// All that the formats have to know.
fn all(name: &str) -> String {
    everything(name)
        + "[replication]\nbucket = \"all-copies\"\n[object_lock]\nenabled = true\n\
           [lifecycle]\narchive_after_days = 60\ninfrequent_access_after_days = 0\n\
           [intelligent_tiering]\nenabled = true\narchive_access_after_days = 90\n"
}

/// Of a backend that runs under the machine's own role.
fn under_a_role() -> String {
    "[access]\nuser = \"\"\nprincipal = \"arn:aws:iam::123456789012:role/machine\"\n".to_owned()
}

fn run(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn write(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn the_script_does_what_apply_does() {
    let world = World::start(&everything("script")).await;
    let desired = Desired::of(&world.settings, Some(&world.account), false);
    let script = export(&desired, "us-east-1", Format::AwsCli);
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "storage.sh", &script);
    let mut places: Vec<_> = moto::program("aws")
        .parent()
        .map(Path::to_path_buf)
        .into_iter()
        .collect();
    places.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let places = std::env::join_paths(places).unwrap();
    let origin = moto::origin();
    let output = tokio::task::spawn_blocking(move || {
        run(Command::new("sh")
            .arg(path)
            .env("PATH", places)
            .env("AWS_ENDPOINT_URL", origin)
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_EC2_METADATA_DISABLED", "true"))
    });
    let output = output.await.unwrap();
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("SecretAccessKey"),
        "the key is shown"
    );
    let plan = world.plan().await;
    assert!(plan.is_settled(), "{:?}", open(&plan));
    assert_eq!(open(&plan), []);
}

#[test]
fn the_template_is_one_that_cloudformation_takes() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("all.json", all("all")),
        ("small.json", "profile = \"development\"\n".to_owned()),
        ("role.json", under_a_role()),
    ] {
        let template = export(&desired(&text), "us-east-1", Format::CloudFormation);
        let path = write(folder.path(), name, &template);
        let mut lint = Command::new(moto::program("cfn-lint"));
        run(lint
            .args([
                "--regions",
                "us-east-1",
                "--non-zero-exit-code",
                "error",
                "--",
            ])
            .arg(path));
    }
}

#[test]
fn a_role_that_is_made_elsewhere_is_given_its_rights_by_name() {
    let desired = desired(&under_a_role());
    let module = export(&desired, "us-east-1", Format::Terraform);
    let (_, rights) = module
        .split_once("resource \"aws_iam_role_policy\" \"backend\"")
        .unwrap();
    let (rights, _) = rights.split_once("\n}\n").unwrap();
    assert!(rights.contains("role = \"machine\""), "{rights}");
    assert!(!module.contains("\"aws_iam_user\""), "{module}");
    let script = export(&desired, "us-east-1", Format::AwsCli);
    assert!(
        script.contains("put-role-policy --role-name machine"),
        "{script}"
    );
}

#[test]
fn the_module_is_hcl_and_holds_every_setting() {
    let folder = tempfile::tempdir().unwrap();
    let desired = desired(&all("all"));
    let module = export(&desired, "us-east-1", Format::Terraform);
    let path = write(folder.path(), "storage.tf", &module);
    let parse = "import hcl2, json, sys; print(json.dumps(hcl2.load(open(sys.argv[1]))))";
    let python = if std::env::var_os("REVUI_MOTO_SERVER").is_some() {
        "python"
    } else {
        "python3"
    };
    let output = run(Command::new(moto::program(python))
        .args(["-c", parse])
        .arg(path));
    let parsed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let resources = parsed["resource"].as_array().unwrap();
    let written: std::collections::BTreeSet<&str> = resources
        .iter()
        .filter_map(|resource| resource.as_object()?.keys().next())
        .map(|kind| kind.trim_matches('"'))
        .collect();
    for kind in [
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_iam_user",
        "aws_iam_user_policy",
        "aws_s3_bucket",
        "aws_s3_bucket_cors_configuration",
        "aws_s3_bucket_intelligent_tiering_configuration",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_logging",
        "aws_s3_bucket_metric",
        "aws_s3_bucket_object_lock_configuration",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_replication_configuration",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
    ] {
        assert!(written.contains(kind), "{kind} is not in {written:?}");
    }
}
