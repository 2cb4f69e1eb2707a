//! The text of each code, where nothing more is known of the case: what happened, and what to do next.
//!
//! Written for the person who recorded something and wants it to arrive: whole sentences, no status numbers, no names of
//! protocols, and never a reproach.

use super::Code;

/// What a code says by itself.
pub(super) struct Text {
    /// What happened.
    pub(super) message: &'static str,
    /// What to do next.
    pub(super) hint: &'static str,
    /// Whether trying again, unchanged, can help.
    pub(super) retryable: bool,
}

/// Nothing changes by trying again.
const fn lasting(message: &'static str, hint: &'static str) -> Text {
    Text {
        message,
        hint,
        retryable: false,
    }
}

/// Trying again can help.
const fn passing(message: &'static str, hint: &'static str) -> Text {
    Text {
        message,
        hint,
        retryable: true,
    }
}

pub(super) const fn of(code: Code) -> Text {
    match code {
        Code::NotAFile
        | Code::Unreadable
        | Code::EmptyFile
        | Code::NotWebm
        | Code::UnsupportedCodec
        | Code::Truncated
        | Code::NothingRecorded
        | Code::StillGrowing
        | Code::TooLarge
        | Code::SourceChanged
        | Code::SourceGone
        | Code::DriveNotAnswering => of_the_file(code),
        Code::InvalidTask
        | Code::UnknownTask
        | Code::SignedOut
        | Code::WrongCredentials
        | Code::TooManyAttempts
        | Code::RateLimited
        | Code::QuotaExceeded
        | Code::Forbidden
        | Code::NotFound
        | Code::KeychainUnavailable => of_the_account(code),
        Code::InvalidServer
        | Code::NotARecordingsServer
        | Code::ServerUnreachable
        | Code::BadCertificate
        | Code::CaptivePortal
        | Code::ConnectionLost
        | Code::ServerFailed
        | Code::StoreNotConfigured
        | Code::UnexpectedAnswer => of_the_server(code),
        Code::StoreRefused
        | Code::TicketExpired
        | Code::SignatureMismatch
        | Code::ClockSkew
        | Code::SignedHeaderUnknown
        | Code::TicketForEmptyBody
        | Code::UnsafeTicket
        | Code::Integrity
        | Code::NotComplete
        | Code::LinkBroken => of_the_store(code),
        Code::Conflict
        | Code::GivenUp
        | Code::DiskUnwritable
        | Code::JobBusy
        | Code::UnknownJob
        | Code::Interrupted
        | Code::Internal => of_the_job(code),
    }
}

const fn of_the_file(code: Code) -> Text {
    match code {
        Code::NotAFile => lasting(
            "This is not a file: it may be a folder or a device.",
            "Choose a single .webm recording.",
        ),
        Code::Unreadable => lasting(
            "The file cannot be opened.",
            "Check that it is still there and that you may read it, then choose it again.",
        ),
        Code::EmptyFile => lasting(
            "The file is empty.",
            "The recording may not have been saved. Record it again, or choose another file.",
        ),
        Code::NotWebm => lasting(
            "This file is not a WebM recording.",
            "Choose a .webm file. Another format has to be converted first; renaming it is not enough.",
        ),
        Code::UnsupportedCodec => lasting(
            "This file is built like a WebM, but its picture or sound is stored in a way that WebM does not allow.",
            "Record or export it again as WebM (VP8, VP9 or AV1 with Opus or Vorbis).",
        ),
        Code::Truncated => lasting(
            "The recording is cut off: the file ends before it should.",
            "Copy or export it again. If this is the only copy, `revui repair` saves what is whole of it: upload the file that \
             it makes.",
        ),
        Code::NothingRecorded => lasting(
            "The recording ended before there was anything in it.",
            "Record it again. Its file can be deleted.",
        ),
        Code::StillGrowing => passing(
            "Another program is still writing this recording.",
            "Stop the recording, wait until it is saved, then try again.",
        ),
        Code::TooLarge => lasting(
            "The recording is larger than this server accepts.",
            "Make it shorter or smaller, or ask the server's administrator for a higher limit.",
        ),
        Code::SourceChanged => lasting(
            "The recording changed on disk while it was being sent.",
            "Choose it again to upload the new version.",
        ),
        Code::DriveNotAnswering => passing(
            "The drive with the recording isn't answering.",
            "Check that it is plugged in, or that you can reach the network drive. The upload goes on by itself.",
        ),
        _ => lasting(
            "The recording is no longer where it was when you chose it.",
            "Put it back, or plug its drive in again, and retry; or choose it at its new place.",
        )
        .into_retryable(),
    }
}

const fn of_the_account(code: Code) -> Text {
    match code {
        Code::InvalidTask => lasting(
            "This is not a valid task id: it may hold letters A to Z, digits, hyphens and underscores, at most 128 of them.",
            "Copy the task's id again from where it was given to you.",
        ),
        Code::UnknownTask => lasting(
            "The server does not know this task, or it is not yours.",
            "Choose another task, or ask whoever gave it to you.",
        ),
        Code::SignedOut => lasting(
            "You are not signed in.",
            "Sign in. Uploads that were waiting go on by themselves.",
        ),
        Code::WrongCredentials => lasting(
            "The e-mail address and the password do not belong together.",
            "Check both and try again.",
        ),
        Code::TooManyAttempts => passing(
            "There were too many attempts to sign in, so the server asks you to wait.",
            "Wait a few minutes, then try again.",
        ),
        Code::RateLimited => passing(
            "The server was asked for more at once than it allows, so it asks this computer to wait.",
            "Wait a moment, then try again.",
        ),
        Code::QuotaExceeded => lasting(
            "Your organisation has used up its quota on this server.",
            "Ask an administrator of your organisation to make room or to have the quota raised, then try again. Your \
             recording is safe on this computer.",
        )
        .into_retryable(),
        Code::Forbidden => lasting(
            "Your account is not allowed to do this.",
            "Ask an administrator of your organisation.",
        ),
        Code::NotFound => lasting(
            "There is no such recording, or it is not yours to see.",
            "Check its id. It may have been deleted.",
        ),
        _ => lasting(
            "This computer's keychain cannot be used, so your session cannot be kept safely.",
            "Unlock the keychain or log in to your desktop, then sign in again. For scripts, set REVUI_SERVER and \
             REVUI_TOKEN instead.",
        ),
    }
}

const fn of_the_server(code: Code) -> Text {
    match code {
        Code::InvalidServer => lasting(
            "This is not the address of a server that can be used safely.",
            "Enter it like https://recordings.example.com. It has to be https, except on this computer itself.",
        ),
        Code::NotARecordingsServer => lasting(
            "Something answers at this address, but it is not a recordings server.",
            "Check the address for typing errors, or ask whoever gave it to you.",
        ),
        Code::ServerUnreachable => passing(
            "The server could not be reached.",
            "Check your connection and the server's address.",
        ),
        Code::BadCertificate => lasting(
            "The server could not prove that it is the one you named, so nothing was sent.",
            "Check the address and this computer's date and time. If both are right, tell the server's administrator.",
        ),
        Code::CaptivePortal => passing(
            "This network wants you to sign in to it first.",
            "Open a web page in your browser, sign in to the network, then try again.",
        ),
        Code::ConnectionLost => passing(
            "The connection to the server broke.",
            "Check your connection, then try again.",
        ),
        Code::ServerFailed => passing(
            "The server failed.",
            "This is not your fault. Try again in a while; if it stays so, tell the server's administrator.",
        ),
        Code::StoreNotConfigured => lasting(
            "The server has no place to store recordings yet.",
            "Tell its administrator that the storage is not configured.",
        )
        .into_retryable(),
        _ => lasting(
            "The server's answer could not be understood.",
            "The app or the server may be out of date. Look for an update, or tell the server's administrator.",
        ),
    }
}

const fn of_the_store(code: Code) -> Text {
    match code {
        Code::StoreRefused => lasting(
            "The storage refused the recording.",
            "Try again. If it stays so, tell the server's administrator.",
        )
        .into_retryable(),
        Code::TicketExpired => passing(
            "The permission to upload ran out before the recording was sent.",
            "Try again. If it stays so, ask the server's administrator to make upload permissions last longer.",
        ),
        Code::SignatureMismatch => lasting(
            "The storage does not accept the upload permission that the server gave.",
            "Tell the server's administrator: the storage keys or the address of the storage are probably wrong.",
        )
        .into_retryable(),
        Code::ClockSkew => passing(
            "The clocks of this computer, the server and the storage are too far apart.",
            "Set this computer's date and time automatically, then try again. If they are right, tell the server's \
             administrator.",
        ),
        Code::SignedHeaderUnknown => lasting(
            "The server's upload permission demands something that the server did not tell this app.",
            "Tell the server's administrator.",
        ),
        Code::TicketForEmptyBody => lasting(
            "The server's upload permission is made for an empty file, so the storage refused the recording.",
            "Tell the server's administrator: the checksum of an empty body is part of its upload addresses.",
        ),
        Code::UnsafeTicket => lasting(
            "The server wants to send the recording to a place that is not safe, so nothing was sent.",
            "Tell the server's administrator: the address of its storage is private or not encrypted.",
        ),
        Code::Integrity => passing(
            "What arrived is not what was sent.",
            "Try again. If it stays so, this computer's disk, memory or network may be faulty.",
        ),
        Code::NotComplete => lasting(
            "This recording has not been uploaded completely, so there is no link to it yet.",
            "Finish its upload, then ask again.",
        )
        .into_retryable(),
        _ => passing(
            "The recording is uploaded, but its link does not open.",
            "Try again in a while. If it stays so, tell the server's administrator.",
        ),
    }
}

const fn of_the_job(code: Code) -> Text {
    match code {
        Code::Conflict => lasting(
            "The server already has this recording, with other contents.",
            "Nothing was overwritten. Choose the file again to upload it as a new recording.",
        ),
        Code::GivenUp => lasting(
            "This upload was given up.",
            "Choose the file again to upload it.",
        ),
        Code::DiskUnwritable => passing(
            "This computer's disk cannot be written: it may be full or protected.",
            "Make room or choose another folder, then try again.",
        ),
        Code::JobBusy => passing(
            "Another program is working on this upload.",
            "Wait until it is done, or close the other program.",
        ),
        Code::UnknownJob => lasting(
            "There is no such upload on this computer.",
            "Look at the list of uploads again; it may have been forgotten meanwhile.",
        ),
        Code::Interrupted => passing(
            "The upload was stopped. Your recording is safe.",
            "Go on with it whenever you like.",
        ),
        _ => passing(
            "Something went wrong in this app.",
            "Try again. If it happens again, please report it.",
        ),
    }
}

impl Text {
    /// Lasting as it sounds, it goes away once somebody has done what the hint says: the same upload may be tried again.
    const fn into_retryable(self) -> Self {
        Self {
            retryable: true,
            ..self
        }
    }
}
