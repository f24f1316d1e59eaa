//! Another password.

use leptos::prelude::*;
use web_model::text::Language;

use super::Sections;
use crate::i18n::{Text, words};
use crate::session;
use crate::widgets::account::attempts::anywhere;
use crate::widgets::account::new_password::{NewPassword, NewPasswordFields};
use crate::widgets::button::Button;

#[component]
pub(super) fn Password(sections: Sections) -> impl IntoView {
    let words = words();
    let value = NewPassword::new();
    let busy = RwSignal::new(false);
    let email = Signal::derive(move || sections.info.with(|info| info.session.email.clone()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let email = email.get_untracked();
        let password = match value.read(&email) {
            Ok(password) => password,
            Err((field, trouble)) => return sections.errors.at(field, trouble),
        };
        sections.attempt(busy, async move || {
            session::change_password(sections.door, &email, &password).await.map_err(anywhere)?;
            value.clear();
            sections.say(Language::settings_password_changed);
            sections.reload().await
        });
    };
    view! {
        <section class="part" aria-labelledby="password-title">
            <h2 class="kern-heading-medium" id="password-title" tabindex="-1">{words.text(Language::settings_password)}</h2>
            <form class="form form--narrow" novalidate=true on:submit=submit>
                <input type="email" autocomplete="username" hidden=true readonly=true prop:value=move || email.get()/>
                <NewPasswordFields value email errors=sections.errors/>
                <Button id="password-save" label=Language::settings_password_change as Text busy=busy/>
            </form>
        </section>
    }
}
