//! What the owner of a box says about it.

use blob_api::{BoxId, BoxSettings};
use leptos::prelude::*;
use web_model::submit_box::{self, BoxTypo, KINDS, Types};
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::super::Sections;
use crate::app::server;
use crate::browser;
use crate::i18n::{Text, words};
use crate::keys::{State, keys};
use crate::own_box::own_boxes;
use crate::widgets::button::{Button, Look};
use crate::widgets::choice::ChoiceField;
use crate::widgets::field::{TextArea, TextField};

pub(super) const NAME: &str = "box-name";
const TITLE: &str = "box-title";
const OTHERS: &str = "box-types-others";
const GREETINGS: [&str; 2] = ["box-greeting-de", "box-greeting-en"];
/// How long submissions can stay, in days, and what is offered.
const DAYS: [u16; 7] = [7, 14, 30, 60, 90, 180, 365];
const USUAL_DAYS: u16 = 30;
/// Sizes of submissions, and what is offered.
const SIZES: [u64; 7] = [10 << 20, 100 << 20, 1 << 30, 5 << 30, 10 << 30, 50 << 30, 100 << 30];
const USUAL_SIZE: u64 = 1 << 30;
const KIND_NAMES: [(&str, Text); KINDS.len()] = [
    ("box-types-pdf", Language::own_box_types_pdf),
    ("box-types-pictures", Language::own_box_types_pictures),
    ("box-types-office", Language::own_box_types_office),
];

/// Makes the box, or changes it.
#[component]
pub(super) fn Form(sections: Sections, is_editing: RwSignal<bool>) -> impl IntoView {
    let (words, own, keys) = (words(), own_boxes(), keys());
    let limits = server().now().map(|server| server.limits);
    let (most_days, most_bytes) =
        limits.map_or((USUAL_DAYS, USUAL_SIZE), |now| (now.max_days, now.delivery_bytes));
    let before = untrack(|| own.known()).and_then(|own| own.settings);
    let session = sections.info.with_untracked(|info| info.session.clone());
    let is_new = before.is_none();
    let now = before.clone().unwrap_or_else(|| BoxSettings {
        // Drawn when it is stored.
        id: BoxId([0; 16]),
        name: proposed(&session.name, &session.email),
        title: session.name.clone(),
        greeting_de: String::new(),
        greeting_en: String::new(),
        max_bytes: USUAL_SIZE.min(most_bytes),
        types: Vec::new(),
        is_on: true,
        delete_after_download: false,
        days: USUAL_DAYS.min(most_days),
        card: None,
    });
    let was = before.as_ref().map(|before| before.name.clone());
    let (name, title) = (RwSignal::new(now.name), RwSignal::new(now.title));
    let greetings = [RwSignal::new(now.greeting_de), RwSignal::new(now.greeting_en)];
    let types = RwSignal::new(Types::of(&now.types));
    let (size, days) = (RwSignal::new(now.max_bytes), RwSignal::new(now.days));
    let deletes = RwSignal::new(now.delete_after_download);
    let busy = RwSignal::new(false);
    let is_renamed = {
        let was = was.clone();
        move || was.as_ref().is_some_and(|was| *was != submit_box::name_of(&name.get()))
    };
    let (id, card) = (now.id, before.and_then(|before| before.card));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Ok(name) = submit_box::checked_name(&name.get_untracked()) else {
            return sections.errors.at(NAME, BoxTypo::Name.into());
        };
        let title = title.get_untracked().split_whitespace().collect::<Vec<_>>().join(" ");
        if title.is_empty() {
            return sections.errors.at(TITLE, Trouble::Missing);
        }
        let types = match types.with_untracked(Types::extensions) {
            Ok(types) => types,
            Err(typo) => return sections.errors.at(OTHERS, typo.into()),
        };
        let greetings = greetings.map(|greeting| greeting.get_untracked().trim().to_owned());
        if let Some(long) = greetings.iter().position(|one| one.chars().count() > BoxSettings::GREETING_CHARS)
        {
            let trouble = Trouble::told("box-greeting-long", Language::own_box_greeting_long);
            return sections.errors.at(GREETINGS[long], trouble);
        }
        let [greeting_de, greeting_en] = greetings;
        let is_on = untrack(|| own.known()).and_then(|own| own.settings).is_none_or(|now| now.is_on);
        let (max_bytes, days) = (size.get_untracked(), days.get_untracked());
        let (delete_after_download, card) = (deletes.get_untracked(), card.clone());
        sections.attempt(busy, async move || {
            let settings = BoxSettings {
                id,
                name: name.clone(),
                title: title.clone(),
                greeting_de: greeting_de.clone(),
                greeting_en: greeting_en.clone(),
                max_bytes,
                types: types.clone(),
                is_on,
                delete_after_download,
                days,
                card: card.clone(),
            };
            let has_keys = untrack(|| !matches!(keys.state(), State::Needless | State::Missing));
            match super::save(own, settings, is_new && has_keys).await {
                Err((_, Trouble::Cancelled)) => return Ok(()),
                answer => answer?,
            }
            sections.say(Language::settings_saved);
            is_editing.set(false);
            browser::focus("box-part-title");
            Ok(())
        });
    };
    let address = move || format!("{}/box/{}", browser::origin(), submit_box::name_of(&name.get()));
    let label: Text = if is_new { Language::own_box_setup } else { Language::settings_save };
    let without_keys = move || is_new && matches!(keys.state(), State::Missing | State::Needless);
    let can_choose = move || without_keys() && keys.state() == State::Missing;
    view! {
        <form class="form form--narrow" id="box-form" novalidate=true on:submit=submit>
            <Show when=without_keys>
                <super::Warn id="box-level-2" title=Language::own_box_level_2 text=Language::own_box_level_2_text/>
            </Show>
            <Show when=can_choose>
                <Button id="box-choose" label=Language::own_box_choose as Text on_press=move |()| keys.ask()/>
            </Show>
            <TextField id=NAME label=Language::own_box_name hint=Language::own_box_name_hint as Text value=name
                errors=sections.errors/>
            <p class="kern-body address" id="box-address" role="status" translate="no">{address}</p>
            <Show when=is_renamed>
                <super::Warn id="box-renamed" title=Language::own_box_renamed text=Language::own_box_renamed_text/>
            </Show>
            <TextField id=TITLE label=Language::own_box_heading hint=Language::own_box_heading_hint as Text value=title
                errors=sections.errors/>
            <TextArea id=GREETINGS[0] label=Language::own_box_greeting_de optional=true value=greetings[0] errors=sections.errors/>
            <TextArea id=GREETINGS[1] label=Language::own_box_greeting_en optional=true value=greetings[1] errors=sections.errors/>
            <TypesFields types sections/>
            <SizeField size most=most_bytes/>
            <ChoiceField id="box-days" label=Language::own_box_days hint=Language::own_box_days_hint as Text
                choices=among(&DAYS, most_days, days.get_untracked()) value=days name=Language::days/>
            <div class="kern-form-check choice">
                <input id="box-deletes" class="kern-form-check__checkbox" type="checkbox" aria-describedby="box-deletes-hint"
                    prop:checked=move || deletes.get() on:change=move |event| deletes.set(event_target_checked(&event))/>
                <div>
                    <label class="kern-label" for="box-deletes">{words.text(Language::own_box_deletes)}</label>
                    <p class="kern-hint" id="box-deletes-hint">{words.text(Language::own_box_deletes_hint)}</p>
                </div>
            </div>
            <div class="actions">
                <Button id="box-save" label=label busy=busy/>
                <Button id="box-cancel" label=Language::own_box_cancel as Text look=Look::Tertiary
                    on_press=move |()| is_editing.set(false)/>
            </div>
        </form>
    }
}

/// Which files are welcome: all, or some kinds and what is typed.
#[component]
fn TypesFields(types: RwSignal<Types>, sections: Sections) -> impl IntoView {
    let words = words();
    let others = RwSignal::new(types.with_untracked(|types| types.others.clone()));
    Effect::new(move || {
        let typed = others.get();
        types.update(|types| types.others = typed);
    });
    let all = Memo::new(move |_| types.with(|types| types.all));
    let kind = move |(index, (id, label)): (usize, (&'static str, Text))| {
        view! {
            <div class="kern-form-check">
                <input id=id class="kern-form-check__checkbox" type="checkbox" prop:checked=move || types.with(|types| types.kinds[index])
                    on:change=move |event| types.update(|types| types.kinds[index] = event_target_checked(&event))/>
                <label class="kern-label" for=id>{words.text(label)}</label>
            </div>
        }
    };
    view! {
        <fieldset class="kern-fieldset types" id="box-types">
            <legend class="kern-label">{words.text(Language::own_box_types)}</legend>
            <div class="kern-form-check">
                <input id="box-types-all" class="kern-form-check__checkbox" type="checkbox" prop:checked=move || all.get()
                    on:change=move |event| types.update(|types| types.all = event_target_checked(&event))/>
                <label class="kern-label" for="box-types-all">{words.text(Language::own_box_types_all)}</label>
            </div>
            <Show when=move || !all.get()>
                {KIND_NAMES.into_iter().enumerate().map(kind).collect_view()}
                <TextField id=OTHERS label=Language::own_box_types_others hint=Language::own_box_types_others_hint as Text
                    optional=true value=others errors=sections.errors/>
            </Show>
        </fieldset>
    }
}

/// The largest submission, chosen from some.
#[component]
fn SizeField(size: RwSignal<u64>, most: u64) -> impl IntoView {
    let words = words();
    let choices = among(&SIZES, most, size.get_untracked());
    let choose = move |event| {
        if let Ok(chosen) = event_target_value(&event).parse() {
            size.set(chosen);
        }
    };
    view! {
        <div class="kern-form-input">
            <label class="kern-label" for="box-size">{words.text(Language::own_box_size)}</label>
            <div class="kern-form-input__select-wrapper lifetime">
                <select id="box-size" class="kern-form-input__select" on:change=choose>
                    {choices.into_iter().map(|choice| view! {
                        <option value=choice.to_string() prop:selected=move || size.get() == choice>
                            {move || words.get().size(choice)}
                        </option>
                    }).collect_view()}
                </select>
            </div>
        </div>
    }
}

/// Those up to the most there may be, with that and with what was chosen before.
fn among<T: Ord + Copy>(usual: &[T], most: T, chosen: T) -> Vec<T> {
    let mut all: Vec<T> = usual.iter().copied().filter(|one| *one <= most).chain([most, chosen]).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The name that is offered: what the owner is called, or the part of their address before `@`.
fn proposed(name: &str, email: &str) -> String {
    let mailbox = email.split('@').next().unwrap_or_default();
    [name, mailbox].into_iter().find_map(|text| submit_box::checked_name(text).ok()).unwrap_or_default()
}
