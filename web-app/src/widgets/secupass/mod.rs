//! The SecuPass: choosing one, and typing it where something is locked.

pub(crate) mod fields;
pub(crate) mod state;
pub(crate) mod unlock;
pub(crate) mod words;
