//! One file a page, or one folder.

pub(crate) mod account;
pub(crate) mod addressed;
pub(crate) mod answer;
pub(crate) mod boxes;
pub(crate) mod delivery;
pub(crate) mod granted;
pub(crate) mod new;
pub(crate) mod notice;
pub(crate) mod open;
pub(crate) mod release;
pub(crate) mod requests;
pub(crate) mod submit_box;
pub(crate) mod ticket;

use leptos::prelude::*;
use web_model::text::Language;

use crate::i18n::words;

/// Shown while something is asked of the server. Most times too short to be seen.
#[component]
pub(crate) fn Loading() -> impl IntoView {
    let words = words();
    view! { <p class="page loading kern-body" role="status">{words.text(Language::app_loading)}</p> }
}
