//! One file of a delivery: its type, name, size, state in words, progress and what can be done with it.

use leptos::prelude::*;
use web_model::letters;
use web_model::pace::Figures;
use web_model::text::Language;
use web_model::transfer::{File, State};

use crate::i18n::{Text, words};
use crate::widgets::progress::Bar;

/// Which way the file goes; the states' words depend on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From here to the server.
    Out,
    /// From the server to here.
    In,
}

impl Way {
    /// The state for style sheet and tests; it never changes.
    pub(super) fn name(self, state: State) -> &'static str {
        match (state, self) {
            (State::Waiting, _) => "waiting",
            (State::Running, _) => "running",
            (State::Paused, _) => "paused",
            (State::Done, Self::Out) => "done",
            (State::Done, Self::In) => "saved",
            (State::Missing, _) => "missing",
            (State::Failed, _) => "failed",
            (State::Damaged, _) => "damaged",
        }
    }

    /// A file that was saved needs no bar any more; while sending, the bars of all files together show the way.
    pub(super) fn has_bar(self, state: State) -> bool {
        let is_over = matches!(state, State::Done | State::Damaged);
        state != State::Missing && (self == Self::Out || !is_over)
    }

    pub(super) fn text(self, state: State) -> Text {
        match (state, self) {
            (State::Waiting, Self::Out) => Language::state_waiting,
            (State::Waiting, Self::In) => Language::state_ready,
            (State::Running, Self::Out) => Language::state_sending,
            (State::Running, Self::In) => Language::state_receiving,
            (State::Paused, _) => Language::state_paused,
            (State::Done, Self::Out) => Language::state_sent,
            (State::Done, Self::In) => Language::state_saved,
            (State::Missing, _) => Language::state_missing,
            (State::Failed, _) => Language::state_failed,
            (State::Damaged, _) => Language::state_damaged,
        }
    }
}

/// A file in a list. Its state and bar are shown only once it is `moving`; a name is isolated, so that one in another
/// writing direction does not turn what stands beside it.
#[component]
pub(crate) fn FileRow(
    name: String,
    size: u64,
    #[prop(optional, into)] index: Option<usize>,
    way: Way,
    #[prop(into)] progress: Signal<File>,
    /// How fast it moves.
    #[prop(into)]
    pace: Signal<Option<Figures>>,
    #[prop(into)] moving: Signal<bool>,
    /// What can be done with the file.
    children: Children,
) -> impl IntoView {
    let words = words();
    let state = move || progress.get().state;
    let percent = Signal::derive(move || progress.get().percent());
    let label = {
        let name = name.clone();
        Signal::derive(move || words.get().delivery_overall(&name))
    };
    let shown = name.clone();
    view! {
        <li class="file-row" data-name=name data-index=index data-state=move || way.name(state())>
            <Extension name=shown.clone()/>
            <div class="file-row__text">
                <bdi class="file-row__name kern-body">{shown}</bdi>
                <span class="file-row__size kern-body kern-body--small kern-body--muted">
                    {move || words.get().size(size)}
                    <Show when=move || moving.get()>
                        " · "
                        <span class="file-row__state">{move || way.text(state())(words.get())}</span>
                        <span class="file-row__pace figures">
                            {move || pace.get().map(|figures| format!(" · {}", words.get().pace(figures)))}
                        </span>
                    </Show>
                </span>
            </div>
            <div class="file-row__actions">{children()}</div>
            <Show when=move || moving.get() && way.has_bar(state())>
                <div class="file-row__bar"><Bar label percent/></div>
            </Show>
        </li>
    }
}

/// The real extension, apart from the name: a name can be made to look as if it ended differently.
#[component]
fn Extension(name: String) -> impl IntoView {
    let words = words();
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension)
        .filter(|extension| (1..=5).contains(&extension.chars().count()))
        .map(letters::upper);
    let spoken = extension.clone();
    view! {
        <span class="file-row__type">
            {extension.map(|extension| view! { <span aria-hidden="true">{extension}</span> })}
            {spoken.map(|extension| view! {
                <span class="kern-sr-only">{move || words.get().app_extension(&extension)}</span>
            })}
        </span>
    }
}
