//! Pages of accounts: the way in, and what an account's owner looks after.

pub(crate) mod home;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod ways;
