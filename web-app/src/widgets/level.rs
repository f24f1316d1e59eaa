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

/// The seal alone, read out as the level's name.
#[component]
pub(crate) fn LevelSeal(level: Level) -> impl IntoView {
    let words = words();
    let (name, _) = texts(level);
    view! { <Seal level=level.into() label=Signal::derive(move || name(words.get()).to_owned())/> }
}
