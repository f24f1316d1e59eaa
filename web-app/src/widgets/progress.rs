//! How far a transfer is.

use leptos::prelude::*;
use web_model::transfer::Quarters;

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
