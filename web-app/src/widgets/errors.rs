//! The one place of a page where errors stand.

use std::time::Duration;

use leptos::prelude::*;
use web_model::trouble::Trouble;

use crate::browser;
use crate::i18n::words;
use crate::widgets::icon::Icon;

/// What went wrong on this page, as a signal.
#[derive(Clone, Copy)]
pub(crate) struct Errors {
    shown: RwSignal<Option<Shown>>,
    id: &'static str,
}

#[derive(Clone)]
struct Shown {
    trouble: Trouble,
    /// The field that has to change.
    field: Option<&'static str>,
}

impl Errors {
    /// The errors of a page.
    pub(crate) fn new() -> Self {
        Self::with_id("error")
    }
    /// The errors of a dialog over a page, which has its own.
    pub(crate) fn with_id(id: &'static str) -> Self {
        Self { shown: RwSignal::new(None), id }
    }
    /// Shows what went wrong and moves the focus there.
    pub(crate) fn show(self, trouble: Trouble) {
        self.shown.set(Some(Shown { trouble, field: None }));
    }
    /// The same, with the focus on the field that has to change.
    pub(crate) fn at(self, field: &'static str, trouble: Trouble) {
        self.shown.set(Some(Shown { trouble, field: Some(field) }));
    }
    pub(crate) fn clear(self) {
        if self.shown.with_untracked(Option::is_some) {
            self.shown.set(None);
        }
    }
    /// This field is right now.
    pub(crate) fn clear_at(self, field: &str) {
        if self.shown.with_untracked(|shown| shown.as_ref().is_some_and(|shown| shown.field == Some(field))) {
            self.shown.set(None);
        }
    }
    /// Is this the field that has to change?
    pub(crate) fn is_at(self, field: &str) -> bool {
        self.shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.field == Some(field)))
    }
    fn kind(self) -> Option<&'static str> {
        self.shown.with(|shown| shown.as_ref().map(|shown| shown.trouble.kind()))
    }
}

/// Where errors stand. It is there from the beginning, so that screen readers notice what comes into it.
#[component]
pub(crate) fn ErrorBox(errors: Errors) -> impl IntoView {
    let words = words();
    Effect::new(move || {
        if let Some(field) = errors.shown.with(|shown| shown.as_ref().map(|shown| shown.field)) {
            browser::focus(field.unwrap_or(errors.id));
        }
    });
    // What is wrong with a field stands below it, where the focus goes: once is enough.
    let shown = move || {
        errors.shown.get().filter(|shown| shown.field.is_none()).map(|shown| {
            let (wait, tone) = (shown.trouble.wait(), shown.trouble.tone().name());
            view! {
                <div class=format!("kern-alert kern-alert--{tone} notice")>
                    <div class="kern-alert__header">
                        <Icon name=tone/>
                        <p class="kern-body notice__text">{move || shown.trouble.sentence(words.get())}</p>
                        {wait.map(|seconds| view! { <Countdown errors seconds/> })}
                    </div>
                </div>
            }
        })
    };
    view! { <div id=errors.id role="alert" tabindex="-1" data-kind=move || errors.kind()>{shown}</div> }
}

/// The sentence below the field that has to change.
#[component]
pub(crate) fn FieldError(id: &'static str, errors: Errors) -> impl IntoView {
    let words = words();
    let sentence = move || {
        errors
            .shown
            .get()
            .filter(|shown| shown.field == Some(id))
            .map(|shown| shown.trouble.sentence(words.get()))
    };
    move || {
        sentence().map(|sentence| {
            view! {
                <p class="kern-error" id=format!("{id}-error")>
                    <Icon name="danger"/>
                    <span class="kern-body">{sentence}</span>
                </p>
            }
        })
    }
}

/// Counts the seconds down and takes the error away at the end. Not read out: the sentence has told the time.
#[component]
fn Countdown(errors: Errors, seconds: u64) -> impl IntoView {
    let words = words();
    let left = RwSignal::new(seconds);
    let tick = move || match left.get_untracked() {
        0 | 1 => errors.clear(),
        more => left.set(more - 1),
    };
    if let Ok(handle) = set_interval_with_handle(tick, Duration::from_secs(1)) {
        on_cleanup(move || handle.clear());
    }
    view! {
        <span class="notice__countdown" aria-hidden="true">
            {move || words.get().trouble_again_in(&left.get().to_string())}
        </span>
    }
}
