//! Between HTTP and the rules: who calls, what the body holds, what is answered when it is refused, what is logged.

pub(crate) mod answer;
pub(crate) mod body;
pub(crate) mod caller;
pub(crate) mod frame;
