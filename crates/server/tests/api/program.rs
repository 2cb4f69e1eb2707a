//! The program itself: exit codes, what it says, how it ends, and an administrator's orders.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_revui-server"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn everything_wrong_is_said_at_once_and_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join(".env"),
        "PORT=http\nJWT_SECRET=short-secret\n",
    )
    .unwrap();
    let output = program(folder.path())
        .arg("serve")
        .env("DATABASE_URL", "mysql://user:pass@db/revui")
        .env("AWS_ENDPOINT_URL_S3", "nonsense")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    for name in ["PORT", "JWT_SECRET", "DATABASE_URL", "AWS_ENDPOINT_URL_S3"] {
        assert!(said.contains(name), "{name} is not in: {said}");
    }
    assert!(
        !said.contains("short-secret") && !said.contains("pass@"),
        "{said}"
    );
    #[cfg(unix)]
    assert!(said.contains("chmod 600 .env"), "{said}");
}

#[test]
fn a_port_in_use_names_the_flag_and_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    // Once as the server's own port, once as the store's.
    for port in [port, port - 1] {
        let output = program(folder.path())
            .args([
                "serve",
                "--embedded",
                "--data",
                "data",
                "--port",
                &port.to_string(),
            ])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("--port"));
    }
}

#[test]
fn faults_that_mean_nothing_are_said_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let bad = "[[rule]]\nfault = \"no-etag\"\n\n[[rule]]\nfault = \"typhoon\"\n";
    std::fs::write(folder.path().join("bad.toml"), bad).unwrap();
    let embedded = ["--embedded", "--data", "data", "--port", "0"];
    for (file, more, says) in [
        (
            "bad.toml",
            &embedded[..],
            "--faults: bad.toml, line 5: `fault`",
        ),
        (
            "none.toml",
            &embedded[..],
            "--faults: none.toml cannot be read",
        ),
        ("bad.toml", &[], "--embedded"),
    ] {
        let output = program(folder.path())
            .args(["serve", "--faults", file])
            .args(more)
            .output()
            .unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(says), "{said}");
    }
    assert!(!folder.path().join("data").exists());
}

#[test]
fn demo_is_for_the_loopback_interface() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path())
        .args([
            "serve",
            "--embedded",
            "--demo",
            "--data",
            "data",
            "--port",
            "0",
        ])
        .env("HOST", "0.0.0.0")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("HOST"));
}

#[cfg(unix)]
#[test]
fn it_says_how_to_sign_in_and_ends_well_when_told_to() {
    use std::io::{BufRead as _, BufReader};

    let folder = tempfile::tempdir().unwrap();
    let mut process = program(folder.path())
        .args([
            "serve",
            "--embedded",
            "--demo",
            "--data",
            "data",
            "--port",
            "0",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    while !said.contains("super-admin@other.example") {
        said.push_str(&lines.next().unwrap().unwrap());
        said.push('\n');
    }
    let note = std::fs::read(folder.path().join("data/demo.json")).unwrap();
    let note: Value = serde_json::from_slice(&note).unwrap();
    assert!(said.contains(note["server"].as_str().unwrap()));
    assert!(said.contains(note["users"][0]["password"].as_str().unwrap()));
    let kill = Command::new("kill").arg(process.id().to_string()).status();
    assert!(kill.unwrap().success());
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let log = text(&output.stderr);
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["timestamp"].is_string() && line["level"].is_string());
    }
    assert!(!log.contains(note["users"][0]["password"].as_str().unwrap()));
}

fn order(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut process = program(folder)
        .args(arguments)
        .env("DATABASE_URL", "sqlite:revui.db")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // An order that asks for no password may end before it reads.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    process.wait_with_output().unwrap()
}

#[test]
fn an_administrator_adds_a_tenant_its_task_and_its_people() {
    let folder = tempfile::tempdir().unwrap();
    let done = |arguments: &[&str], input: &str| {
        let output = order(folder.path(), arguments, input);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
    };
    let refused = |arguments: &[&str], input: &str, why: &str| {
        let output = order(folder.path(), arguments, input);
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.contains(why), "{said}");
    };
    let add = [
        "user",
        "add",
        "Ada@Acme.example",
        "--tenant",
        "acme",
        "--name",
        "Ada",
        "--role",
        "ADMIN",
    ];
    refused(&add, "a long enough one\n", "no tenant acme");
    done(&["tenant", "add", "acme", "--name", "Acme"], "");
    refused(
        &["tenant", "add", "acme", "--name", "Acme"],
        "",
        "there already",
    );
    refused(&["tenant", "add", "a/b", "--name", "x"], "", "tenant's id");
    refused(&add, "short\n", "at least 12");
    done(&add, "a long enough one\n");
    refused(&add, "a long enough one\n", "there already");
    done(
        &[
            "task", "add", "review-1", "--tenant", "acme", "--name", "Review",
        ],
        "",
    );
    assert_eq!(
        done(&["task", "list", "--tenant", "acme"], ""),
        "review-1\tReview\n"
    );
    done(
        &[
            "user",
            "update",
            "ada@acme.example",
            "--role",
            "REVIEWER",
            "--disable",
        ],
        "",
    );
    done(
        &["user", "passwd", "ada@acme.example"],
        "another long one\n",
    );
    let listed = done(&["user", "list"], "");
    assert!(
        listed.starts_with("ada@acme.example\tREVIEWER\tacme\t"),
        "{listed}"
    );
    assert!(listed.ends_with("disabled\n"), "{listed}");
    refused(
        &["user", "passwd", "bob@acme.example"],
        "another long one\n",
        "no user bob",
    );
}

#[test]
fn an_administrator_says_how_long_a_tenants_recordings_are_kept_and_reads_its_trail() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], code: i32| {
        let output = order(folder.path(), arguments, "");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        (text(&output.stdout), said)
    };
    run(&["tenant", "add", "acme", "--name", "Acme"], 0);
    let show = ["tenant", "show", "acme"];
    assert_eq!(run(&show, 0).0, "acme\tkept for 90 days\tno quota\n");
    run(&["tenant", "update", "acme", "--retention-days", "365"], 0);
    assert_eq!(run(&show, 0).0, "acme\tkept for 365 days\tno quota\n");
    run(
        &["tenant", "update", "acme", "--keep-for-ever", "--existing"],
        0,
    );
    assert_eq!(run(&show, 0).0, "acme\tkept for ever\tno quota\n");
    for (arguments, code, why) in [
        (&["update", "acme"][..], 2, "--retention-days N"),
        (&["update", "acme", "--retention-days", "0"][..], 2, "0"),
        (
            &["update", "acme", "--retention-days", "1", "--keep-for-ever"][..],
            2,
            "--keep-for-ever",
        ),
        (
            &["update", "other", "--keep-for-ever"][..],
            1,
            "no tenant other",
        ),
        (&["show", "other"][..], 1, "no tenant other"),
        (
            &["update", "other", "--quota-bytes", "1"][..],
            1,
            "no tenant other",
        ),
        (&["update", "acme", "--quota-bytes", "0"][..], 2, "0"),
    ] {
        let (_, said) = run(&[&["tenant"], arguments].concat(), code);
        assert!(said.contains(why), "{said}");
    }

    for (update, shown) in [
        (
            &["--quota-bytes", "1000"][..],
            "0 of 1000 bytes\t0 recordings today",
        ),
        (
            &["--quota-recordings-a-day", "7"][..],
            "0 of 1000 bytes\t0 of 7 recordings today",
        ),
        (
            &["--no-quota", "--quota-recordings-a-day", "8"][..],
            "0 bytes\t0 of 8 recordings today",
        ),
        (&["--no-quota"][..], "no quota"),
    ] {
        run(&[&["tenant", "update", "acme"], update].concat(), 0);
        assert_eq!(run(&show, 0).0, format!("acme\tkept for ever\t{shown}\n"));
    }

    let audit = ["audit", "--tenant", "acme"];
    let (added, _) = run(&[&audit[..], &["--action", "tenant.add"]].concat(), 0);
    assert_eq!(added.lines().count(), 1, "{added}");
    let retention = ["--action", "tenant.retention"];
    let quota = ["--action", "tenant.quota"];
    assert_eq!(run(&[&audit[..], &quota].concat(), 0).0.lines().count(), 4);
    let (lines, _) = run(&[&audit[..], &retention].concat(), 0);
    let events: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told: Vec<(&str, &Value)> = events
        .iter()
        .map(|event| {
            assert_eq!(event["actor"]["kind"], "operator");
            (event["action"].as_str().unwrap(), &event["detail"]["days"])
        })
        .collect();
    let (for_ever, year) = (Value::from("for ever"), Value::from(365));
    assert_eq!(
        told,
        [("tenant.retention", &for_ever), ("tenant.retention", &year),]
    );
    let table = [
        "--csv",
        "--action",
        "tenant.retention",
        "--from",
        "2020-01-01T00:00:00Z",
    ];
    let (table, _) = run(&[&audit[..], &table].concat(), 0);
    assert!(table.starts_with("at,action,outcome,"), "{table}");
    assert_eq!(table.lines().count(), 3, "{table}");
    let (_, said) = run(&[&audit[..], &["--from", "yesterday"]].concat(), 2);
    assert!(said.contains("from must be a time"), "{said}");
    run(&["audit", "--tenant", "other"], 1);
}
