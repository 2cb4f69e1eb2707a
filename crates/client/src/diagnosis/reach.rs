//! What it means that the server or its storage cannot be reached, or that an address is none.

use super::{Code, Diagnosis};
use crate::backend::Unreachable;
use crate::session::InvalidServer;

/// What was to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Its user typed its address.
    Server,
    /// The server gave its address.
    Storage,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Storage => "storage",
        }
    }

    /// What to do where the address itself may be wrong.
    fn hint_on_the_address(self) -> &'static str {
        match self {
            Self::Server => "Check your connection, and the address for typing errors.",
            Self::Storage => {
                "Check your connection. If it stays so, tell the server's administrator."
            }
        }
    }
}

/// What it means that something cannot be reached.
pub(super) fn of_network(kind: Unreachable, place: Place) -> Diagnosis {
    let unreachable = Diagnosis::of(Code::ServerUnreachable);
    let name = place.name();
    match kind {
        Unreachable::Dns => unreachable
            .saying(format!(
                "The {name}'s name could not be found on the network."
            ))
            .hinting(place.hint_on_the_address()),
        Unreachable::Refused => unreachable
            .saying(format!("Nothing answers at the {name}'s address."))
            .hinting(
                "It may be switched off or starting. Try again in a while, or check the address.",
            ),
        Unreachable::NoRoute => unreachable
            .saying(format!("This computer has no way to the {name}."))
            .hinting("Check your connection."),
        Unreachable::Timeout => unreachable
            .saying(format!("The {name} did not answer in time."))
            .hinting("Check your connection, or try again in a while."),
        Unreachable::Reset => Diagnosis::of(Code::ConnectionLost)
            .saying(format!("The connection to the {name} broke.")),
        Unreachable::BadCertificate => Diagnosis::of(Code::BadCertificate).saying(format!(
            "The {name} could not prove that it is the right one, so nothing was sent to it."
        )),
        Unreachable::Other => unreachable
            .saying(format!("The {name} could not be reached."))
            .hinting(place.hint_on_the_address()),
    }
}

/// What is wrong with a server's address.
pub fn of_server(error: &InvalidServer) -> Diagnosis {
    let invalid = Diagnosis::of(Code::InvalidServer);
    match error {
        InvalidServer::NotAnAddress(_) => invalid
            .saying("This is not the address of a server.")
            .hinting("Enter it like https://recordings.example.com."),
        InvalidServer::Insecure => invalid
            .saying("With plain http, others on the network could read your password and your recordings.")
            .hinting("Enter the address with https. Plain http is possible only for a server on this computer."),
    }
}
