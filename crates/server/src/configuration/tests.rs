use storage::Credentials;

use super::*;

fn read(variables: &[(&str, &str)], options: ServeOptions) -> Result<Configuration, Vec<Problem>> {
    let lookup = |name: &str| {
        variables
            .iter()
            .find(|(variable, _)| *variable == name)
            .map(|(_, value)| (*value).to_owned())
    };
    Configuration::read(lookup, options)
}

fn names(problems: &[Problem]) -> Vec<&'static str> {
    problems.iter().map(|problem| problem.name).collect()
}

const SECRET: (&str, &str) = ("JWT_SECRET", "0123456789abcdef0123456789abcdef");

#[test]
fn everything_wrong_is_said_at_once_and_no_value_is_repeated() {
    let problems = read(
        &[
            ("PORT", "http"),
            ("HOST", "everywhere"),
            ("JWT_SECRET", "short-secret"),
            ("DATABASE_URL", "mysql://user:pass@db/revui"),
            (
                "CORS_ORIGIN",
                "https://ok.example, *, https://x.example/path",
            ),
            ("PENDING_DAYS", "0"),
            ("AWS_ENDPOINT_URL_S3", "s3.example"),
            ("AWS_S3_ENCRYPTION", "rot13"),
            ("AWS_S3_CHECKSUM", "sum"),
        ],
        ServeOptions {
            demo: true,
            ..ServeOptions::default()
        },
    )
    .unwrap_err();
    assert_eq!(
        names(&problems),
        [
            "HOST",
            "PORT",
            "CORS_ORIGIN",
            "CORS_ORIGIN",
            "PENDING_DAYS",
            "--demo",
            "DATABASE_URL",
            "JWT_SECRET",
            "AWS_ENDPOINT_URL_S3",
            "AWS_S3_ENCRYPTION",
            "AWS_S3_CHECKSUM"
        ]
    );
    let text = format!("{problems:?}");
    assert!(!text.contains("short-secret") && !text.contains("pass@"));
}

#[test]
fn missing_aws_variables_are_named_and_do_not_stop_the_server() {
    for (variables, expected) in [
        (vec![SECRET], vec!["AWS_REGION", "AWS_S3_BUCKET_NAME"]),
        (
            vec![
                SECRET,
                ("AWS_REGION", "eu-west-1"),
                ("AWS_S3_BUCKET_NAME", ""),
                ("AWS_ACCESS_KEY_ID", "AK"),
            ],
            vec!["AWS_S3_BUCKET_NAME", "AWS_SECRET_ACCESS_KEY"],
        ),
    ] {
        let configuration = read(&variables, ServeOptions::default()).unwrap();
        let StorageChoice::External(external) = configuration.storage else {
            panic!("embedded");
        };
        let missing = external.bucket.unwrap_err();
        assert_eq!(missing.names, expected);
        // Named in any case: as missing, or as possibly missing.
        assert!(missing.to_string().contains("AWS_SECRET_ACCESS_KEY"));
    }
}

#[test]
fn the_guides_names_make_a_bucket() {
    let mut variables = vec![
        SECRET,
        ("AWS_REGION", "us-east-1"),
        ("AWS_S3_BUCKET_NAME", "revui-recordings"),
        ("CORS_ORIGIN", "http://localhost:5173,https://app.example"),
        ("PORT", "8080"),
        ("PENDING_DAYS", "30"),
    ];
    let bucket = |configuration: Configuration| match configuration.storage {
        StorageChoice::External(external) => external.bucket.unwrap(),
        StorageChoice::Embedded { .. } => panic!("embedded"),
    };
    let by_role = read(&variables, ServeOptions::default()).unwrap();
    assert_eq!((by_role.port, by_role.cors_origins.len()), (8080, 2));
    assert_eq!(by_role.pending_days, 30);
    assert!(matches!(bucket(by_role).credentials, Credentials::Chain));

    variables.extend([
        ("AWS_ACCESS_KEY_ID", "AK"),
        ("AWS_SECRET_ACCESS_KEY", "the-secret"),
    ]);
    let by_keys = read(&variables, ServeOptions::default()).unwrap();
    assert!(!format!("{by_keys:?}").contains("the-secret"));
    assert!(matches!(
        bucket(by_keys).credentials,
        Credentials::Static { .. }
    ));
}

#[test]
fn embedded_needs_a_folder_a_free_next_port_and_loopback() {
    let options = ServeOptions {
        embedded: true,
        port: Some(u16::MAX),
        ..ServeOptions::default()
    };
    let problems = read(&[("HOST", "0.0.0.0")], options.clone()).unwrap_err();
    assert_eq!(names(&problems), ["HOST", "--port", "--data"]);
    let right = ServeOptions {
        port: Some(0),
        data: Some("data".into()),
        ..options
    };
    assert!(read(&[], right).is_ok());
}
