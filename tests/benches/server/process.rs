//! A server that is measured: what of the processors and the memory it has taken, as Linux counts it.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// Ticks of `/proc/PID/stat` in a second: 100 on every Linux (`getconf CLK_TCK`).
const TICKS_A_SECOND: u64 = 100;

/// It ends with this.
pub(crate) struct Process {
    child: Child,
    /// Where it serves.
    pub(crate) origin: String,
}

impl Process {
    /// Starts it; its first line says where it serves.
    pub(crate) async fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("a server that starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let origin = lines.next_line().await.unwrap().expect("where it serves");
        Self { child, origin }
    }

    fn of(&self, file: &str) -> String {
        let id = self.child.id().expect("it runs");
        std::fs::read_to_string(format!("/proc/{id}/{file}")).expect("Linux")
    }

    /// Processor time of all its threads so far, in its own code and in the kernel's (proc(5), fields 14 and 15).
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = self.of("stat");
        // The name in brackets may hold anything.
        let (_, rest) = stat.rsplit_once(')').unwrap();
        let fields: Vec<u64> = rest
            .split_whitespace()
            .map(|field| field.parse().unwrap_or_default())
            .collect();
        Duration::from_millis((fields[11] + fields[12]) * 1000 / TICKS_A_SECOND)
    }

    /// The most memory that it has had, in bytes.
    pub(crate) fn peak_bytes(&self) -> u64 {
        let status = self.of("status");
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .unwrap();
        let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib * 1024
    }
}
