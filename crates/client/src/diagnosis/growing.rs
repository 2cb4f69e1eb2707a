//! What is said of a recording that is sent while it is made.

use super::{Code, Diagnosis};

/// Why nothing is sent before the recording ends.
pub(crate) fn whole_only() -> Diagnosis {
    Diagnosis::of(Code::StillGrowing)
        .saying(
            "This server takes whole recordings only: the upload begins when the recording ends.",
        )
        .hinting("There is nothing to do. The recording is on this computer's disk.")
}

/// Why an upload is not completed.
pub(crate) fn review() -> Diagnosis {
    Diagnosis::of(Code::NotComplete)
        .saying("The recording waits for you: nobody else can see it yet.")
        .hinting("Look at it, and upload or discard it.")
}

/// Why an upload that had begun begins again once the recording has ended: its recorder did not end it before.
pub(crate) fn outgrown() -> Diagnosis {
    Diagnosis::of(Code::StillGrowing)
        .saying(
            "The recording has become too long to be sent while it is made: it is uploaded once it has ended, from its \
             beginning.",
        )
        .hinting("End the recording. Nothing of it is lost.")
}
