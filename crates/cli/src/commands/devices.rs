//! `devices`: what can be recorded.

use capture::Helper;

use crate::arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{output, recording, silence};

/// `revui devices`.
pub(super) async fn devices(arguments: arguments::Devices) -> Result<Exit, Failure> {
    let found = async { Helper::start().await?.devices(arguments.probe).await };
    let devices = silence::awaited(found).await?;
    if arguments.json {
        let line = serde_json::to_string(&devices).unwrap_or_default();
        output::result(&line);
    } else {
        for line in recording::list(&devices) {
            output::result(&line);
        }
    }
    Ok(Exit::Done)
}
