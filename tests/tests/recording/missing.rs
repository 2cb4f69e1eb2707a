//! A computer on which something that recording needs is missing: everything else works.

use std::os::unix::fs::PermissionsExt as _;

use world::Revui;

use crate::stage::{Stage, stage_or_skip};

/// A helper that is this script.
fn with_helper(revui: Revui, script: &str) -> Revui {
    let folder = revui.home().join("programs");
    std::fs::create_dir(&folder).unwrap();
    let helper = folder.join("revui-capture-helper");
    std::fs::write(&helper, format!("#!/bin/sh\n{script}\n")).unwrap();
    let runnable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&helper, runnable).unwrap();
    revui.with("REVUI_BIN_DIR", folder.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helper_that_cannot_help() {
    let loader = "echo 'error while loading shared libraries: libgstreamer-1.0.so.0' >&2; exit 127";
    for (script, code, said) in [
        (loader, "gstreamer_missing", "gstreamer"),
        (
            r#"echo '{"event":"hello","protocol":99,"version":"9.9.9"}'; cat"#,
            "recorder_of_another_version",
            "9.9.9",
        ),
    ] {
        let revui = with_helper(Revui::new(), script);
        let file = revui.home().join("a.webm");
        for arguments in [&["record", file.to_str().unwrap()][..], &["devices"]] {
            let ended = revui.run(arguments).await.exits(1);
            ended.explains(&format!("code: {code}")).explains(said);
        }
        assert!(!file.exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_helper_at_all() {
    let revui = Revui::new();
    let empty = revui.home().to_str().unwrap().to_owned();
    let revui = revui.with("REVUI_BIN_DIR", &empty);
    let ended = revui.run(["devices"]).await.exits(1);
    ended
        .explains("code: recorder_missing")
        .explains("Everything but recording works");
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_that_are_not_there() {
    stage_or_skip!("plugins_that_are_not_there");
    let stage = Stage::start().await;
    let nowhere = stage.file("nowhere").display().to_string();
    let revui = stage
        .revui()
        .with("GST_PLUGIN_SYSTEM_PATH_1_0", &nowhere)
        .with("GST_REGISTRY", &nowhere);
    let ended = revui.run(["devices"]).await.exits(1);
    ended
        .explains("code: plugins_missing")
        .explains("appsrc, audioconvert")
        .explains("gstreamer1.0-plugins-good");
}
