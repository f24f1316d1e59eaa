//! Recovery codes: for the day when app and passkey are lost.

use blob_api::Hidden;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::Sections;
use crate::i18n::{Text, words};
use crate::widgets::account::attempts::anywhere;
use crate::widgets::button::{Button, Look};
use crate::{api, browser};

/// Codes that were just made, to be shown this once.
pub(super) type Codes = RwSignal<Vec<Hidden>>;

/// The codes that were just made, and ways to keep them.
#[component]
pub(super) fn Fresh(sections: Sections, fresh: Codes) -> impl IntoView {
    let words = words();
    let text = move || {
        fresh.with_untracked(|codes| codes.iter().map(|code| code.0.as_str()).collect::<Vec<_>>().join("\n"))
    };
    let copy = move |()| {
        spawn_local(async move {
            if browser::copy(&text()).await {
                sections.say(Language::sent_copied);
            } else {
                sections.errors.show(Trouble::told("copy", Language::factor_codes_not_copied));
            }
        });
    };
    Effect::new(move || {
        if fresh.with(|codes| !codes.is_empty()) {
            browser::focus("codes-title");
        }
    });
    let list = move || {
        fresh.with(|codes| {
            codes.iter().map(|code| view! { <li><code>{code.0.clone()}</code></li> }).collect_view()
        })
    };
    view! {
        <Show when=move || fresh.with(|codes| !codes.is_empty())>
            <div class="fresh-codes part" id="fresh-codes">
                <h3 class="kern-heading-small" id="codes-title" tabindex="-1">{words.text(Language::factor_codes_new)}</h3>
                <p class="kern-body">{words.text(Language::factor_codes_keep)}</p>
                <ul class="codes">{list}</ul>
                <div class="actions">
                    <Button id="codes-copy" label=Language::factor_codes_copy as Text icon="content-copy" on_press=copy/>
                    <Button id="codes-print" label=Language::factor_codes_print as Text on_press=|()| browser::print()/>
                    <Button id="codes-done" label=Language::factor_codes_done as Text look=Look::Tertiary
                        on_press=move |()| fresh.set(Vec::new())/>
                </div>
            </div>
        </Show>
    }
}

/// How many are left, and a way to new ones, for whoever has a second factor.
#[component]
pub(super) fn Recovery(sections: Sections, fresh: Codes) -> impl IntoView {
    let words = words();
    let busy = RwSignal::new(false);
    let is_needed = move || sections.info.with(|info| info.totp || !info.passkeys.is_empty());
    let renew = move |()| {
        sections.attempt(busy, async move || {
            fresh.set(api::recovery_codes().await.map_err(anywhere)?.codes);
            sections.reload().await
        });
    };
    let left = move || words.get().second_left(&sections.info.with(|info| info.recovery_codes).to_string());
    view! {
        <Show when=is_needed>
            <div class="part">
                <h3 class="kern-heading-small">{words.text(Language::factor_codes)}</h3>
                <p class="kern-body">{words.text(Language::factor_codes_text)}</p>
                <p class="kern-body" id="codes-left">{left}</p>
                <Button id="codes-renew" label=Language::factor_codes_renew as Text busy=busy on_press=renew/>
            </div>
        </Show>
    }
}
