//! The progress of a delivery that is being sent.

use leptos::prelude::*;
use web_model::text::Language;
use web_model::transfer::Transfer;

use super::composer::{Composer, Phase, Stage};
use crate::i18n::{Text, words};
use crate::widgets::button::{Button, Look};
use crate::widgets::progress::{Bar, FiguresLine};

#[component]
pub(in crate::pages) fn Sending(composer: Composer) -> impl IntoView {
    let words = words();
    let percent = Signal::derive(move || composer.transfer.with(Transfer::percent));
    let plain = move |language: Language| {
        if composer.paused.get() {
            return language.sending_paused();
        }
        if composer.transfer.with(|transfer| transfer.reconnecting) {
            return language.sending_reconnecting();
        }
        match composer.stage.get() {
            Stage::Sending(Phase::Preparing) => language.sending_preparing(),
            Stage::Sending(Phase::Uploading) if composer.checking.get() => language.sending_checking(),
            Stage::Sending(Phase::Finishing) => language.sending_finishing(),
            _ => language.sending_running(),
        }
    };
    let sentence = move || match composer.stage.get() {
        Stage::Sending(Phase::Granting(done)) => {
            let all = composer.recipients.with(Vec::len);
            words.get().sending_granting(&all.to_string(), &done.to_string())
        }
        _ => plain(words.get()).to_owned(),
    };
    let label = Signal::derive(move || words.get().sending_overall().to_owned());
    let pause = Signal::derive(move || -> Text {
        if composer.paused.get() { Language::sending_go_on } else { Language::sending_pause }
    });
    // While it rests there is no speed; the next look at it would be a second away.
    let figures =
        Signal::derive(move || (!composer.paused.get()).then(|| composer.speed.overall().get()).flatten());
    view! {
        <section class="sending" data-paused=move || composer.paused.get().to_string() aria-labelledby="sending-title">
            <h2 class="kern-heading-medium" id="sending-title">{words.text(Language::sending_title)}</h2>
            <p class="kern-body">{sentence}</p>
            <Show when=move || composer.not_kept.get()>
                <p class="kern-body" id="not-kept">{words.text(Language::sending_not_kept)}</p>
            </Show>
            <Bar id="overall" label percent/>
            <div class="sending__foot">
                <FiguresLine percent figures/>
                <div class="sending__actions">
                    <Show when=move || composer.stage.with(|stage| *stage == Stage::Sending(Phase::Uploading))>
                        <Button id="pause" label=pause look=Look::Secondary on_press=move |()| composer.toggle_pause()/>
                    </Show>
                    <Button id="cancel" label=Language::sending_cancel as Text look=Look::Secondary
                        on_press=move |()| composer.cancel()/>
                </div>
            </div>
        </section>
    }
}
