//! What the program says about itself.

use world::Revui;

#[tokio::test(flavor = "multi_thread")]
async fn help_has_examples_and_completions_exist() {
    let revui = Revui::new();
    let help = revui.run(["--help"]).await.exits(0);
    for said in ["Examples:", "REVUI_TOKEN", "Exit status:"] {
        assert!(help.stdout.contains(said), "{}", help.stdout);
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let completions = revui.run(["completions", shell]).await.exits(0);
        assert!(completions.stdout.contains("revui"), "{shell}");
    }
    revui.run(["upload"]).await.exits(2);
    revui.run(["dance"]).await.exits(2);
    let version = revui.run(["--version"]).await.exits(0);
    assert!(version.stdout.starts_with("revui "), "{}", version.stdout);
}
