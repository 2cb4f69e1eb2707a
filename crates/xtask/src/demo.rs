//! The backend with its embedded store, as one demo: `revui-server serve --embedded --demo`.

use std::fs::{self, File, Metadata};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::failure::Failure;
use crate::processes::Program;

/// How long the backend may take to accept connections. It makes its database and stretches eight passwords first.
const READY_WITHIN: Duration = Duration::from_mins(1);
/// How often its note is looked for meanwhile; an early end is noticed at once.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A running backend. Dropping it ends it.
pub(crate) struct Demo {
    pub(crate) program: Program,
    /// Its origin, without a path.
    pub(crate) server: String,
    /// The store's origin.
    pub(crate) store: String,
    /// The store's bucket.
    pub(crate) bucket: String,
    /// The task that uploads are for.
    pub(crate) task: String,
    /// Who uploads: the first user without further rights.
    pub(crate) email: String,
    pub(crate) password: String,
}

/// Fails, before anything is built, if another program has one of the two ports.
pub(crate) fn check_ports(port: u16) -> Result<(), Failure> {
    if port == 0 {
        return Ok(());
    }
    for (port, whose) in [(port, "the backend"), (port + 1, "the store")] {
        TcpListener::bind(("127.0.0.1", port)).map_err(|_| Failure::PortInUse { port, whose })?;
    }
    Ok(())
}

impl Demo {
    /// Starts this server over this folder and returns once it accepts connections. It prints how to sign in.
    pub(crate) fn start(mut server: Command, data: &Path, port: u16) -> Result<Self, Failure> {
        fs::create_dir_all(data).map_err(Failure::file("make", data))?;
        let note = data.join("demo.json");
        let earlier = written(&note);
        let log = data.join("server.log");
        let log_file = File::create(&log).map_err(Failure::file("write", &log))?;
        let program = Program::start(
            server
                .args(["serve", "--embedded", "--demo", "--data"])
                .arg(data)
                .args(["--port", &port.to_string()])
                // Neither a `.env` of the checkout nor a variable that some shells export has a say in a demo.
                .current_dir(data)
                .env_remove("HOST")
                .stderr(log_file),
        )?;
        let began = Instant::now();
        // The backend writes its note anew at each start, once both of its ports accept connections.
        while written(&note).is_none_or(|now| Some(now) == earlier) {
            if let Some(status) = program.ends_within(LOOK_EVERY)? {
                let log = fs::read_to_string(&log).unwrap_or_default();
                return Err(Failure::BackendEnded { status, log });
            }
            if began.elapsed() > READY_WITHIN {
                return Err(Failure::BackendSilent { log });
            }
        }
        let text = fs::read_to_string(&note).map_err(Failure::file("read", &note))?;
        Self::read(program, &text).ok_or_else(|| Failure::Unexpected {
            what: format!("{} is not as it should be", note.display()),
        })
    }

    fn read(program: Program, note: &str) -> Option<Self> {
        let note = Note::read(note)?;
        Some(Self {
            program,
            server: note.server,
            store: note.store,
            bucket: note.bucket,
            task: note.task,
            email: note.email,
            password: note.password,
        })
    }
}

/// What `demo.json` says, as far as it is needed here.
#[derive(Debug, PartialEq, Eq)]
struct Note {
    server: String,
    store: String,
    bucket: String,
    task: String,
    email: String,
    password: String,
}

impl Note {
    fn read(text: &str) -> Option<Self> {
        let note: Value = serde_json::from_str(text).ok()?;
        let user = note["users"]
            .as_array()?
            .iter()
            .find(|user| user["role"] == "USER")?;
        let text_of = |value: &Value| value.as_str().map(str::to_owned);
        Some(Self {
            server: text_of(&note["server"])?,
            store: text_of(&note["store"])?,
            bucket: text_of(&note["bucket"])?,
            task: text_of(&note["taskId"])?,
            email: text_of(&user["email"])?,
            password: text_of(&user["password"])?,
        })
    }
}

fn written(note: &Path) -> Option<SystemTime> {
    note.metadata()
        .and_then(|facts: Metadata| facts.modified())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uploader_is_the_first_plain_user() {
        let note = r#"{"server":"http://127.0.0.1:3000","store":"http://127.0.0.1:3001","bucket":"b","taskId":"t-1",
            "users":[{"email":"ada@one.example","password":"a","role":"ADMIN","tenantId":"1","userId":"1"},
                     {"email":"uma@one.example","password":"u","role":"USER","tenantId":"1","userId":"2"}]}"#;
        assert_eq!(
            Note::read(note).unwrap(),
            Note {
                server: "http://127.0.0.1:3000".to_owned(),
                store: "http://127.0.0.1:3001".to_owned(),
                bucket: "b".to_owned(),
                task: "t-1".to_owned(),
                email: "uma@one.example".to_owned(),
                password: "u".to_owned(),
            }
        );
        assert_eq!(Note::read("{}"), None);
        assert_eq!(Note::read(""), None);
    }

    #[test]
    fn a_port_in_use_is_named_with_the_flag() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let failure = check_ports(port).unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        let text = failure.to_string();
        assert!(
            text.contains("--port") && text.contains(&port.to_string()),
            "{text}"
        );
        // The store's port is looked at too.
        assert!(check_ports(port - 1).is_err());
        check_ports(0).unwrap();
    }
}
