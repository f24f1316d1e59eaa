//! Another recovery code, other keys, and a new beginning for whoever has lost all.

use leptos::prelude::*;
use web_model::protocol::Making;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::super::Sections;
use super::opener::{OLD, OpenerFields, TypedOpener};
use super::{Part, Way};
use crate::browser;
use crate::i18n::{Text, words};
use crate::keys::keys;
use crate::session::account;
use crate::widgets::button::{Button, Look};
use crate::widgets::field::TextField;
use crate::widgets::icon::Icon;
use crate::widgets::secupass::fields::{NewSecuPass, NewSecuPassFields};
use crate::widgets::secupass::making::{Steps, Stop, UnderWay};

const CONFIRM: &str = "reset-email";

/// The three of them, the mildest first.
#[component]
pub(super) fn Renew(sections: Sections, open: RwSignal<Option<Way>>) -> impl IntoView {
    view! {
        <One sections open own=Way::Code title=Language::keys_renew_code text=Language::keys_renew_code_text
            begin=Language::keys_renew_code_begin done=Language::keys_renew_code_done focus=OLD/>
        <One sections open own=Way::Rotate title=Language::keys_rotate text=Language::keys_rotate_text
            begin=Language::keys_rotate_begin done=Language::keys_rotate_done focus=OLD/>
        <One sections open own=Way::Reset title=Language::keys_reset text=Language::keys_reset_text
            begin=Language::keys_reset_begin done=Language::keys_reset_done focus=CONFIRM/>
    }
}

#[component]
fn One(
    sections: Sections,
    open: RwSignal<Option<Way>>,
    own: Way,
    title: Text,
    text: Text,
    begin: Text,
    done: Text,
    focus: &'static str,
) -> impl IntoView {
    let under_way = UnderWay::new(sections.attempts, move |()| {
        open.set(None);
        browser::focus(own.id());
    });
    let finished = move |()| {
        under_way.restart();
        open.set(None);
        sections.say(done);
        browser::focus("secupass-title");
    };
    let first = ViewFn::from(move || view! { <Form sections own under_way/> });
    let form = ViewFn::from(move || view! { <Steps under_way begin=first.clone() done=finished/> });
    view! { <Part open own title text begin focus form/> }
}

#[component]
fn Form(sections: Sections, own: Way, under_way: UnderWay) -> impl IntoView {
    let (keys, words, errors) = (keys(), words(), sections.errors);
    let (opener, value) = (TypedOpener::new(), NewSecuPass::new());
    let (confirmed, email) = (RwSignal::new(String::new()), account().email());
    let busy = RwSignal::new(false);
    let read = {
        let email = email.clone();
        move || {
            Ok(match own {
                Way::Code => Making::Code { opener: opener.read()? },
                Way::Reset if !confirmed.get_untracked().trim().eq_ignore_ascii_case(&email) => {
                    return Err((CONFIRM, Trouble::told("reset-email", Language::keys_reset_wrong)));
                }
                Way::Reset => Making::Reset { secupass: value.read()? },
                Way::Rotate | Way::Change => {
                    Making::Rotated { opener: opener.read()?, secupass: value.read()? }
                }
            })
        }
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let making = match read() {
            Ok(making) => making,
            Err((field, trouble)) => return errors.at(field, trouble),
        };
        sections.attempt(busy, async move || {
            let made = keys.make(making.clone(), words.now()).await;
            under_way.goes_on(made.map_err(|trouble| opener.place(trouble))?);
            Ok(())
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::keys_making } else { Language::keys_create }
    });
    let asked = StoredValue::new(email);
    let hint = move || asked.with_value(|email| words.get().keys_reset_confirm_hint(email));
    view! {
        <form class="form form--narrow" novalidate=true on:submit=submit>
            {(own == Way::Reset).then(|| view! {
                <div class="kern-alert kern-alert--danger notice" id="reset-warning">
                    <div class="kern-alert__header">
                        <Icon name="danger"/>
                        <p class="kern-body notice__text">{words.text(Language::keys_reset_warning)}</p>
                    </div>
                </div>
                <TextField id=CONFIRM kind="email" label=Language::keys_reset_confirm autocomplete="off"
                    value=confirmed errors/>
                <p class="kern-body kern-body--small">{hint}</p>
            })}
            {(own != Way::Reset).then(|| view! { <OpenerFields value=opener errors/> })}
            {(own != Way::Code).then(|| view! { <NewSecuPassFields value errors/> })}
            <div class="actions">
                <Button id="secupass-create" label=label look=Look::Primary busy=busy/>
                <Stop under_way/>
            </div>
        </form>
    }
}
