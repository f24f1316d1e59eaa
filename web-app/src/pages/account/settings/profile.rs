//! Name, language, and which mails are wanted.

use blob_api::{ChangeAccount, Role};
use leptos::prelude::*;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::Sections;
use crate::api;
use crate::i18n::{Text, words};
use crate::widgets::account::attempts::anywhere;
use crate::widgets::button::Button;
use crate::widgets::field::TextField;

const NAME: &str = "profile-name";

#[component]
pub(super) fn Profile(sections: Sections) -> impl IntoView {
    let words = words();
    let (session, notices) = sections.info.with_untracked(|info| (info.session.clone(), info.notices));
    let name = RwSignal::new(session.name);
    let language = RwSignal::new(Language::from(session.language));
    let notices = RwSignal::new(notices);
    // The header's switch changes it as well.
    Effect::new(move || {
        if let Some(spoken) = sections.account.language() {
            language.set(spoken);
        }
    });
    let busy = RwSignal::new(false);
    let role: Text = match session.role {
        Role::Guest => Language::settings_guest,
        Role::Partner => Language::settings_partner,
        Role::Staff => Language::settings_staff,
        Role::Admin => Language::settings_admin,
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = name.get_untracked().trim().to_owned();
        if typed.is_empty() {
            return sections.errors.at(NAME, Trouble::Missing);
        }
        let (chosen, notices) = (language.get_untracked(), notices.get_untracked());
        sections.attempt(busy, async move || {
            let ask = ChangeAccount {
                name: Some(typed.clone()),
                language: Some(chosen.into()),
                notices: Some(notices),
            };
            let session = api::change_account(&ask).await.map_err(anywhere)?;
            sections.info.update(|info| {
                info.session = session.clone();
                info.notices = notices;
            });
            sections.account.is(session);
            sections.words.choose(chosen);
            sections.say(Language::settings_saved);
            Ok(())
        });
    };
    let choose = move |event| {
        if let Some(chosen) = Language::from_tag(&event_target_value(&event)) {
            language.set(chosen);
        }
    };
    let email = session.email;
    view! {
        <section class="part" aria-labelledby="profile-title">
            <h2 class="kern-heading-medium" id="profile-title" tabindex="-1">{words.text(Language::settings_profile)}</h2>
            <p class="kern-body" id="profile-email">{email} " · " {words.text(role)}</p>
            <form class="form form--narrow" novalidate=true on:submit=submit>
                <TextField id=NAME label=Language::register_name hint=Language::settings_name_hint as Text
                    autocomplete="name" value=name errors=sections.errors/>
                <div class="kern-form-input">
                    <label class="kern-label" for="profile-language">{words.text(Language::settings_language)}</label>
                    <div class="kern-hint" id="profile-language-hint">{words.text(Language::settings_language_hint)}</div>
                    <div class="kern-form-input__select-wrapper lifetime">
                        <select id="profile-language" class="kern-form-input__select"
                            aria-describedby="profile-language-hint" on:change=choose>
                            {Language::ALL.iter().copied().map(|one| view! {
                                <option value=one.tag() lang=one.tag() prop:selected=move || language.get() == one>
                                    {one.language_name()}
                                </option>
                            }).collect_view()}
                        </select>
                    </div>
                </div>
                <div class="kern-form-check choice">
                    <input id="profile-notices" class="kern-form-check__checkbox" type="checkbox"
                        aria-describedby="profile-notices-hint" prop:checked=move || notices.get()
                        on:change=move |event| notices.set(event_target_checked(&event))/>
                    <div>
                        <label class="kern-label" for="profile-notices">{words.text(Language::settings_notices)}</label>
                        <p class="kern-hint" id="profile-notices-hint">{words.text(Language::settings_notices_hint)}</p>
                    </div>
                </div>
                <Button id="profile-save" label=Language::settings_save as Text busy=busy/>
            </form>
        </section>
    }
}
