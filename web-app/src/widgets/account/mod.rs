//! Ways to an account: log in, register, choose a new password. A page of their own shows them, or another page in place.

pub(crate) mod attempts;
mod code_field;
pub(crate) mod confirm;
mod credential_form;
pub(crate) mod gate;
pub(crate) mod login_form;
pub(crate) mod new_password;
mod second_factor;
pub(crate) mod strength;

pub(crate) use code_field::CodeField;
