//! The watched folder: recordings that other programs save there are uploaded once they are complete, each once. Which
//! folder is a choice in the settings; it starts with the program, and its uploads stand in the list like others.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use client::{Code, Diagnosis, SessionState, Settings, Sighting, WatchedFolder, Watching};
use tauri::AppHandle;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use wire::TaskId;

use crate::asking::{self, Question, Wanted};
use crate::ipc::{self, Failure, FolderState, SeenFile, SeenOutcome};
use crate::shell::{Shell, lock};
use crate::{closing, overview, uploads};

const FOLDER: Question = Question {
    title: "Choose a folder to watch",
    wanted: Wanted::Folder,
    kinds: &[],
};

/// How long a file has to stay as it is to count as complete; as `revui watch` has it.
const QUIET: Duration = Duration::from_secs(5);

/// Between two looks for a folder that was not there when the program started.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// How many files are remembered, to be shown.
const REMEMBERED: usize = 5;

/// The watched folder, if there is one.
#[derive(Default)]
pub(crate) struct Folder {
    chosen: Mutex<Option<Watching>>,
    sight: Mutex<Sight>,
    /// Rung when another folder, or none, is to be watched.
    rechosen: Notify,
    /// Whether its user knows that it is watched without the window.
    is_known_to_stay: AtomicBool,
}

/// What is known of it.
#[derive(Default)]
struct Sight {
    /// `None` before it has been looked into.
    lost: Option<Result<(), Failure>>,
    recent: VecDeque<SeenFile>,
}

impl Folder {
    /// As the settings have it.
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            chosen: Mutex::new(settings.watching.clone()),
            ..Self::default()
        }
    }

    /// As the window shows it.
    pub(crate) fn shown(&self, session: &SessionState) -> Option<ipc::Folder> {
        let chosen = lock(&self.chosen).clone()?;
        let sight = lock(&self.sight);
        let state = if !chosen.is_on {
            FolderState::Off
        } else if !is_of(&chosen, session) {
            FolderState::SomebodyElse {
                email: chosen.email.clone(),
            }
        } else {
            match &sight.lost {
                None => FolderState::Opening,
                Some(Ok(())) => FolderState::Watching,
                Some(Err(failure)) => FolderState::Lost {
                    failure: failure.clone(),
                },
            }
        };
        Some(ipc::Folder {
            path: overview::for_its_user(&chosen.folder),
            task: chosen.task.to_string(),
            state,
            recent: sight.recent.iter().cloned().collect(),
        })
    }

    /// The folder that is watched, as its user knows it; `None` where none is.
    pub(crate) fn watched(&self, session: &SessionState) -> Option<String> {
        let watching = self.wanted(session)?;
        Some(overview::for_its_user(&watching.folder))
    }

    /// Whether its user has yet to be told that it is watched without the window: once.
    pub(crate) fn has_yet_to_be_told(&self) -> bool {
        !self.is_known_to_stay.swap(true, Ordering::Relaxed)
    }

    /// What is to be watched now.
    fn wanted(&self, session: &SessionState) -> Option<Watching> {
        let chosen = lock(&self.chosen).clone()?;
        (chosen.is_on && is_of(&chosen, session)).then_some(chosen)
    }

    fn look(&self, is_there: Result<(), Failure>) {
        lock(&self.sight).lost = Some(is_there);
    }

    fn remember(&self, path: &Path, outcome: SeenOutcome) {
        let mut sight = lock(&self.sight);
        sight.recent.push_front(SeenFile {
            file_name: overview::file_name(path),
            outcome,
        });
        sight.recent.truncate(REMEMBERED);
    }
}

/// Whether who is signed in is who chose the folder: nobody's recordings go to somebody else's account.
fn is_of(chosen: &Watching, session: &SessionState) -> bool {
    matches!(
        session,
        SessionState::SignedIn { server, user, .. }
            if *server == chosen.server && user.email == chosen.email
    )
}

/// Lets its user choose the folder, and watches it from then on. Choosing none changes nothing.
pub(crate) async fn choose(app: &AppHandle, shell: &Shell, task: &str) -> Result<(), Failure> {
    let task = parse(task)?;
    match asking::ask(app, FOLDER).await.pop() {
        Some(path) => set(shell, path, task),
        None => Ok(()),
    }
}

/// Watches this folder from now on.
fn set(shell: &Shell, folder: PathBuf, task: TaskId) -> Result<(), Failure> {
    let SessionState::SignedIn { server, user, .. } = shell.client.session().borrow().clone()
    else {
        return Err(Diagnosis::of(Code::SignedOut).into());
    };
    keep(
        shell,
        Watching {
            folder,
            task,
            server,
            email: user.email,
            is_on: true,
        },
    )
}

/// Switches the watching on or off, and says what the folder's next recordings are for.
pub(crate) fn change(shell: &Shell, is_on: bool, task: &str) -> Result<(), Failure> {
    let task = parse(task)?;
    let Some(chosen) = lock(&shell.folder.chosen).clone() else {
        return Ok(());
    };
    if is_on {
        // Whoever switches it on makes it theirs.
        return set(shell, chosen.folder, task);
    }
    keep(
        shell,
        Watching {
            is_on,
            task,
            ..chosen
        },
    )
}

fn keep(shell: &Shell, watching: Watching) -> Result<(), Failure> {
    *lock(&shell.folder.chosen) = Some(watching.clone());
    shell.folder.rechosen.notify_one();
    shell.touch();
    shell.change_settings(|settings| settings.watching = Some(watching))
}

fn parse(task: &str) -> Result<TaskId, Failure> {
    TaskId::parse(task).map_err(|_| Failure {
        code: "invalid_task".to_owned(),
        message: "No task has been chosen.".to_owned(),
        hint: "Choose what the folder's recordings are for.".to_owned(),
        retryable: false,
    })
}

/// Watches whatever is to be watched, until the program ends.
pub(crate) async fn run(shell: Arc<Shell>) {
    let mut session = shell.client.session();
    let mut running: Option<(Watching, JoinSet<()>)> = None;
    loop {
        let wanted = shell.folder.wanted(&session.borrow_and_update());
        if running.as_ref().map(|(watching, _)| watching) != wanted.as_ref() {
            // The one before ends first: one folder, one pair of eyes.
            let had_one = running.take().is_some();
            *lock(&shell.folder.sight) = Sight::default();
            shell.touch();
            if had_one && wanted.is_none() {
                closing::watching_ended(&shell);
            }
        }
        if let (None, Some(watching)) = (&running, wanted) {
            let mut task = JoinSet::new();
            task.spawn(watch(shell.clone(), watching.clone()));
            running = Some((watching, task));
        }
        tokio::select! {
            changed = session.changed() => if changed.is_err() { return },
            () = shell.folder.rechosen.notified() => {}
        }
    }
}

async fn watch(shell: Arc<Shell>, watching: Watching) {
    loop {
        let folder = WatchedFolder {
            path: watching.folder.clone(),
            task: watching.task.clone(),
            bytes_per_second: None,
            quiet: QUIET,
            once: false,
        };
        match shell.client.watch_folder(folder).await {
            Ok(mut folder) => {
                shell.folder.look(Ok(()));
                shell.touch();
                while let Some(sighting) = folder.next().await {
                    saw(&shell, sighting);
                }
            }
            Err(error) => shell.folder.look(Err(error.into())),
        }
        shell.touch();
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
    }
}

fn saw(shell: &Arc<Shell>, sighting: Sighting) {
    let folder = &shell.folder;
    match sighting {
        Sighting::Begun(upload) => {
            let path = upload.snapshot().path;
            uploads::follow(shell, upload);
            folder.remember(&path, SeenOutcome::Taken);
        }
        Sighting::Known(path) => folder.remember(&path, SeenOutcome::Known),
        Sighting::Left { path, diagnosis } => {
            let failure = diagnosis.into();
            folder.remember(&path, SeenOutcome::Left { failure });
        }
        Sighting::Lost(diagnosis) => folder.look(Err(diagnosis.into())),
        Sighting::Back => folder.look(Ok(())),
    }
    shell.touch();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    fn watching(folder: &Path) -> Watching {
        Watching {
            folder: folder.to_owned(),
            task: "onboarding".parse().unwrap(),
            server: client::ServerOrigin::parse("https://recordings.example").unwrap(),
            email: "anna@example.com".to_owned(),
            is_on: true,
        }
    }

    #[tokio::test]
    async fn it_is_watched_for_nobody_but_who_chose_it() {
        let world = World::new();
        let folder = tempfile::tempdir().unwrap();
        let session = world.shell.client.session().borrow().clone();
        assert_eq!(world.shell.folder.shown(&session), None);

        keep(&world.shell, watching(folder.path())).unwrap();
        let shown = world.shell.folder.shown(&session).unwrap();
        let email = "anna@example.com".to_owned();
        assert_eq!(shown.state, FolderState::SomebodyElse { email });
        assert_eq!(world.shell.folder.wanted(&session), None);
        let refused = change(&world.shell, true, "onboarding").unwrap_err();
        assert_eq!(refused.code, "signed_out");
        assert_eq!(
            change(&world.shell, false, "a b").unwrap_err().code,
            "invalid_task"
        );

        change(&world.shell, false, "payments").unwrap();
        let shown = world.shell.folder.shown(&session).unwrap();
        assert_eq!((shown.state, &*shown.task), (FolderState::Off, "payments"));
        let settings = Settings::load(&world.home()).unwrap();
        let kept = Folder::of(&settings).shown(&session).unwrap();
        assert_eq!((kept.state, &*kept.task), (FolderState::Off, "payments"));
    }

    #[tokio::test]
    async fn what_was_seen_is_remembered_newest_first_and_a_folder_that_goes_is_waited_for() {
        let world = World::new();
        let folder = tempfile::tempdir().unwrap();
        keep(&world.shell, watching(folder.path())).unwrap();
        for number in 0..=REMEMBERED {
            let path = folder.path().join(format!("{number}.webm"));
            saw(&world.shell, Sighting::Known(path));
        }
        let recent: Vec<_> = lock(&world.shell.folder.sight)
            .recent
            .iter()
            .cloned()
            .collect();
        let names: Vec<_> = recent.iter().map(|seen| seen.file_name.as_str()).collect();
        assert_eq!(names, ["5.webm", "4.webm", "3.webm", "2.webm", "1.webm"]);

        saw(
            &world.shell,
            Sighting::Lost(Diagnosis::of(Code::Unreadable)),
        );
        assert!(matches!(lock(&world.shell.folder.sight).lost, Some(Err(_))));
        saw(&world.shell, Sighting::Back);
        assert_eq!(lock(&world.shell.folder.sight).lost, Some(Ok(())));
    }
}
