//! How long what is typed would last, told while it is typed.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::strength::{Estimate, Rating};
use web_model::text::Language;

use crate::i18n::words;
use crate::strength::estimator;
use crate::widgets::icon::Icon;

/// How it stands with the estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Judged {
    /// There is nothing to estimate.
    Nothing,
    /// It is under way, and the first.
    Waiting,
    /// It could not be loaded.
    Unknown,
    /// This is it.
    Known(Estimate),
}

/// Estimates what is typed, each time that it changes.
#[derive(Clone, Copy)]
pub(crate) struct Judge {
    judged: RwSignal<Judged>,
    again: Trigger,
}

impl Judge {
    /// `typed` is what is to be estimated, once it is `enough`; `known` is what everybody knows of whoever chooses it.
    pub(crate) fn new(typed: Signal<String>, enough: fn(&str) -> bool, known: Signal<Vec<String>>) -> Self {
        let (judged, again) = (RwSignal::new(Judged::Nothing), Trigger::new());
        let busy = StoredValue::new(false);
        let estimator = estimator();
        estimator.used_here();
        Effect::new(move || {
            again.track();
            known.track();
            let (begun, ready) = typed.with(|typed| (!typed.is_empty(), enough(typed)));
            if begun {
                estimator.load();
            }
            if !ready {
                return judged.set(Judged::Nothing);
            }
            if !matches!(judged.get_untracked(), Judged::Known(_)) {
                judged.set(Judged::Waiting);
            }
            // Whoever is at it looks at what was typed meanwhile; what lies between is of no interest.
            if busy.get_value() {
                return;
            }
            busy.set_value(true);
            spawn_local(async move {
                let now = || typed.try_get_untracked().filter(|typed| enough(typed));
                while let (Some(text), Some(facts)) = (now(), known.try_get_untracked()) {
                    let estimate = estimator.estimate(&text, &facts).await;
                    if now().as_ref() == Some(&text) {
                        judged.try_set(estimate.map_or(Judged::Unknown, Judged::Known));
                        break;
                    }
                }
                busy.try_update_value(|busy| *busy = false);
            });
        });
        Self { judged, again }
    }

    /// How it stands.
    pub(crate) fn get(self) -> Judged {
        self.judged.get()
    }

    /// Tries once more to load what could not be loaded.
    pub(crate) fn again(self) {
        self.again.notify();
    }
}

/// What is to be said beside the field, once something is typed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    /// Nothing can be said.
    Nothing,
    /// This, which says nothing of the strength.
    Note(String),
    /// An estimate, and with it what to do about it.
    Estimate(Estimate, Option<String>),
}

/// The estimate as a sentence, and beside it as a scale of three steps. From the first letter on it takes the room that it
/// needs in the end: it comes when it comes, and must not move a button from under somebody's finger.
#[component]
pub(crate) fn Strength(id: &'static str, #[prop(into)] told: Signal<Option<Told>>) -> impl IntoView {
    let words = words();
    let rating = move || {
        told.with(|told| match told {
            Some(Told::Estimate(estimate, _)) => Some(step(estimate.rating()).0),
            _ => None,
        })
    };
    let begun = move || told.with(Option::is_some);
    let sentence = move || {
        told.get().map(|told| match told {
            Told::Nothing => ().into_any(),
            Told::Note(note) => view! { <Icon name="info"/> <span>{note}</span> }.into_any(),
            Told::Estimate(estimate, todo) => {
                let sentence = estimate.sentence(words.get());
                view! {
                    <Icon name=step(estimate.rating()).1/>
                    <span><strong>{sentence}</strong>{todo.map(|todo| format!(" {todo}"))}</span>
                }
                .into_any()
            }
        })
    };
    view! {
        // The sentence says the same.
        <div class="scale" class:scale--begun=begun data-rating=rating aria-hidden="true"><i></i><i></i><i></i></div>
        <p class="kern-body kern-body--small strength" class:strength--begun=begun id=id role="status">{sentence}</p>
    }
}

/// What is told of a text of which so many characters are missing.
pub(crate) fn missing(language: Language, count: usize) -> Told {
    Told::Note(match count {
        1 => language.strength_short_one().to_owned(),
        count => language.strength_short(&count.to_string()),
    })
}

/// A word for machines, and the icon.
fn step(rating: Rating) -> (&'static str, &'static str) {
    match rating {
        Rating::Weak => ("weak", "warning"),
        Rating::Fair => ("fair", "check"),
        Rating::Strong => ("strong", "success"),
    }
}
