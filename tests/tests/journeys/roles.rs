//! The real backend, by the command line: who may do what, as the contract's table has it.

use wire::Role;
use world::{Finished, Revui, World, fixtures, sha256_of};

/// A world with one recording of its plain user.
struct Recorded {
    world: World,
    id: String,
}

impl Recorded {
    async fn start() -> Self {
        let world = World::start().await;
        let revui = world.revui_of(world.user()).await;
        let id = uploaded(&world, &revui).await;
        Self { world, id }
    }

    /// The command line of the first tenant's user of this role.
    async fn revui(&self, role: Role) -> Revui {
        self.world.revui_of(self.world.account(role)).await
    }

    async fn delete_as(&self, role: Role) -> Finished {
        self.revui(role).await.run(["delete", &self.id]).await
    }
}

async fn uploaded(world: &World, revui: &Revui) -> String {
    let done = revui.uploaded(&fixtures::short(), &world.task).await;
    done["recordingId"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_flow() {
    let Recorded { world, id } = Recorded::start().await;
    let revui = world.revui_of(world.user()).await;
    let who = revui.run(["whoami"]).await.exits(0);
    assert!(who.stdout.contains(&world.user().email), "{}", who.stdout);
    let list = revui.run(["list"]).await.exits(0);
    assert!(
        list.stdout.contains(&id) && list.stdout.contains("short.webm"),
        "{}",
        list.stdout
    );
    revui.run(["show", &id]).await.exits(0);

    let link = revui.run(["link", &id]).await.exits(0);
    let short = fixtures::short();
    let bytes = reqwest::get(link.last_line())
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(
        bytes,
        std::fs::read(&short).unwrap(),
        "anybody with the link opens what was sent"
    );

    let download = revui.run(["download", &id, "--verify"]).await.exits(0);
    assert_eq!(download.last_line(), "SHA-256 agrees");
    let saved = revui.home().join("short.webm");
    assert_eq!(sha256_of(&saved), sha256_of(&short));
    revui
        .run(["download", &id])
        .await
        .exits(2)
        .explains("is there already");
    assert_eq!(
        sha256_of(&saved),
        sha256_of(&short),
        "nothing was overwritten"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn colleagues_see_what_their_role_allows() {
    let recorded = Recorded::start().await;
    for role in [Role::Reviewer, Role::Admin, Role::SuperAdmin] {
        let revui = recorded.revui(role).await;
        let list = revui.run(["list"]).await.exits(0);
        assert!(
            list.stdout.contains(&recorded.id),
            "{role}: {}",
            list.stdout
        );
        revui.run(["link", &recorded.id]).await.exits(0);
        revui
            .run(["download", &recorded.id, "--verify"])
            .await
            .exits(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_delete() {
    let recorded = Recorded::start().await;
    for role in [Role::User, Role::Reviewer] {
        recorded
            .delete_as(role)
            .await
            .exits(1)
            .explains("code: forbidden");
    }
    recorded.delete_as(Role::Admin).await.exits(0);
    recorded
        .delete_as(Role::SuperAdmin)
        .await
        .exits(1)
        .explains("code: not_found");
    let owner = recorded.revui(Role::User).await;
    owner
        .run(["show", &recorded.id])
        .await
        .exits(1)
        .explains("code: not_found");
}

/// For another tenant the recording does not exist, whatever the role there.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_see_nothing() {
    let Recorded { world, id } = Recorded::start().await;
    for stranger in world
        .accounts
        .iter()
        .filter(|account| account.tenant_id != world.user().tenant_id)
    {
        let revui = world.revui_of(stranger).await;
        let list = revui.run(["list"]).await.exits(0);
        assert!(!list.stdout.contains(&id), "{}", list.stdout);
        for command in ["show", "link", "download"] {
            revui
                .run([command, &id])
                .await
                .exits(1)
                .explains("code: not_found");
        }
    }
}

/// What the program names, the administrator finds: the request of a refusal stands in the backend's log.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_can_be_looked_up() {
    let recorded = Recorded::start().await;
    let refused = recorded.delete_as(Role::User).await.exits(1);
    let (_, request) = refused.stderr.trim().rsplit_once("request: ").unwrap();
    let log = recorded.world.log();
    let line = log.lines().find(|line| line.contains(request));
    let line = line.unwrap_or_else(|| panic!("no {request} in:\n{log}"));
    assert!(line.contains("403"), "{line}");
}

/// Sound without a picture is a recording too, and is said to be one.
#[tokio::test(flavor = "multi_thread")]
async fn sound_alone() {
    let world = World::start().await;
    let revui = world.revui_of(world.user()).await;
    let done = revui.uploaded(&fixtures::sound(), &world.task).await;
    let link = done["downloadUrl"].as_str().unwrap();
    let answer = reqwest::get(link).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "audio/webm");
    let sent = std::fs::read(fixtures::sound()).unwrap();
    assert_eq!(answer.bytes().await.unwrap(), sent);
}

/// Several files, one line each.
#[tokio::test(flavor = "multi_thread")]
async fn several_files_in_a_row() {
    let world = World::start().await;
    let revui = world.revui_of(world.user()).await;
    let (short, live) = (fixtures::short(), fixtures::live());
    let files = [short.to_str().unwrap(), live.to_str().unwrap()];
    let upload = revui
        .run(["upload", files[0], files[1], "--task", &world.task])
        .await
        .exits(0);
    assert_eq!(upload.last_line(), "2 done, 0 failed");
    let list = revui.run(["list", "--task", &world.task]).await.exits(0);
    assert_eq!(
        list.stdout.lines().count(),
        3,
        "a heading and two:\n{}",
        list.stdout
    );
}
