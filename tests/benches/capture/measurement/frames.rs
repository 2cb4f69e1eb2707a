//! Pictures that are missing from a minute of 1080p.

use super::film::Film;
use super::report::Figure;
use super::scene::Scene;

pub(crate) const FULL_HD: (u16, u16) = (1920, 1080);
const SECONDS: usize = 60;
pub(crate) const PICTURES_PER_SECOND: usize = 30;

pub(crate) async fn missing() -> Vec<Figure> {
    let scene = Scene::of_size(FULL_HD).await;
    let file = scene.stage.file("a.webm");
    let seconds = SECONDS.to_string();
    let arguments = [
        "record",
        file.to_str().unwrap(),
        "--mic",
        "none",
        "--quality",
        "full",
    ];
    let arguments = arguments.into_iter().chain(["--seconds", &seconds]);
    scene.stage.revui().run(arguments).await.exits(0);
    let film = Film::of(&file).await;
    let expected = SECONDS * PICTURES_PER_SECOND;
    let times = film.times_ms("video");
    let in_file = times.len();
    let left_out = expected.saturating_sub(in_file).max(left_out(&times));
    let missing = scene.missing(&Scene::numbers(&file).await);
    #[allow(clippy::cast_precision_loss, reason = "some hundreds of pictures")]
    let all_missing = (left_out + missing) as f64;
    let name = "1080p30, frames missing in 60 s";
    vec![
        Figure::at_most(name, 0.0, "", all_missing)
            .with_note(format!("{in_file} of {expected} in the file")),
    ]
}

/// How many more pictures there would be if none came later after the one before it than it should.
fn left_out(times_ms: &[i64]) -> usize {
    let second = i64::try_from(PICTURES_PER_SECOND).expect("some tens");
    let between = times_ms.windows(2).map(|pair| pair[1] - pair[0]);
    let pictures = between.map(|between| (between * second + 500) / 1000 - 1);
    pictures.filter_map(|more| usize::try_from(more).ok()).sum()
}
