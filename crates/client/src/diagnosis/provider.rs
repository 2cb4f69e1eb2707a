//! What a sign-in at a provider that did not work means to whoever tried.

use super::{Code, Diagnosis};
use crate::session::ProviderError;

/// Why somebody is not signed in by a provider.
pub fn of_provider(error: &ProviderError) -> Diagnosis {
    match error {
        ProviderError::Unreachable { .. } => Diagnosis::of(Code::ServerUnreachable)
            .saying("Your organisation's sign-in could not be reached.")
            .hinting("Check your connection, and sign in again."),
        ProviderError::Failed { .. } => Diagnosis::of(Code::ServerFailed)
            .saying("Your organisation's sign-in failed.")
            .hinting("Try again in a moment; if it stays so, whoever runs that sign-in can mend it."),
        ProviderError::Unsafe(_) | ProviderError::Garbled(_) => Diagnosis::of(Code::UnexpectedAnswer)
            .saying("Your organisation's sign-in is not set up as this app needs it.")
            .hinting("Whoever runs the server can mend it: `revui-server` reads OIDC_PROVIDERS."),
        ProviderError::Forged(_) => Diagnosis::of(Code::UnexpectedAnswer)
            .saying("The answer that came from the browser does not belong to this sign-in. Nobody was signed in.")
            .hinting("Sign in again. If it happens once more, tell whoever runs the server."),
        ProviderError::NoDevices => Diagnosis::of(Code::UnexpectedAnswer)
            .saying("Your organisation's sign-in knows no sign-in by a code.")
            .hinting("Sign in with a browser on this computer."),
        ProviderError::Door(_) => Diagnosis::of(Code::Internal)
            .saying("This computer lets the app receive no answer from the browser.")
            .hinting("Sign in by a code: `revui login --sso --device`."),
        ProviderError::Refused { code } if code == "access_denied" => Diagnosis::of(Code::WrongCredentials)
            .saying("The sign-in was refused, or called off in the browser.")
            .hinting("Sign in again; ask your administrator if you should be let in."),
        ProviderError::Refused { code } => Diagnosis::of(Code::WrongCredentials)
            .saying(format!("Your organisation's sign-in refused: {code}."))
            .hinting("Sign in again. If it stays so, whoever runs the server can mend it."),
        ProviderError::TooLate => Diagnosis::of(Code::SignedOut)
            .saying("Nobody signed in in the browser in time.")
            .hinting("Sign in again."),
    }
}
