//! Pictures of what would be recorded, while its user chooses: one helper takes them all, and ends once none is wanted.

use std::sync::Arc;
use std::time::Duration;

use capture::{Camera, CaptureError, Helper, Preview, Target};
use tokio::sync::Mutex;

/// For so long nobody has wanted a picture: the page asks every three seconds.
const IDLE: Duration = Duration::from_secs(8);

/// What a picture is taken of.
pub(super) enum Sight {
    /// What a recording of it would show now.
    Target(Target),
    /// What a camera sees now.
    Camera(Camera),
}

impl Sight {
    async fn through(&self, helper: &mut Helper) -> Result<Preview, CaptureError> {
        match self {
            Self::Target(target) => helper.preview(target).await,
            Self::Camera(camera) => helper.preview_camera(camera).await,
        }
    }
}

/// Who takes the pictures.
#[derive(Default)]
pub(super) struct Previewing(Arc<Mutex<Taking>>);

#[derive(Default)]
struct Taking {
    helper: Option<Helper>,
    /// How many pictures were wanted.
    wanted: u64,
}

impl Previewing {
    /// A small picture of it.
    pub(super) async fn take(&self, sight: &Sight) -> Result<Preview, CaptureError> {
        let mut taking = self.0.lock().await;
        taking.wanted += 1;
        if let Some(mut helper) = taking.helper.take() {
            let taken = sight.through(&mut helper).await;
            // One that has ended since is not missed: another takes its place.
            if is_alive(&taken) {
                self.keep(&mut taking, helper);
                return taken;
            }
        }
        let mut helper = Helper::start().await?;
        let taken = sight.through(&mut helper).await;
        if is_alive(&taken) {
            self.keep(&mut taking, helper);
        }
        taken
    }

    /// No more are wanted. Returns once none is being taken: a camera that is looked through is nobody else's.
    pub(super) async fn end(&self) {
        self.0.lock().await.helper = None;
    }

    fn keep(&self, taking: &mut Taking, helper: Helper) {
        taking.helper = Some(helper);
        let (wanted, state) = (taking.wanted, Arc::clone(&self.0));
        tauri::async_runtime::spawn(async move {
            tokio::time::sleep(IDLE).await;
            let mut taking = state.lock().await;
            if taking.wanted == wanted {
                taking.helper = None;
            }
        });
    }
}

/// Whether who took it can take another.
fn is_alive(taken: &Result<Preview, CaptureError>) -> bool {
    matches!(taken, Ok(_) | Err(CaptureError::Refused(_)))
}
