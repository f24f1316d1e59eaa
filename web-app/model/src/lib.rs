//! Plain structs behind the pages, and the messages between the pages and the crypto worker.
//!
//! Nothing here knows Leptos or, but for [`letters`], the browser, so everything is tested natively.

pub mod arrival;
pub mod boxes;
pub mod draft;
pub mod input;
pub mod letters;
pub mod name;
pub mod obstacle;
pub mod pace;
pub mod patience;
pub mod pauses;
pub mod preview;
pub mod protocol;
pub mod recipients;
pub mod release;
pub mod secupass;
pub mod strength;
pub mod submit_box;
pub mod text;
pub mod tone;
pub mod transfer;
pub mod tree;
pub mod trouble;
pub mod unfinished;
pub mod zip;
