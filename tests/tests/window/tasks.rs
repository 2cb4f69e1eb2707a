//! What recordings are for: chosen where the backend lists tasks, typed where it lists none.

use std::path::Path;

use world::{World, bare};

use crate::person::Person;

/// What WebDriver calls the key.
const ENTER: char = '\u{E007}';

/// Adds a task to those of the plain user, as an administrator does.
async fn add_task(world: &World, id: &str, name: &str) {
    let mut order = bare(world::program("revui-server"));
    order
        .current_dir(world.data())
        .args(["task", "--data"])
        .arg(world.data())
        .args(["add", id, "--tenant", &world.user().tenant_id])
        .args(["--name", name]);
    let output = world::in_time("an order", order.output()).await;
    let output = output.expect("revui-server starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_chosen_from_those_that_the_server_lists() {
    let Some((world, person)) = Person::with_a_world().await else {
        return;
    };
    add_task(&world, "payments", "Payments, next version").await;
    let window = person.open_signed_in().await;
    person
        .upload(&window, &person.recording("which-task.webm"))
        .await;
    // With two of them, none is taken unasked.
    window.element("dialog [data-task='payments']").await;
    assert_eq!(window.count("dialog [data-task]").await, 2);
    window.press("dismiss-task").await;
    window
        .element("main[data-screen='review']:not(:has(dialog))")
        .await;
    window.press("upload").await;
    window.click("dialog [data-task='payments']").await;
    window.phase("done").await;
    window.says("Payments, next version").await;

    window.press("task").await;
    window.click(&format!("[data-task='{}']", world.task)).await;
    window.element("main:not(:has([data-task]))").await;
    let file = person.recording("the-other-task.webm");
    person.upload(&window, &file).await;
    window
        .recent_shows(&[Path::new("which-task.webm").to_owned(), file])
        .await;
    window.close().await;

    let revui = world.revui_of(world.user()).await;
    for (task, name) in [("payments", "which-task"), (&world.task, "the-other-task")] {
        let list = revui.run(["list", "--task", task]).await.exits(0).stdout;
        assert!(list.contains(name), "{name} in:\n{list}");
        assert_eq!(list.matches(".webm").count(), 1, "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_it_has_to_be_one() {
    let Some((_backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let window = person.open_signed_in().await;
    window.press("task").await;
    window.element("[data-action='use-task'][disabled]").await;
    for no_task in ["a/b", ".."] {
        // By WebDriver, which waits until the page has the key: one that came late would send what is typed next.
        let entered = format!("{no_task}{ENTER}");
        window.fill("input[name='task']", &entered).await;
        window
            .element("input[name='task'][aria-invalid='true']")
            .await;
        let disabled = window.has("[data-action='use-task'][disabled]").await;
        assert!(disabled, "{no_task} may be used");
    }
    window.fill("input[name='task']", "a-b_2").await;
    window.press("use-task").await;
    window.has_a_task().await;
    window.says("a-b_2").await;
    window.close().await;
}
