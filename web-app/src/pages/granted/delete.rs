//! A submission is deleted by whose box it came through.

use blob_api::DeliveryId;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::api;
use crate::i18n::Text;
use crate::session::account;
use crate::widgets::ask::{AskDialog, Question};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::{ErrorBox, Errors};

/// Was a submission deleted since the inbox was shown last? It says so then.
#[derive(Clone, Copy)]
pub(crate) struct Deletion(StoredValue<bool>);

impl Deletion {
    pub(crate) fn provide() {
        provide_context(Self(StoredValue::new(false)));
    }

    /// Tells it once.
    pub(crate) fn was_noted() -> bool {
        let Self(noted) = expect_context();
        noted.try_update_value(std::mem::take).unwrap_or_default()
    }
}

/// Deletes a submission, once that is asked, and leads back to the inbox.
#[component]
pub(super) fn DeleteSubmission(delivery: DeliveryId) -> impl IntoView {
    let (account, Deletion(noted)) = (account(), expect_context());
    let errors = Errors::with_id("delete-error");
    let (question, busy) = (RwSignal::new(None), RwSignal::new(false));
    let navigate = StoredValue::new(use_navigate());
    let delete = Callback::new(move |()| {
        errors.clear();
        busy.set(true);
        spawn_local(async move {
            let answer = api::delete_received(&delivery).await;
            busy.set(false);
            match answer {
                Ok(()) => {
                    noted.set_value(true);
                    let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
                    navigate.with_value(|go| go("/inbox", options));
                }
                Err(trouble) => {
                    if trouble == Trouble::LoggedOut {
                        account.ended();
                    }
                    errors.show(trouble);
                }
            }
        });
    });
    let ask = move |()| {
        question.set(Some(Question {
            title: Language::submission_delete_title,
            text: |language, _| language.submission_delete_text().to_owned(),
            about: String::new(),
            label: Language::submission_delete,
            keep: Language::submission_keep,
            yes: delete,
        }));
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::submission_deleting } else { Language::submission_delete }
    });
    view! {
        <div class="part">
            <ErrorBox errors/>
            <div class="actions">
                <Button id="submission-delete" label=label look=Look::Tertiary busy=busy on_press=ask/>
            </div>
            <AskDialog question/>
        </div>
    }
}
