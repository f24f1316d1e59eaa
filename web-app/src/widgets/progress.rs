//! How far a transfer is.

use std::time::Duration;

use leptos::prelude::*;
use web_model::pace::{Figures, Paces};
use web_model::transfer::{Quarters, Transfer};

use crate::browser;
use crate::i18n::words;

/// A bar from 0 to 100. `label` names it for screen readers.
#[component]
pub(crate) fn Bar(
    #[prop(optional)] id: Option<&'static str>,
    #[prop(into)] label: Signal<String>,
    #[prop(into)] percent: Signal<u8>,
) -> impl IntoView {
    view! {
        <div class="kern-progress">
            <progress
                id=id
                role="progressbar"
                max={100}
                value=move || percent.get()
                aria-valuenow=move || percent.get()
                aria-label=move || label.get()
            ></progress>
        </div>
    }
}

/// How fast a transfer moves and how long it still takes, looked at once a second.
#[derive(Clone, Copy)]
pub(crate) struct Speed(RwSignal<Paces>);

impl Speed {
    /// Follows a transfer as long as the page is there. `whole` tells which bytes count together, done and all; `None`
    /// when nothing is under way.
    pub(crate) fn of(
        transfer: RwSignal<Transfer>,
        whole: impl Fn(&Transfer) -> Option<(u64, u64)> + 'static,
    ) -> Self {
        let paces = RwSignal::new(Paces::default());
        let look = move || {
            let mut next = paces.get_untracked();
            transfer.with_untracked(|transfer| match whole(transfer) {
                Some(bytes) => next.look(browser::clock(), transfer, bytes),
                None => next = Paces::default(),
            });
            if paces.with_untracked(|paces| *paces != next) {
                paces.set(next);
            }
        };
        if let Ok(timer) = set_interval_with_handle(look, Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
        Self(paces)
    }

    /// Of all that counts together.
    pub(crate) fn overall(self) -> Signal<Option<Figures>> {
        Signal::derive(move || self.0.with(Paces::overall))
    }

    /// Of one file while it moves.
    pub(crate) fn file(self, index: usize) -> Option<Figures> {
        self.0.with(|paces| paces.file(index))
    }
}

/// Percent, speed and time left in words.
#[component]
pub(crate) fn FiguresLine(
    #[prop(into)] percent: Signal<u8>,
    #[prop(into)] figures: Signal<Option<Figures>>,
) -> impl IntoView {
    let words = words();
    let pace = move || figures.get().map(|figures| format!(" · {}", words.get().pace(figures)));
    view! {
        <span class="kern-body figures">{move || words.get().percent(percent.get())}{pace}</span>
    }
}

/// Says politely, for screen readers alone, what just happened.
#[derive(Clone, Copy)]
pub(crate) struct Status(RwSignal<String>, StoredValue<Quarters>);

impl Status {
    pub(crate) fn new() -> Self {
        Self(RwSignal::new(String::new()), StoredValue::new(Quarters::default()))
    }
    pub(crate) fn say(self, sentence: String) {
        self.0.set(sentence);
    }
    /// Says how far it is, four times in all.
    pub(crate) fn quarter(self, percent: u8, sentence: impl FnOnce(&str) -> String) {
        if let Some(quarter) = self.1.try_update_value(|quarters| quarters.reached(percent)).flatten() {
            self.say(sentence(&quarter.to_string()));
        }
    }
    /// A new transfer begins.
    pub(crate) fn restart(self) {
        self.1.set_value(Quarters::default());
    }
}

#[component]
pub(crate) fn StatusLine(status: Status) -> impl IntoView {
    view! { <p class="kern-sr-only" role="status">{move || status.0.get()}</p> }
}
