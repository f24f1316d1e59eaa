//! Asks once more before something that cannot be undone.

use leptos::prelude::*;
use web_model::text::Language;

use crate::browser;
use crate::i18n::{Text, words};
use crate::widgets::button::{Button, Look};

/// What is asked, and what happens when it is wanted.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) title: Text,
    /// Tells what it means.
    pub(crate) text: fn(Language, &str) -> String,
    /// Whom it is about.
    pub(crate) about: String,
    /// Does it.
    pub(crate) label: Text,
    /// Leaves everything as it is.
    pub(crate) keep: Text,
    pub(crate) yes: Callback<()>,
}

/// Shown while there is a question.
#[component]
pub(crate) fn AskDialog(question: RwSignal<Option<Question>>) -> impl IntoView {
    let words = words();
    let close = move || question.set(None);
    move || {
        question.get().map(|asked| {
            browser::show_dialog("ask-dialog");
            let Question { title, text, about, label, keep, yes } = asked;
            let go = move |()| {
                close();
                yes.run(());
            };
            view! {
                <dialog id="ask-dialog" class="kern-dialog" aria-labelledby="ask-title" aria-describedby="ask-text"
                    on:close=move |_| close()>
                    <header class="kern-dialog__header">
                        <h2 class="kern-title" id="ask-title">{words.text(title)}</h2>
                    </header>
                    <section class="kern-dialog__body">
                        <p class="kern-body" id="ask-text">{move || text(words.get(), &about)}</p>
                        <div class="actions">
                            <Button id="ask-no" label=keep on_press=move |()| close()/>
                            <Button id="ask-yes" label=label look=Look::Primary on_press=go/>
                        </div>
                    </section>
                </dialog>
            }
        })
    }
}
