//! The level of a delivery: the seal, its name and what it protects.

use blob_api::Level;
use leptos::prelude::*;
use web_model::text::Language;

use crate::i18n::{Text, words};
use crate::widgets::icon::Seal;

fn texts(level: Level) -> (Text, Text) {
    match level {
        Level::One => (Language::new_level_1, Language::new_level_1_sentence),
        Level::Two => (Language::new_level_2, Language::new_level_2_sentence),
        Level::Three => (Language::new_level_3, Language::new_level_3_sentence),
        Level::Four => (Language::new_level_4, Language::new_level_4_sentence),
    }
}

/// Seal, name and sentence.
#[component]
pub(crate) fn LevelCard(level: Level) -> impl IntoView {
    let words = words();
    let (name, sentence) = texts(level);
    view! {
        <section class="level" aria-label=words.text(Language::new_level)>
            <Seal level=level.into() label=""/>
            <div>
                <p class="kern-body kern-body--bold">{words.text(name)}</p>
                <p class="kern-body kern-body--small">{words.text(sentence)}</p>
            </div>
        </section>
    }
}

/// A choice among levels, each with its sentence. With only one there is nothing to choose.
#[component]
pub(crate) fn LevelPicker(
    level: RwSignal<Level>,
    levels: Vec<Level>,
    /// What level 4 protects here, where that is something else than elsewhere.
    #[prop(optional)]
    level_4: Option<Text>,
    #[prop(into)] on_choice: Callback<()>,
) -> impl IntoView {
    if let [only] = levels[..] {
        level.set(only);
        return view! { <LevelCard level=only/> }.into_any();
    }
    let words = words();
    let choice = move |own: Level| {
        let (name, sentence) = texts(own);
        let sentence = level_4.filter(|_| own == Level::Four).unwrap_or(sentence);
        let id = format!("level-{}", u8::from(own));
        let described = format!("{id}-about");
        let choose = move |_| {
            level.set(own);
            on_choice.run(());
        };
        view! {
            <div class="level-choice" class:level-choice--chosen=move || level.get() == own>
                <input id=id.clone() class="kern-form-check__radio" type="radio" name="level" aria-describedby=described.clone()
                    prop:checked=move || level.get() == own on:change=choose/>
                <Seal level=own.into() label=""/>
                <div>
                    <label class="kern-label" for=id>{words.text(name)}</label>
                    <p class="kern-body kern-body--small" id=described>{words.text(sentence)}</p>
                </div>
            </div>
        }
    };
    view! {
        <fieldset class="kern-fieldset levels">
            <legend class="kern-label">{words.text(Language::new_level)}</legend>
            <div class="levels__choices">{levels.into_iter().map(choice).collect_view()}</div>
        </fieldset>
    }
    .into_any()
}

/// The seal alone, read out as the level's name.
#[component]
pub(crate) fn LevelSeal(level: Level) -> impl IntoView {
    let words = words();
    let (name, _) = texts(level);
    view! { <Seal level=level.into() label=Signal::derive(move || name(words.get()).to_owned())/> }
}
