//! The SecuPass: choosing one, and typing it where something is locked.

pub(crate) mod code;
pub(crate) mod fields;
pub(crate) mod making;
pub(crate) mod setup;
pub(crate) mod state;
pub(crate) mod unlock;
pub(crate) mod words;
