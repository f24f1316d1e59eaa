//! Eight words that two people compare, so that they know each other's keys whatever the server says.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::input;
use web_model::protocol::{Fingerprint, Look, Person, Standing, Trust};
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::browser;
use crate::i18n::{Text, words};
use crate::keys::keys;
use crate::widgets::button::{Button, Look as ButtonLook};
use crate::widgets::errors::{ErrorBox, Errors};
use crate::widgets::field::TextField;
use crate::widgets::icon::Icon;

/// How a key stands, in a word for machines, an icon and a sentence. See [`Standing`].
pub(crate) fn standing(standing: Standing) -> (&'static str, &'static str, Text) {
    match standing {
        Standing::Missing => ("needs-keys", "info", Language::trust_missing),
        Standing::Known(Trust::ServerVouched) => ("vouched", "info", Language::trust_vouched),
        Standing::Known(Trust::Pinned) => ("pinned", "success", Language::trust_pinned),
        Standing::Known(Trust::WordsCompared) => ("compared", "success", Language::trust_compared),
        Standing::Known(Trust::Invited) => ("invited", "success", Language::trust_invited),
        Standing::Changed => ("changed", "danger", Language::trust_changed),
        Standing::Damaged => ("damaged", "danger", Language::trust_damaged),
    }
}

/// Somebody whose words are to be compared, and what happens once they were the same.
#[derive(Clone)]
pub(crate) struct Comparing {
    pub(crate) person: Person,
    pub(crate) look: Look,
    pub(crate) done: Callback<()>,
}

/// The words of a key, and the same in other forms for people who do not share this language.
#[component]
pub(crate) fn Words(id: &'static str, fingerprint: Fingerprint) -> impl IntoView {
    let words = words();
    let Fingerprint { german, english, digits } = fingerprint;
    let (german, english) = (german.join(" "), english.join(" "));
    let (mine, other) = ((german.clone(), english.clone()), (german, english));
    let shown = move || match words.get() {
        Language::De => mine.0.clone(),
        Language::En => mine.1.clone(),
    };
    let label: [Text; 2] = [Language::compare_german, Language::compare_english];
    view! {
        <p class="words" id=id>{shown}</p>
        <details class="kern-body kern-body--small">
            <summary>{words.text(Language::compare_others)}</summary>
            <dl class="other-words">
                <dt>{words.text(label[0])}</dt><dd lang="de">{other.0}</dd>
                <dt>{words.text(label[1])}</dt><dd lang="en">{other.1}</dd>
                <dt>{words.text(Language::compare_digits)}</dt><dd>{digits}</dd>
            </dl>
        </details>
    }
}

/// The words of the key that was known before: whoever noted them sees which one is meant.
#[component]
fn Before(before: Fingerprint) -> impl IntoView {
    let words = words();
    let shown = move || match words.get() {
        Language::De => before.german.join(" "),
        Language::En => before.english.join(" "),
    };
    view! {
        <details class="kern-body kern-body--small">
            <summary>{words.text(Language::compare_before)}</summary>
            <p id="compare-before">{shown}</p>
        </details>
    }
}

/// Shown while there is somebody whose words are to be compared.
#[component]
pub(crate) fn CompareDialog(comparing: RwSignal<Option<Comparing>>) -> impl IntoView {
    move || comparing.get().map(|now| view! { <Dialog comparing now/> })
}

#[component]
fn Dialog(comparing: RwSignal<Option<Comparing>>, now: Comparing) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let Comparing { person, look, done } = now;
    let errors = Errors::with_id("compare-error");
    let (busy, differ) = (RwSignal::new(false), RwSignal::new(false));
    let fingerprint = look.fingerprint.clone();
    let digits = fingerprint.as_ref().map(|fingerprint| fingerprint.digits.clone()).unwrap_or_default();
    let (email, changed) = (person.email.clone(), look.standing == Standing::Changed);
    let same = move |()| {
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        busy.set(true);
        let (person, digits) = (person.clone(), digits.clone());
        spawn_local(async move {
            let compared = keys.compared(&person, &digits).await;
            busy.set(false);
            match compared {
                Ok(()) => {
                    browser::close_dialog("compare-dialog");
                    done.run(());
                }
                Err(Trouble::Cancelled) => {}
                Err(trouble) => errors.show(trouble),
            }
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::compare_working } else { Language::compare_same }
    });
    let about = {
        let email = email.clone();
        move || {
            let language = words.get();
            changed.then(|| language.compare_changed(&email))
        }
    };
    let ask = {
        let email = email.clone();
        move || words.get().compare_text(&email)
    };
    let warning = move || differ.get().then(|| words.get().compare_differ_text(&email));
    browser::show_dialog("compare-dialog");
    view! {
        <dialog id="compare-dialog" class="kern-dialog" aria-labelledby="compare-title" aria-describedby="compare-text"
            on:close=move |_| comparing.set(None)>
            <header class="kern-dialog__header">
                <h2 class="kern-title" id="compare-title">{words.text(Language::compare_title)}</h2>
            </header>
            <section class="kern-dialog__body">
                <ErrorBox errors/>
                <p class="kern-body kern-body--bold" id="compare-changed">{about}</p>
                <p class="kern-body" id="compare-text" dir="auto">{ask}</p>
                {fingerprint.map(|fingerprint| view! { <Words id="compare-words" fingerprint/> })}
                {look.before.map(|before| view! { <Before before/> })}
                <p class="kern-body kern-body--small">{words.text(Language::compare_first)}</p>
                <p class="kern-body kern-body--bold" id="compare-warning" role="alert">{warning}</p>
                <div class="actions">
                    <Button id="compare-same" label=label look=ButtonLook::Primary busy=busy on_press=same/>
                    <Button id="compare-differ" label=Language::compare_differ as Text
                        on_press=move |()| differ.set(true)/>
                    <Button id="compare-close" label=Language::app_close as Text look=ButtonLook::Tertiary
                        on_press=move |()| browser::close_dialog("compare-dialog")/>
                </div>
            </section>
        </dialog>
    }
}

/// One's own words, for others to compare.
#[component]
pub(crate) fn OwnWords(errors: Errors) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let own = RwSignal::new(None);
    let show = move |()| {
        errors.clear();
        spawn_local(async move {
            match keys.own_words().await {
                Ok(fingerprint) => own.set(Some(fingerprint)),
                Err(Trouble::Cancelled) => {}
                Err(trouble) => errors.show(trouble),
            }
        });
    };
    view! {
        <div id="own-words">
            <h3 class="kern-heading-small">{words.text(Language::compare_own_title)}</h3>
            <p class="kern-body">{words.text(Language::compare_own_text)}</p>
            {move || match own.get() {
                Some(fingerprint) => view! { <Words id="own-words-shown" fingerprint/> }.into_any(),
                None => view! {
                    <div class="actions">
                        <Button id="own-words-show" label=Language::compare_own_show as Text on_press=show/>
                    </div>
                }.into_any(),
            }}
        </div>
    }
}

/// Asks for an address, tells how its key stands, and has its words compared.
#[component]
pub(crate) fn CheckKey(errors: Errors) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let email = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let (comparing, found) = (RwSignal::new(None), RwSignal::new(None::<Look>));
    let ask = move || {
        let typed = email.get_untracked();
        let Some(address) = input::email(&typed).map(str::to_owned) else {
            return errors.at("check-email", Trouble::Email);
        };
        errors.clear();
        found.set(None);
        busy.set(true);
        spawn_local(async move {
            let looked = keys.look_at(address).await;
            busy.set(false);
            match looked {
                Ok((person, look)) => {
                    let mut known = look.clone();
                    known.standing = Standing::Known(Trust::WordsCompared);
                    let done = Callback::new(move |()| found.set(Some(known.clone())));
                    if look.fingerprint.is_some() {
                        comparing.set(Some(Comparing { person, look: look.clone(), done }));
                    }
                    found.set(Some(look));
                }
                Err(Trouble::Cancelled) => {}
                Err(trouble) => errors.show(trouble),
            }
        });
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() {
            ask();
        }
    };
    let told = move || {
        found.get().map(|Look { email, standing: found, .. }| {
            let (kind, icon, text) = standing(found);
            let language = words.get();
            let sentence = match found {
                Standing::Missing => language.compare_check_none(&email),
                _ => format!("{email}: {}", text(language)),
            };
            view! { <span data-standing=kind><Icon name=icon/> {sentence}</span> }
        })
    };
    view! {
        <div id="check-key">
            <h3 class="kern-heading-small">{words.text(Language::compare_check_title)}</h3>
            <p class="kern-body">{words.text(Language::compare_check_text)}</p>
            <form class="form form--narrow" novalidate=true on:submit=submit>
                <TextField id="check-email" kind="email" label=Language::compare_check_email autocomplete="email"
                    value=email errors/>
                <Button id="check-submit" label=Language::compare_check_submit as Text busy=busy/>
            </form>
            <p class="kern-body strength" id="check-told" role="status">{told}</p>
            <CompareDialog comparing/>
        </div>
    }
}
