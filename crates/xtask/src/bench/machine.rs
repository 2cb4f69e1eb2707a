//! The machine that figures come from: without it they say nothing.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::processes;

/// What is told of it.
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    memory_gib: f64,
    system: String,
    /// Of the folder that recordings and the store lie in.
    disk: String,
}

impl Machine {
    pub(crate) fn look(folder: &Path) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let processor = after(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| {
            let brand = ["-n", "machdep.cpu.brand_string"];
            said("sysctl", &brand).unwrap_or_else(|| "unknown processor".to_owned())
        });
        let kib = after(&read("/proc/meminfo"), "MemTotal")
            .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
        Self {
            processor,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: kib.unwrap_or_default() / (1024.0 * 1024.0),
            system: said("uname", &["-sr"]).unwrap_or_else(|| std::env::consts::OS.to_owned()),
            disk: disk(folder).unwrap_or_else(|| "unknown disk".to_owned()),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "processor": self.processor,
            "cores": self.cores,
            "memoryGib": self.memory_gib,
            "system": self.system,
            "disk": self.disk,
        })
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            processor,
            cores,
            memory_gib,
            system,
            disk,
        } = self;
        write!(
            f,
            "{processor}, {cores} cores, {memory_gib:.0} GiB; {system}; {disk}"
        )
    }
}

/// What follows `name:` in a file of such lines.
fn after(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (there, value) = line.split_once(':')?;
        (there.trim() == name).then(|| value.trim().to_owned())
    })
}

/// The file system, and whether what is below it turns.
fn disk(folder: &Path) -> Option<String> {
    let text = said("df", &["--output=source,fstype", folder.to_str()?])?;
    let (source, system) = text.lines().nth(1)?.trim().split_once(' ')?;
    let device = source.rsplit('/').next()?;
    let rotational = fs::read_to_string(format!("/sys/block/{device}/queue/rotational"));
    let kind = match rotational.as_deref().map(str::trim) {
        Ok("0") => "on a solid-state or virtual disk",
        Ok("1") => "on a rotating or virtual disk",
        _ => "on an unknown disk",
    };
    Some(format!("{} {kind}", system.trim()))
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).stderr(Stdio::null());
    let text = processes::capture(&mut command).ok()?;
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_name() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2.80GHz\nMemTotal:  24684912 kB\n";
        assert_eq!(after(text, "model name").unwrap(), "Some CPU @ 2.80GHz");
        assert_eq!(after(text, "MemTotal").unwrap(), "24684912 kB");
        assert_eq!(after(text, "flags"), None);
    }
}
