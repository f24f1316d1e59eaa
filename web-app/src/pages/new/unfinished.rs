//! Deliveries that were begun and not sent, because the tab was closed for instance: found, gone on with, or discarded.

use std::sync::Arc;
use std::time::Duration;

use blob_api::{DraftInfo, Level, UnixSeconds};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::{Answer, MemberAnswer, MemberJob, Written};
use web_model::text::Language;
use web_model::trouble::Trouble;
use web_model::unfinished::Unfinished;

use super::composer::{Attempt, Composer, Fixed, Stage, Terms};
use super::files::Pick;
use crate::i18n::{Text, words};
use crate::widgets::button::{Button, Look};
use crate::{api, browser};

/// Between two looks at what another tab has.
const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// A delivery that this browser could go on with.
#[derive(Clone)]
pub(in crate::pages) struct Found {
    info: Arc<DraftInfo>,
    /// Only one's own keys open it.
    needs_keys: bool,
    subject: String,
    /// How many of its files are completely at the server, and how many there are.
    arrived: usize,
    files: usize,
}

impl Composer {
    /// Looks for deliveries to go on with. Whoever cannot be asked has none to offer: nothing here is worth an error.
    ///
    /// As long as another tab has some or the network is missing, and nothing was written here, it looks again: a tab that
    /// was closed or loaded anew while it was sending may take seconds to let go.
    pub(in crate::pages) fn look_for_unfinished(self) {
        spawn_local(async move {
            while self.look_once().await {
                let _ = browser::pause(LOOK_AGAIN).await;
                if !self.is_untouched().unwrap_or(false) {
                    break;
                }
            }
        });
    }

    /// Is it worth another look?
    async fn look_once(self) -> bool {
        let author = self.author();
        let drafts = match api::drafts(author.bearer()).await {
            Ok(drafts) => drafts,
            Err(trouble) => return trouble == Trouble::Network,
        };
        let mut infos: Vec<Arc<DraftInfo>> = drafts.drafts.iter().cloned().map(Arc::new).collect();
        let keys = self.keys.opened_as();
        let job = MemberJob::Unfinished { author: author.clone(), keys, drafts: drafts.drafts };
        let answer = self.door.ask(job).await.ok().and_then(Answer::member);
        let Some(MemberAnswer::Unfinished { known, locked, elsewhere }) = answer else { return false };
        let mut found = Vec::new();
        for unfinished in known {
            let Some(place) = infos.iter().position(|info| info.delivery == unfinished.delivery) else {
                continue;
            };
            let Ok(stored) = api::blobs(&unfinished.delivery, author.bearer()).await else { continue };
            let arrived = unfinished.arrived(&stored).into_iter().filter(|arrived| *arrived).count();
            let files = unfinished.files.len();
            found.push(Found {
                info: infos.swap_remove(place),
                needs_keys: self.needs_keys(unfinished.terms.level),
                subject: unfinished.written.letter.subject,
                arrived,
                files,
            });
        }
        self.found.set(found);
        self.found_locked.set(locked);
        elsewhere
    }

    /// Is nothing written or chosen yet? `None` when the page has been left.
    fn is_untouched(self) -> Option<bool> {
        let is_writing = self.stage.try_with_untracked(|stage| *stage == Stage::Writing)?;
        let is_empty = self.subject.try_with_untracked(String::is_empty)?
            && self.message.try_with_untracked(String::is_empty)?
            && self.picks.try_with_untracked(Vec::is_empty)?;
        Some(is_writing && is_empty)
    }

    fn continue_with(self, info: Arc<DraftInfo>, needs_keys: bool) {
        self.errors.clear();
        spawn_local(async move {
            if needs_keys && self.keys.need().await.is_none() {
                return;
            }
            match self.take_over(&info).await {
                Ok(()) => {
                    self.found.set(Vec::new());
                    self.found_locked.set(false);
                }
                Err(trouble) => self.not_found(&info, trouble),
            }
        });
    }

    async fn take_over(self, info: &DraftInfo) -> Result<(), Trouble> {
        let author = self.author();
        let stored = api::blobs(&info.delivery, author.bearer()).await?;
        let keys = self.keys.opened_as();
        let job = MemberJob::GoOn { author, keys, draft: info.clone(), stored: stored.clone() };
        let (kept, answer) = self.door.keep(job).await.map_err(|failure| Trouble::of_worker(failure, &[]))?;
        let Some(MemberAnswer::GoesOn(unfinished)) = answer.member() else { return Err(Trouble::Internal) };
        let arrived = unfinished.arrived(&stored);
        let Unfinished { delivery, written, terms, password, files } = unfinished;
        let Written { letter, addressing } = written;
        let open_link = terms.level == Level::One && addressing.recipients.is_empty();
        let fixed = Fixed { terms, with_password: password, open_link };
        self.attempt.set_value(Some(Attempt {
            terms: Terms::Kept { fixed },
            prepared: Arc::new(kept),
            delivery,
            created: true,
            uploaded: None,
            addressed: None,
        }));
        self.subject.set(letter.subject);
        self.name.set(letter.name);
        self.reference.set(letter.reference);
        self.message.set(letter.message);
        let picks = (0_u32..).zip(files).zip(arrived);
        self.picks.set(picks.map(|((key, file), arrived)| Pick::begun(key, file.chosen, arrived)).collect());
        self.level.set(terms.level);
        self.recipients.set(addressing.recipients);
        self.listed.set(addressing.listed);
        self.by_mail.set(addressing.by_mail);
        self.note.set(addressing.note);
        self.with_codes.set(addressing.codes);
        self.kept.set(Some(fixed));
        self.ask_readiness();
        self.rest();
        browser::focus("goes-on");
        Ok(())
    }

    fn discard_found(self, info: Arc<DraftInfo>) {
        self.errors.clear();
        spawn_local(async move {
            let delivery = info.delivery;
            let forgotten = self.door.ask(MemberJob::Discard { delivery }).await;
            let result = match forgotten.map_err(|failure| Trouble::of_worker(failure, &[])) {
                Ok(_) => api::cancel(&delivery, self.author().bearer()).await,
                Err(trouble) => Err(trouble),
            };
            match result {
                Ok(()) => {
                    self.remove_found(&info);
                    self.status.say(self.words.now().unfinished_discarded().to_owned());
                    browser::focus("title");
                }
                Err(trouble) => self.not_found(&info, trouble),
            }
        });
    }

    fn not_found(self, info: &DraftInfo, trouble: Trouble) {
        if trouble == Trouble::LoggedOut {
            self.account.ended();
        }
        if matches!(trouble, Trouble::Server(..)) {
            self.remove_found(info);
        }
        self.errors.show(trouble);
    }

    fn remove_found(self, info: &DraftInfo) {
        self.found.update(|found| found.retain(|found| found.info.delivery != info.delivery));
    }
}

/// What was begun and can go on. Once something is written it makes room: going on would take its place.
#[component]
pub(in crate::pages) fn UnfinishedDeliveries(composer: Composer) -> impl IntoView {
    let is_empty = move || {
        composer.stage.with(|stage| *stage == Stage::Writing)
            && composer.subject.with(String::is_empty)
            && composer.message.with(String::is_empty)
            && composer.picks.with(Vec::is_empty)
    };
    let shown = move || if is_empty() { composer.found.get() } else { Vec::new() };
    let words = words();
    view! {
        <Show when=move || is_empty() && composer.found_locked.get()>
            <section class="unfinished" id="unfinished-locked" aria-labelledby="unfinished-locked-title">
                <h2 class="kern-heading-medium" id="unfinished-locked-title">{words.text(Language::unfinished_title)}</h2>
                <p class="kern-body">{words.text(Language::unfinished_locked)}</p>
                <div class="unfinished__actions">
                    <Button id="unfinished-unlock" label=Language::keys_unlock as Text look=Look::Secondary
                        on_press=move |()| composer.keys.ask()/>
                </div>
            </section>
        </Show>
        <For each=shown key=|found| found.info.delivery let:found>
            <UnfinishedDelivery composer found/>
        </For>
    }
}

#[component]
fn UnfinishedDelivery(composer: Composer, found: Found) -> impl IntoView {
    let words = words();
    let Found { info, needs_keys, subject, arrived, files } = found;
    let about = {
        let (created, subject): (UnixSeconds, String) = (info.created, subject.clone());
        move || {
            let language = words.get();
            let date = browser::date(language, created, true);
            if subject.is_empty() {
                language.unfinished_about_untitled(&date)
            } else {
                language.unfinished_about(&date, &subject)
            }
        }
    };
    let there = move || {
        let language = words.get();
        (files > 0).then(|| language.unfinished_files(&arrived.to_string(), &language.files(files)))
    };
    let (to_go_on, to_discard) = (Arc::clone(&info), info);
    view! {
        <section class="unfinished" aria-labelledby="unfinished-title">
            <h2 class="kern-heading-medium" id="unfinished-title">{words.text(Language::unfinished_title)}</h2>
            <p class="kern-body unfinished__about">{about}</p>
            <p class="kern-body">{there}</p>
            <div class="unfinished__actions">
                <Button class="go-on" label=Language::unfinished_go_on as Text about=subject.clone() look=Look::Secondary
                    on_press=move |()| composer.continue_with(Arc::clone(&to_go_on), needs_keys)/>
                <Button class="discard" label=Language::unfinished_discard as Text about=subject look=Look::Tertiary icon="delete"
                    on_press=move |()| composer.discard_found(Arc::clone(&to_discard))/>
            </div>
        </section>
    }
}

/// Says what is left to do for a delivery that goes on.
#[component]
pub(in crate::pages) fn GoesOn(composer: Composer) -> impl IntoView {
    let words = words();
    let any_missing = Memo::new(move |_| composer.picks.with(|picks| picks.iter().any(Pick::is_missing)));
    let sentence = move || {
        let language = words.get();
        if any_missing.get() { language.unfinished_choose() } else { language.unfinished_goes_on() }
    };
    view! {
        <Show when=move || composer.kept.with(Option::is_some) && !composer.is_sending()>
            <p class="kern-body lead" id="goes-on" tabindex="-1">{sentence}</p>
        </Show>
    }
}
