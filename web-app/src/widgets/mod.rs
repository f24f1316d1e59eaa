//! What the pages are made of: KERN's components as Leptos components, and our own on top.

pub(crate) mod account;
pub(crate) mod ask;
pub(crate) mod box_key;
pub(crate) mod button;
pub(crate) mod choice;
pub(crate) mod dropzone;
pub(crate) mod errors;
pub(crate) mod field;
pub(crate) mod file_row;
pub(crate) mod file_tree;
pub(crate) mod frame;
pub(crate) mod icon;
pub(crate) mod level;
pub(crate) mod page;
pub(crate) mod paste_link;
pub(crate) mod progress;
pub(crate) mod qr;
pub(crate) mod secupass;
