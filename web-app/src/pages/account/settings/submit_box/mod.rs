//! The account's own submit box: set up, published, switched off and on, deleted.

mod form;
mod publish;
mod sheet;

use blob_api::{BoxSettings, ProblemKind};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::Sections;
use crate::browser;
use crate::i18n::{Text, words};
use crate::keys::{State, keys};
use crate::own_box::{BoxKeys, OwnBoxes, own_boxes};
use crate::widgets::account::attempts::{Fault, anywhere};
use crate::widgets::button::{Button, Look};
use crate::widgets::icon::Icon;

/// Shown to staff.
#[component]
pub(super) fn Own(sections: Sections) -> impl IntoView {
    let own = own_boxes();
    let is_staff = Memo::new(move |_| own.is_staff());
    view! { <Show when=move || is_staff.get()><Section sections/></Show> }
}

#[component]
fn Section(sections: Sections) -> impl IntoView {
    let (words, own) = (words(), own_boxes());
    spawn_local(async move {
        match own.refresh().await {
            Ok(()) | Err(Trouble::Cancelled) => {}
            Err(trouble) => sections.errors.show(trouble),
        }
    });
    let is_editing = RwSignal::new(false);
    let exists = Memo::new(move |_| own.known().map(|own| own.settings.is_some()));
    let body = move || {
        match (exists.get(), is_editing.get()) {
        (None, _) => ().into_any(),
        (Some(_), true) => view! { <form::Form sections is_editing/> }.into_any(),
        (Some(false), false) => view! {
            <div class="actions">
                <Button id="box-setup" label=Language::own_box_setup as Text on_press=move |()| is_editing.set(true)/>
            </div>
        }
        .into_any(),
        (Some(true), false) => view! { <Present sections is_editing/> }.into_any(),
    }
    };
    view! {
        <section class="part own-box" id="box-part" aria-labelledby="box-part-title">
            <h2 class="kern-heading-medium" id="box-part-title" tabindex="-1">{words.text(Language::own_box_title)}</h2>
            <p class="kern-body">{words.text(Language::own_box_intro)}</p>
            {body}
        </section>
    }
}

/// A box that there is: how it stands, what its owner publishes, and what can be changed.
#[component]
fn Present(sections: Sections, is_editing: RwSignal<bool>) -> impl IntoView {
    let (words, own) = (words(), own_boxes());
    let settings = Memo::new(move |_| own.known().and_then(|own| own.settings));
    let is_on = Memo::new(move |_| settings.with(|now| now.as_ref().is_some_and(|now| now.is_on)));
    let turning = RwSignal::new(false);
    let turn = move |event: leptos::ev::Event| {
        let Some(now) = settings.get_untracked() else { return };
        let is_on = event_target_checked(&event);
        sections.attempt(turning, async move || {
            save(own, BoxSettings { is_on, ..now.clone() }, false).await?;
            sections.say(if is_on { Language::own_box_turned_on } else { Language::own_box_turned_off });
            Ok(())
        });
    };
    view! {
        <div class="kern-form-check choice">
            <input id="box-on" class="kern-form-check__checkbox" type="checkbox" aria-describedby="box-on-hint"
                prop:checked=move || is_on.get() on:change=turn/>
            <div>
                <label class="kern-label" for="box-on">{words.text(Language::own_box_on)}</label>
                <p class="kern-hint" id="box-on-hint">{words.text(Language::own_box_on_hint)}</p>
            </div>
        </div>
        <Standing sections/>
        <div class="actions">
            <Button id="box-edit" label=Language::own_box_edit as Text on_press=move |()| is_editing.set(true)/>
        </div>
        <Delete sections/>
    }
}

/// How well the box is protected, and what follows: its link, or what has to be done before there is one.
#[component]
fn Standing(sections: Sections) -> impl IntoView {
    let (words, own, keys) = (words(), own_boxes(), keys());
    let card =
        Memo::new(move |_| own.known().and_then(|own| own.settings).is_some_and(|now| now.card.is_some()));
    let box_keys = Memo::new(move |_| own.box_keys());
    let making = RwSignal::new(false);
    let make = Callback::new(move |()| {
        let Some(now) = untrack(|| own.known()).and_then(|own| own.settings) else { return };
        sections.attempt(making, async move || match save(own, now.clone(), true).await {
            Err((_, Trouble::Cancelled)) => Ok(()),
            answer => answer.map(|()| sections.say(Language::own_box_raised)),
        });
    });
    let unlock = move |()| {
        spawn_local(async move {
            // Once they are open, the box is looked at by itself.
            let _ = keys.need().await;
        });
    };
    let raise = move || {
        let missing = matches!(keys.state(), State::Missing);
        let label: Text = if missing { Language::own_box_choose } else { Language::own_box_raise };
        view! {
            <p class="kern-body">{words.text(Language::own_box_raise_text)}</p>
            <div class="actions"><Button id="box-raise" label=label busy=making on_press=make/></div>
        }
    };
    let level_2 = move || {
        let can = !matches!(keys.state(), State::Needless);
        view! {
            <Warn id="box-level-2" title=Language::own_box_level_2 text=Language::own_box_level_2_text/>
            {can.then(raise)}
            <publish::Publish sections look=None/>
        }
    };
    let locked = move || {
        view! {
            <p class="kern-body" id="box-locked">{words.text(Language::own_box_locked)}</p>
            <div class="actions"><Button id="box-unlock" label=Language::keys_unlock as Text on_press=unlock/></div>
        }
    };
    let lost = move || {
        view! {
            <Warn id="box-lost" title=Language::own_box_lost text=Language::own_box_lost_text/>
            <div class="actions">
                <Button id="box-new-keys" label=Language::own_box_new_keys as Text busy=making on_press=make/>
            </div>
        }
    };
    move || match (card.get(), box_keys.get()) {
        (false, _) => level_2().into_any(),
        (true, BoxKeys::Unseen) => locked().into_any(),
        (true, BoxKeys::Here(look)) => view! { <publish::Publish sections look=Some(look)/> }.into_any(),
        (true, BoxKeys::Lost) => lost().into_any(),
    }
}

#[component]
fn Warn(id: &'static str, title: Text, text: Text) -> impl IntoView {
    let words = words();
    view! {
        <div id=id class="kern-alert kern-alert--warning notice">
            <div class="kern-alert__header">
                <Icon name="warning"/>
                <span class="kern-title">{words.text(title)}</span>
            </div>
            <div class="kern-alert__body"><p class="kern-body">{words.text(text)}</p></div>
        </div>
    }
}

/// Says what goes with the box before it is deleted.
#[component]
fn Delete(sections: Sections) -> impl IntoView {
    let (words, own) = (words(), own_boxes());
    let (asked, busy) = (RwSignal::new(false), RwSignal::new(false));
    let ask = move |()| {
        asked.set(true);
        browser::focus("box-delete-text");
    };
    let delete = move |()| {
        sections.attempt(busy, async move || match own.delete().await {
            Ok(()) => {
                sections.say(Language::own_box_deleted);
                Ok(())
            }
            Err(Trouble::Cancelled) => Ok(()),
            // The server deletes nothing that nobody has collected.
            Err(Trouble::Server(ProblemKind::Conflict, _)) => {
                Err(anywhere(Trouble::told("box-in-use", Language::own_box_in_use)))
            }
            Err(trouble) => Err(anywhere(trouble)),
        });
    };
    let sure = move || {
        view! {
            <p class="kern-body kern-body--bold" id="box-delete-text" tabindex="-1">{words.text(Language::own_box_delete_text)}</p>
            <div class="actions">
                <Button id="box-delete-confirm" label=Language::own_box_delete_confirm as Text busy=busy on_press=delete/>
                <Button id="box-delete-cancel" label=Language::own_box_keep as Text look=Look::Tertiary
                    on_press=move |()| asked.set(false)/>
            </div>
        }
    };
    let offer = move || {
        view! {
            <div class="actions">
                <Button id="box-delete" label=Language::own_box_delete as Text look=Look::Tertiary on_press=ask/>
            </div>
        }
    };
    move || if asked.get() { sure().into_any() } else { offer().into_any() }
}

/// Stores the box as it is from now on, and says when somebody else has its name.
async fn save(own: OwnBoxes, settings: BoxSettings, new_keys: bool) -> Result<(), Fault> {
    let revision = || untrack(|| own.known()).map_or(0, |own| own.revision);
    let before = revision();
    match own.save(settings, new_keys).await {
        Err(Trouble::Server(ProblemKind::Conflict, _)) if revision() == before => {
            Err((Some(form::NAME), Trouble::told("box-name-taken", Language::own_box_name_taken)))
        }
        Err(Trouble::Server(ProblemKind::Conflict, _)) => {
            Err(anywhere(Trouble::told("box-changed", Language::own_box_changed)))
        }
        answer => answer.map_err(anywhere),
    }
}
