//! Another SecuPass, for whoever has the present one or the recovery code.

use leptos::prelude::*;
use web_model::text::Language;

use super::super::Sections;
use super::opener::{OLD, OpenerFields, TypedOpener};
use super::{Part, Way};
use crate::browser;
use crate::i18n::Text;
use crate::keys::keys;
use crate::widgets::button::{Button, Look};
use crate::widgets::secupass::fields::{NewSecuPass, NewSecuPassFields};

#[component]
pub(super) fn Change(
    sections: Sections,
    open: RwSignal<Option<Way>>,
    /// Is it the recovery code that is typed?
    by_code: RwSignal<bool>,
) -> impl IntoView {
    let form = ViewFn::from(move || view! { <Form sections open by_code/> });
    view! {
        <Part open own=Way::Change title=Language::keys_change text=Language::keys_change_text
            begin=Language::keys_change focus=OLD form/>
    }
}

#[component]
fn Form(sections: Sections, open: RwSignal<Option<Way>>, by_code: RwSignal<bool>) -> impl IntoView {
    let (keys, errors) = (keys(), sections.errors);
    let (opener, value) = (TypedOpener::that(by_code), NewSecuPass::new());
    on_cleanup(move || by_code.set(false));
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (typed, secupass) = match opener.read().and_then(|typed| Ok((typed, value.read()?))) {
            Ok(typed) => typed,
            Err((field, trouble)) => return errors.at(field, trouble),
        };
        sections.attempt(busy, async move || {
            let changed = keys.change(typed.clone(), secupass.clone()).await;
            changed.map_err(|trouble| opener.place(trouble))?;
            value.clear();
            open.set(None);
            sections.say(Language::keys_changed);
            browser::focus("secupass-title");
            Ok(())
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::keys_changing } else { Language::keys_change_save }
    });
    let stop = move |()| {
        errors.clear();
        open.set(None);
        browser::focus(Way::Change.id());
    };
    view! {
        <form class="form form--narrow" novalidate=true on:submit=submit>
            <OpenerFields value=opener errors/>
            <NewSecuPassFields value errors/>
            <div class="actions">
                <Button id="secupass-save" label=label look=Look::Primary busy=busy/>
                <Button id="secupass-stop" label=Language::factor_stop as Text look=Look::Tertiary on_press=stop/>
            </div>
        </form>
    }
}
