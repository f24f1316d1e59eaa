//! An invitation code, which opens a delivery before its sender grants it.

use leptos::prelude::*;
use web_model::protocol::Secret;
use web_model::secupass::KeysFault;
use web_model::text::Language;
use web_model::trouble::{Tells, Trouble};

use super::{Open, opening};
use crate::i18n::Text;
use crate::widgets::button::{Button, Look};
use crate::widgets::field::WordsField;

pub(super) const FIELD: &str = "invitation-code";

/// Is it the code that has to change?
pub(super) fn is_at_fault(trouble: &Trouble) -> bool {
    let ours = [KeysFault::CodeWord(1), KeysFault::InvitationCount, KeysFault::InvitationWrong];
    ours.iter().any(|fault| fault.kind() == trouble.kind())
}

#[component]
pub(super) fn CodeForm(open: Open) -> impl IntoView {
    let Open { door, keys, received, errors, busy, .. } = open;
    let typed = RwSignal::new(String::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let code = Secret(typed.get_untracked());
        if code.0.trim().is_empty() {
            return errors.at(FIELD, Trouble::Missing);
        }
        open.run(async move || opening::by_code(door, keys, &received.get_untracked(), code).await);
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::open_working } else { Language::open_submit }
    });
    view! {
        <form class="form form--narrow" novalidate=true on:submit=submit>
            <WordsField id=FIELD label=Language::granted_code_label hint=Language::granted_code_hint value=typed errors/>
            <Button id="use-code" label=label look=Look::Primary busy=busy/>
        </form>
    }
}
