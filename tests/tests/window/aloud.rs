//! What those hear of the window who do not see it, and where they are in it.

use tokio::time::sleep;

use crate::desktop::LOOK_EVERY;
use crate::halfway::Halfway;
use crate::person::Person;
use crate::window::Window;

/// Everything on the page that a screen reader could not tell, as sentences.
/// Source: <https://www.w3.org/TR/accname-1.2/>, as far as the pages use it.
const UNTOLD: &str = r"
const [done] = arguments;
const heard = (element) => {
  const copy = element.cloneNode(true);
  copy.querySelectorAll('[aria-hidden=true], input').forEach((part) => part.remove());
  return copy.textContent.trim();
};
const byId = (ids) => (ids ?? '').split(/\s+/).filter((id) => id !== '').map((id) => document.getElementById(id));
const nameOf = (element) =>
  element.getAttribute('aria-label') ||
  byId(element.getAttribute('aria-labelledby')).map((it) => heard(it)).join(' ') ||
  [...(element.labels ?? [])].map(heard).join(' ') ||
  (element.matches('input') ? '' : heard(element));
const untold = [];
const tell = (what, element) => untold.push(`${what}: ${element.outerHTML.slice(0, 200)}`);
for (const element of document.querySelectorAll('button, input, a, dialog, [role=dialog], [role=progressbar], section, aside'))
  if (!nameOf(element)) tell('it has no name', element);
for (const element of document.querySelectorAll('svg, img'))
  if (!element.closest('[aria-hidden=true]')) tell('a picture is not hidden', element);
for (const element of document.querySelectorAll('[aria-describedby], [aria-labelledby]'))
  for (const attribute of ['aria-describedby', 'aria-labelledby'])
    if (byId(element.getAttribute(attribute)).includes(null)) tell('it points nowhere', element);
for (const element of document.querySelectorAll('[role=progressbar]'))
  if (!element.getAttribute('aria-valuetext')) tell('it tells no value', element);
const headings = document.querySelectorAll('h1');
if (headings.length !== 1) untold.push(`there are ${headings.length} headings`);
if (document.querySelectorAll('[aria-live=polite]').length !== 1) untold.push('there is not one polite region');
if (document.documentElement.lang === '') untold.push('its language is not told');
done(untold.join('\n'))
";

impl Window {
    /// Fails if anything on the page cannot be told aloud.
    pub(crate) async fn can_be_heard(&self, state: &str) {
        let untold = self.execute(UNTOLD).await;
        assert_eq!(untold.as_str(), Some(""), "{state}");
    }

    /// Waits until the polite region says this.
    pub(crate) async fn is_heard(&self, words: &str) {
        let script = "arguments[0](document.querySelector('[aria-live=polite]').textContent)";
        world::in_time(words, async {
            while !self
                .execute(script)
                .await
                .as_str()
                .is_some_and(|said| said.contains(words))
            {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_state_can_be_heard_from_a_file_to_a_link() {
    let Some((halfway, window)) = Halfway::sending("aloud.webm").await else {
        return;
    };
    let Halfway {
        backend, person, ..
    } = &halfway;
    window.is_heard("percent sent.").await;
    window.can_be_heard("sending").await;
    window.heading_has_the_keyboard().await;
    window
        .element("[role='progressbar'][aria-valuetext*=' percent, ']")
        .await;
    window.unfold("limit").await;
    window.element("input[name='limit']").await;
    window.can_be_heard("a limit").await;
    window.press("limit").await;

    // Another one is looked over meanwhile, and is in the queue.
    let other = person.recording("other.webm");
    person.choose(&window, &other).await;
    window.review_is_ready().await;
    window.can_be_heard("a review").await;
    window.heading_has_the_keyboard().await;
    window.press("upload").await;
    window.is_heard("other.webm: in the queue.").await;
    window.press_row("uploads", "other.webm").await;
    window.phase("queued").await;
    window.can_be_heard("a queue").await;

    window.key("Escape").await;
    window.element("[data-action='confirm-cancel']:focus").await;
    window.can_be_heard("a question").await;
    window.press("keep-uploading").await;
    window.element("main:not(:has(dialog))").await;

    std::fs::remove_file(&other).expect("it is theirs to delete");
    backend.line.release();
    window.phase("failed").await;
    window.element("[role='alert']").await;
    window.can_be_heard("a failure").await;
    window.heading_has_the_keyboard().await;

    window.press_row("recent", "aloud.webm").await;
    window.phase("done").await;
    window.can_be_heard("a link").await;
    window.heading_has_the_keyboard().await;
    window.press("copy-link").await;
    window.is_heard("Link copied.").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_can_be_heard_and_what_comes_then() {
    let Some((_world, person)) = Person::with_a_world().await else {
        return;
    };
    let window = person.open().await;
    window.screen("sign-in").await;
    window.can_be_heard("signing in").await;
    window.sign_in("not the password").await;
    window
        .element("[role='alert'] [data-code='wrong_credentials']")
        .await;
    window.can_be_heard("a wrong password").await;
    window.sign_in(&person.password).await;
    window.screen("ready").await;
    window.has_a_task().await;
    window.heading_has_the_keyboard().await;
    window.can_be_heard("ready").await;
    for menu in ["task", "account"] {
        window.press(menu).await;
        window.element("[role='dialog']").await;
        window.can_be_heard(menu).await;
        window.press(menu).await;
        window.element("main:not(:has([role='dialog']))").await;
    }
    // The account's button shows two letters, which are no name.
    let nameless =
        "document.querySelector(\"[data-action='account']\").removeAttribute('aria-label')";
    window.execute(&format!("{nameless}; arguments[0]()")).await;
    let untold = window.execute(UNTOLD).await;
    let untold = untold.as_str().expect("a text");
    assert!(untold.starts_with("it has no name"), "{untold}");
    window.close().await;
}
