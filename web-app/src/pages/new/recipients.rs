//! Whom the delivery is for: addresses as chips, each with how far its owner is from opening it.

use blob_api::{AskReadiness, Level, Readiness};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::obstacle::Obstacle;
use web_model::protocol::{Standing, Trust};
use web_model::recipients;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::composer::Composer;
use crate::i18n::{Text, words};
use crate::keys::State;
use crate::widgets::button::{Button, Look};
use crate::widgets::field::{self, TextField};
use crate::widgets::icon::Icon;
use crate::widgets::secupass::words::{Comparing, standing};
use crate::{api, browser};

const FIELD: &str = "recipients";

impl Composer {
    /// Takes what stands in the field among the recipients; what is no address stays there and is told. True when
    /// nothing stays.
    pub(super) fn take_typed_recipients(self) -> bool {
        let rest = self.take_good_recipients();
        if rest.is_empty() {
            return true;
        }
        self.errors.at(FIELD, Obstacle::NotAddresses(rest).into());
        false
    }

    /// The same without a word; what is no address is returned.
    fn take_good_recipients(self) -> Vec<String> {
        let typed = recipients::read(&self.typed_recipient.get_untracked());
        let mut added = Vec::new();
        self.recipients.update(|all| {
            for address in typed.addresses {
                if !all.iter().any(|known| recipients::is_same(known, &address)) {
                    all.push(address.clone());
                    added.push(address);
                }
            }
        });
        self.typed_recipient.set(typed.rest.join(", "));
        if !added.is_empty() {
            self.status.say(self.words.now().new_recipient_added(&added.join(", ")));
            self.ask_readiness();
        }
        if typed.rest.is_empty() {
            self.errors.clear_at(FIELD);
        }
        typed.rest
    }

    fn remove_recipient(self, email: &str) {
        self.recipients.update(|all| all.retain(|known| known != email));
        self.status.say(self.words.now().new_recipient_removed(email));
        browser::focus(FIELD);
    }

    /// Asks the server how far the recipients are from opening this. What cannot be asked is not shown: it is no
    /// condition of sending.
    pub(super) fn ask_readiness(self) {
        let ask = AskReadiness { level: self.level.get_untracked(), emails: self.recipients.get_untracked() };
        if ask.emails.is_empty() {
            return;
        }
        spawn_local(async move {
            let Ok(answer) = api::readiness(&ask).await else { return };
            // Another level was chosen, or the page is gone.
            if self.level.try_get_untracked() != Some(ask.level) {
                return;
            }
            self.readiness.set(ask.emails.iter().cloned().zip(answer.readiness).collect());
            if ask.level.needs_keys() && untrack(|| self.keys.state()) == State::Unlocked {
                self.look_at(ask.emails).await;
            }
        });
    }

    /// Looks at recipients' keys as soon as one's own are open, and at what only those open.
    pub(super) fn look_when_unlocked(self) {
        let unlocked = Memo::new(move |_| self.keys.state() == State::Unlocked);
        Effect::new(move || {
            if !unlocked.get() {
                return;
            }
            if untrack(|| self.level.get()).needs_keys() {
                self.ask_readiness();
            }
            if self.found_locked.get_untracked() {
                self.look_for_unfinished();
            }
        });
    }

    /// How far recipients' keys are known. What cannot be told is not shown.
    async fn look_at(self, emails: Vec<String>) {
        let Ok(people) = self.keys.people(emails).await else { return };
        if let Ok(looks) = self.keys.look(people).await {
            self.looked(looks);
        }
    }

    /// Opens the words of somebody's key, to be compared.
    fn compare(self, email: String) {
        spawn_local(async move {
            match self.keys.look_at(email).await {
                Ok((person, look)) => {
                    let done = Callback::new(move |()| {
                        self.errors.clear();
                        self.ask_readiness();
                    });
                    self.comparing.set(Some(Comparing { person, look, done }));
                }
                Err(Trouble::Cancelled) => {}
                Err(trouble) => self.errors.show(trouble),
            }
        });
    }
}

#[component]
pub(super) fn Recipients(composer: Composer) -> impl IntoView {
    let words = words();
    let fixed = composer.question.with_value(Option::is_some);
    let contacts = RwSignal::new(Vec::new());
    if !fixed {
        spawn_local(async move {
            if let Ok(known) = api::contacts().await {
                contacts.set(known.contacts);
            }
        });
    }
    let hint = Signal::derive(move || -> Text {
        match composer.level.get() {
            Level::One => Language::new_recipients_hint_1,
            Level::Two | Level::Three => Language::new_recipients_hint,
            Level::Four => Language::new_recipients_hint_4,
        }
    });
    // A comma or a semicolon ends an address; so does a choice from the list, which is no typing.
    let input = move |event: leptos::ev::Event| {
        let how = js_sys::Reflect::get(&event, &"inputType".into()).ok().and_then(|how| how.as_string());
        let chosen = how.is_none_or(|how| how.is_empty() || how == "insertReplacementText");
        let typed = composer.typed_recipient.get_untracked();
        let is_contact = contacts
            .with_untracked(|known| known.iter().any(|contact: &blob_api::Contact| contact.email == typed));
        if typed.ends_with([',', ';']) || chosen && is_contact {
            drop(composer.take_good_recipients());
        }
    };
    let enter = move |event: leptos::ev::KeyboardEvent| {
        let something = !composer.typed_recipient.with_untracked(|typed| typed.trim().is_empty());
        if event.key() == "Enter" && something {
            // It adds, and does not send.
            event.prevent_default();
            composer.take_typed_recipients();
        }
    };
    // Who goes on to the next field is not called back: what is wrong is told when the delivery shall be sent.
    let left = move |_| drop(composer.take_good_recipients());
    view! {
        <div class="recipients">
            <Show when=move || !fixed>
                <field::ListField id=FIELD label=Language::new_recipients hint value=composer.typed_recipient errors=composer.errors
                    list="contacts" on:input=input on:keydown=enter on:focusout=left/>
                <datalist id="contacts">
                    <For each=move || contacts.get() key=|contact| contact.email.clone() let:contact>
                        <option value=contact.email.clone()>{contact.name.clone().unwrap_or_default()}</option>
                    </For>
                </datalist>
            </Show>
            <ul class="chips" aria-label=words.text(Language::new_recipients_list) hidden=move || composer.recipients.with(Vec::is_empty)>
                <For each=move || composer.recipients.get() key=Clone::clone let:email>
                    <Chip composer email fixed/>
                </For>
            </ul>
        </div>
    }
}

/// One recipient.
#[component]
fn Chip(composer: Composer, email: String, fixed: bool) -> impl IntoView {
    let words = words();
    let known = {
        let email = email.clone();
        Memo::new(move |_| composer.readiness.with(|known| known.get(&email).copied()))
    };
    let look = {
        let email = email.clone();
        Memo::new(move |_| composer.looks.with(|looks| looks.get(&email).map(|look| look.standing)))
    };
    let told = move || -> Option<(&'static str, &'static str, Text)> {
        if composer.goes_to_receipt() {
            return None;
        }
        // At level 1 everybody can open it, which is not worth a word.
        let needs_account = composer.level.get().needs_account();
        if composer.level.get().needs_keys()
            && composer.keys.state() == State::Unlocked
            && let Some(look) = look.get().filter(|look| *look != Standing::Missing)
        {
            return Some(standing(look));
        }
        match known.get()? {
            Readiness::Ready if !needs_account => None,
            Readiness::Ready => Some(("ready", "success", Language::new_readiness_ready)),
            Readiness::NeedsAccount => Some(("needs-account", "info", Language::new_readiness_needs_account)),
            Readiness::NeedsKeys => Some(("needs-keys", "info", Language::new_readiness_needs_keys)),
            Readiness::NotAllowed => Some(("not-allowed", "warning", Language::new_readiness_not_allowed)),
            Readiness::Invalid => Some(("invalid", "warning", Language::new_readiness_invalid)),
        }
    };
    let (shown, about, removed) = (email.clone(), email.clone(), email.clone());
    let changed = move || {
        told().is_some_and(|(kind, ..)| kind == "changed").then(|| {
            let (about, compared) = (email.clone(), email.clone());
            view! {
                <Button class="chip__compare" label=Language::compare_title as Text about look=Look::Tertiary
                    on_press=move |()| composer.compare(compared.clone())/>
            }
        })
    };
    view! {
        <li class="chip">
            <span class="chip__address" dir="auto">{shown}</span>
            {move || told().map(|(kind, icon, text)| view! {
                <span class="chip__readiness" data-readiness=kind><Icon name=icon/>{words.text(text)}</span>
            })}
            {changed}
            {(!fixed).then(move || view! {
                <Button class="chip__remove" label=Language::new_recipient_remove as Text about look=Look::Tertiary icon="close"
                    on_press=move |()| composer.remove_recipient(&removed)/>
            })}
        </li>
    }
}

/// How the links get to the recipients, and what else they see. Shown once there are any.
#[component]
pub(super) fn Handover(composer: Composer) -> impl IntoView {
    let words = words();
    // Where links carry no secret, nothing is handed over but the news that there is something.
    let secret = Memo::new(move |_| composer.level.get().has_cover());
    let text =
        move |with: Text, without: Text| Signal::derive(move || if secret.get() { with } else { without });
    let legend = text(Language::new_handover, Language::new_handover_4);
    let by_mail = [
        text(Language::new_by_mail, Language::new_by_mail_4),
        Signal::derive(move || -> Text {
            match secret.get() {
                true => Language::new_by_mail_hint,
                false if composer.goes_to_receipt() => Language::submission_answer_mail,
                false => Language::new_by_mail_hint_4,
            }
        }),
    ];
    let by_hand = [
        text(Language::new_by_hand, Language::new_by_hand_4),
        text(Language::new_by_hand_hint, Language::new_by_hand_hint_4),
    ];
    view! {
        <Show when=move || !composer.recipients.with(Vec::is_empty)>
            <Codes composer/>
            <fieldset class="kern-fieldset">
                <legend class="kern-label">{move || legend.get()(words.get())}</legend>
                <div class="kern-fieldset__body">
                    <Way composer id="by-mail" mails=true texts=by_mail/>
                    <Way composer id="by-hand" mails=false texts=by_hand/>
                </div>
            </fieldset>
            <Show when=move || composer.by_mail.get()>
                <TextField id="note" label=Language::new_note hint=Language::new_note_hint as Text optional=true
                    value=composer.note errors=composer.errors/>
            </Show>
            <Show when=move || composer.recipients.with(|all| all.len() > 1)>
                <div class="kern-form-check">
                    <input id="listed" class="kern-form-check__checkbox" type="checkbox" prop:checked=move || composer.listed.get()
                        on:change=move |event| composer.listed.set(event_target_checked(&event))/>
                    <label class="kern-label" for="listed">{words.text(Language::new_listed)}</label>
                </div>
            </Show>
        </Show>
    }
}

/// Does more than the server vouch for a key that stands so?
fn is_proved(standing: Standing) -> bool {
    matches!(standing, Standing::Known(Trust::WordsCompared | Trust::Invited))
}

/// A code for those who have no keys yet, or none that may be granted to. Shown while there are such.
#[component]
fn Codes(composer: Composer) -> impl IntoView {
    let words = words();
    let any = Memo::new(move |_| {
        let lacks_keys = |email: &String| {
            let known = composer.readiness.with(|known| known.get(email).copied());
            let unproved = composer.needs_proof()
                && !composer
                    .looks
                    .with(|looks| looks.get(email).is_some_and(|look| is_proved(look.standing)));
            match known {
                Some(Readiness::NeedsAccount | Readiness::NeedsKeys) => true,
                // As long as our own keys are locked, nobody knows better.
                Some(Readiness::Ready) => unproved,
                _ => false,
            }
        };
        composer.level.get().needs_keys()
            && !composer.goes_to_receipt()
            && composer.recipients.with(|all| all.iter().any(lacks_keys))
    });
    view! {
        <Show when=move || any.get()>
            <div class="kern-form-check choice">
                <input id="with-codes" class="kern-form-check__checkbox" type="checkbox" aria-describedby="with-codes-hint"
                    prop:checked=move || composer.with_codes.get()
                    on:change=move |event| composer.with_codes.set(event_target_checked(&event))/>
                <div>
                    <label class="kern-label" for="with-codes">{words.text(Language::new_with_codes)}</label>
                    <p class="kern-hint" id="with-codes-hint">{words.text(Language::new_with_codes_hint)}</p>
                </div>
            </div>
        </Show>
    }
}

#[component]
fn Way(composer: Composer, id: &'static str, mails: bool, texts: [Signal<Text>; 2]) -> impl IntoView {
    let words = words();
    let [label, hint] = texts;
    let hint_id = format!("{id}-hint");
    view! {
        <div class="kern-form-check choice">
            <input id=id class="kern-form-check__radio" type="radio" name="handover" aria-describedby=hint_id.clone()
                prop:checked=move || composer.by_mail.get() == mails on:change=move |_| composer.by_mail.set(mails)/>
            <div>
                <label class="kern-label" for=id>{move || label.get()(words.get())}</label>
                <p class="kern-hint" id=hint_id>{move || hint.get()(words.get())}</p>
            </div>
        </div>
    }
}
