//! Where a link can be pasted whose key got lost.

use leptos::prelude::*;
use web_model::arrival::PastedLink;
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::i18n::Text;
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::field::TextField;

/// The field and its button. `delivery` is what the page's own address says.
#[component]
pub(crate) fn PasteLink(
    delivery: String,
    errors: Errors,
    #[prop(default = Look::Primary)] look: Look,
    #[prop(into)] on_link: Callback<PastedLink>,
) -> impl IntoView {
    let value = RwSignal::new(String::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match PastedLink::find(&value.get_untracked(), Some(&delivery)) {
            Some(link) => {
                errors.clear();
                on_link.run(link);
            }
            None => errors.at("paste-link", Trouble::BrokenLink),
        }
    };
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <TextField id="paste-link" label=Language::incomplete_field value errors/>
            <Button id="paste-submit" label=Language::incomplete_submit as Text look=look/>
        </form>
    }
}
