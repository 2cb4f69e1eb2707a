//! The names of the steps.

/// The names in the order of the steps: each with what it is, its word for programs, and its words for people.
macro_rules! names {
    ($($(#[$about:meta])* $name:ident($code:literal, $title:literal),)*) => {
        /// What is tried, in this order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Name {
            $($(#[$about])* $name,)*
        }

        impl Name {
            /// All, in order.
            pub const ALL: [Self; [$($code),*].len()] = [$(Self::$name),*];

            fn words(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$name => ($code, $title),)*
                }
            }
        }
    };
}

names! {
    /// The server's name has an address.
    Resolve("resolve", "the server's name has an address"),
    /// Something listens there.
    Connect("connect", "something listens there"),
    /// The certificate proves that it is this server.
    Tls("tls", "its certificate is to be trusted"),
    /// Health answers, and says that the store is configured.
    Health("health", "health says that the store is configured"),
    /// The clocks agree.
    Clock("clock", "the clocks agree"),
    /// Nothing is given to those who are not signed in.
    Anonymous("anonymous", "nothing without signing in"),
    /// A token that nobody gave out opens nothing.
    ForgedToken("forged_token", "nothing with a forged token"),
    /// The account is taken.
    SignIn("sign_in", "the account signs in"),
    /// A place is reserved, with a URL of the contract's form.
    Initiate("initiate", "a place is reserved"),
    /// What is no recording gets no place.
    OtherType("other_type", "no place for what is no recording"),
    /// An id that is none gets no place.
    BadTask("bad_task", "no place for a task id that is none"),
    /// An upload URL that was tampered with is refused.
    TamperedUpload("tampered_upload", "a tampered upload URL is refused"),
    /// Another content type than was signed is refused.
    WrongContentType("wrong_content_type", "another content type is refused"),
    /// Nobody calls complete what has not arrived.
    EarlyComplete("early_complete", "what has not arrived is not complete"),
    /// The bytes are taken.
    Upload("upload", "the bytes are taken"),
    /// Nobody completes it under another's key.
    ForeignKey("foreign_key", "not completed under another key"),
    /// The backend confirms it.
    Complete("complete", "the upload is confirmed"),
    /// Confirming it twice changes nothing.
    CompleteAgain("complete_again", "confirming twice changes nothing"),
    /// Its page is complete, with a link.
    Get("get", "the recording is shown, with a link"),
    /// The link gives one byte of it.
    Range("range", "the link gives a single byte"),
    /// The link gives what was sent.
    Download("download", "the link gives what was sent"),
    /// A link that was tampered with is refused.
    TamperedLink("tampered_link", "a tampered link is refused"),
    /// The object is not public.
    PublicObject("public_object", "the object is not public"),
    /// Its task lists it.
    List("list", "its task lists it"),
    /// An id that never was is not found.
    UnknownId("unknown_id", "an id that never was is not found"),
    /// An expired upload URL is refused.
    Expired("expired", "an expired upload URL is refused"),
    /// A second write is refused.
    WriteOnce("write_once", "a second write is refused"),
    /// Another size than was signed is refused.
    WrongSize("wrong_size", "another size is refused"),
    /// A pending upload is given up.
    GiveUp("give_up", "a pending upload is given up"),
    /// The other account signs in.
    OtherSignIn("other_sign_in", "the other account signs in"),
    /// It gets of the recording what its role and tenant allow, and no more.
    OtherGet("other_get", "the other account: get"),
    /// It does not complete it.
    OtherComplete("other_complete", "the other account: complete"),
    /// It does not see it in lists.
    OtherList("other_list", "the other account: list"),
    /// It does not delete it.
    OtherDelete("other_delete", "the other account: delete"),
    /// To a stranger it is as an id that never was.
    OtherUnknown("other_unknown", "a stranger learns nothing"),
    /// Who may, deletes it; who may not, does not.
    Delete("delete", "deleted by those who may"),
    /// A deleted recording's link is dead.
    DeadLink("dead_link", "the link of a deleted recording is dead"),
    /// Nothing of this check is left.
    CleanUp("clean_up", "nothing is left behind"),
}

impl Name {
    /// As programs know it: a stable word.
    pub fn code(self) -> &'static str {
        self.words().0
    }

    /// As people read it.
    pub fn title(self) -> &'static str {
        self.words().1
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_step_has_a_word_of_its_own() {
        let codes: BTreeSet<&str> = Name::ALL.iter().map(|name| name.code()).collect();
        let titles: BTreeSet<&str> = Name::ALL.iter().map(|name| name.title()).collect();
        assert_eq!(
            (codes.len(), titles.len()),
            (Name::ALL.len(), Name::ALL.len())
        );
    }
}
