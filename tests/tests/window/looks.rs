//! How it looks: light or dark as the desktop is, and with text as large as somebody needs it.

use crate::desktop::{Desktop, Look};
use crate::halfway::Halfway;
use crate::person::Person;
use crate::window::Window;

/// Twice what the pages are measured in (`look.css`).
pub(crate) const TWICE_AS_LARGE: &str =
    "arguments[0](document.documentElement.style.setProperty('font-size', '175%'))";

/// What stands out of the page at its sides, or is cut there: a sentence for each.
const CUT: &str = r"
const [done] = arguments;
const cut = [];
const tell = (what, element) => cut.push(`${what}: ${element.outerHTML.slice(0, 200)}`);
const main = document.querySelector('main');
for (const element of [document.documentElement, main, ...document.querySelectorAll('.body, .stage, dialog, [role=dialog]')])
  if (element.scrollWidth > element.clientWidth) tell(`${element.scrollWidth} in ${element.clientWidth}`, element);
for (const element of document.querySelectorAll('main *')) {
  // What may lose its end says so, and has it in its title.
  if (element.closest('.ellipsis, .unseen, svg, .controls')) continue;
  const { left, right, width } = element.getBoundingClientRect();
  if (width > 0 && (left < -1 || right > innerWidth + 1)) tell(`from ${left} to ${right} of ${innerWidth}`, element);
}
for (const element of document.querySelectorAll('button:not(.row)'))
  if (element.scrollWidth > element.clientWidth + 1 && !element.querySelector('.ellipsis')) tell('a button is cut', element);
for (const panel of document.querySelectorAll('dialog, [role=dialog]')) {
  const { left, right, top, bottom } = panel.getBoundingClientRect();
  for (const y of [top + 3, bottom - 3])
    if (!panel.contains(document.elementFromPoint((left + right) / 2, y))) tell(`it is hidden at ${y}`, panel);
}
done(cut.join('\n'))
";

impl Window {
    /// The three colours of a place, each from 0 to 255, summed up.
    async fn brightness(&self, property: &str) -> u32 {
        let script = format!("arguments[0](getComputedStyle(document.body).{property})");
        let colour = self.execute(&script).await;
        let colour = colour.as_str().expect("a colour").to_owned();
        let numbers = colour.trim_start_matches("rgb(").trim_end_matches(')');
        numbers
            .split(", ")
            .map(|number| number.parse::<u32>().expect(&colour))
            .sum()
    }

    /// What is cut at the page's sides in this state.
    pub(crate) async fn cut(&self, state: &str) -> Vec<String> {
        let cut = self.execute(CUT).await;
        let cut = cut.as_str().expect("a text");
        cut.lines().map(|what| format!("{state}: {what}")).collect()
    }

    /// As [`Self::cut`], of the menus while something is sent.
    async fn cut_in_its_menus(&self) -> Vec<String> {
        let mut cut = Vec::new();
        for menu in ["limit", "task", "account"] {
            self.press(menu).await;
            self.element("[role='dialog']").await;
            cut.extend(self.cut(menu).await);
            self.press(menu).await;
            self.element("main:not(:has([role='dialog']))").await;
        }
        cut
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_light_or_dark_as_the_desktop_is() {
    let mut grounds = Vec::new();
    for look in [Look::Light, Look::Dark] {
        let desktop = Desktop::start(look);
        let Some((_backend, person)) = Person::with_a_strict_backend_at(desktop).await else {
            return;
        };
        let window = person.open().await;
        window.screen("sign-in").await;
        let ground = window.brightness("backgroundColor").await;
        let text = window.brightness("color").await;
        assert!(ground.abs_diff(text) > 450, "{look:?}: {text} on {ground}");
        grounds.push(ground);
        window.close().await;
    }
    assert!(grounds[0] > 600 && grounds[1] < 150, "{grounds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_cut_on_a_small_screen_nor_of_text_twice_as_large() {
    let Some((halfway, window)) =
        Halfway::sending("A recording with a name of some length.webm").await
    else {
        return;
    };
    let Halfway {
        backend, person, ..
    } = &halfway;
    window.resize(800, 600).await;
    let mut cut = window.cut("sending").await;
    cut.extend(window.cut_in_its_menus().await);
    window.execute(TWICE_AS_LARGE).await;
    cut.extend(window.cut("sending").await);
    cut.extend(window.cut_in_its_menus().await);
    window.key("Escape").await;
    window.element("dialog").await;
    cut.extend(window.cut("a question").await);
    window.press("keep-uploading").await;

    let other = person.recording("other.webm");
    person.choose(&window, &other).await;
    window.review_is_ready().await;
    cut.extend(window.cut("a review").await);
    window.press("upload").await;
    window.press_row("uploads", "other.webm").await;
    window.phase("queued").await;
    cut.extend(window.cut("a queue").await);
    std::fs::remove_file(&other).expect("it is theirs to delete");
    backend.line.release();
    window.phase("failed").await;
    cut.extend(window.cut("a failure").await);
    window.press("remove").await;
    window.screen("ready").await;
    cut.extend(window.cut("ready").await);
    window.press_row("recent", &file_name(&halfway)).await;
    window.phase("done").await;
    cut.extend(window.cut("a link").await);

    window.press("account").await;
    window.press("sign-out").await;
    window.screen("sign-in").await;
    cut.extend(window.cut("signing in").await);
    assert!(cut.is_empty(), "{cut:#?}");
    window.close().await;
}

fn file_name(halfway: &Halfway) -> String {
    let name = halfway.file.file_name().expect("a name");
    name.to_string_lossy().into_owned()
}
