//! `/sent/<id>`: one sent delivery, with all that happened to it.

use blob_api::{DeliveryId, MailState, OpeningInfo, Recipient, RecipientId, RecipientState, SentDetail};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_location, use_params_map};
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::Badge;
use super::extend::Extend;
use super::sent::facts;
use crate::i18n::{Text, Words, words};
use crate::pages::account::home::{Go, Member};
use crate::pages::{Loading, notice};
use crate::session::account;
use crate::widgets::ask::{AskDialog, Question};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::level::LevelSeal;
use crate::widgets::page::Page;
use crate::widgets::progress::{Status, StatusLine};
use crate::{api, browser};

#[component]
pub(crate) fn Outgoing() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("delivery"));
    match id.and_then(|id| id.parse::<DeliveryId>().ok()) {
        Some(delivery) => view! { <Member wanted=true><Found delivery/></Member> }.into_any(),
        None => view! { <notice::NotFound/> }.into_any(),
    }
}

/// What the server says of the delivery.
#[derive(Clone)]
enum Answer {
    Asked,
    Detail(Box<SentDetail>),
    LoggedOut,
    Failed(Trouble),
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Sent {
    delivery: DeliveryId,
    answer: RwSignal<Answer>,
    errors: Errors,
    status: Status,
    question: RwSignal<Option<Question>>,
    words: Words,
}

impl Sent {
    /// Asks the server for all there is to know.
    fn load(self) {
        spawn_local(async move {
            let answer = match api::sent_detail(&self.delivery).await {
                Ok(detail) => Answer::Detail(Box::new(detail)),
                Err(Trouble::LoggedOut) => Answer::LoggedOut,
                Err(trouble) => Answer::Failed(trouble),
            };
            self.answer.set(answer);
        });
    }

    /// Has one recipient reminded.
    fn remind(self, recipient: RecipientId, email: String) {
        self.errors.clear();
        spawn_local(async move {
            match api::remind(&self.delivery, &recipient).await {
                Ok(()) => {
                    self.status.say(self.words.now().outgoing_reminded(&email));
                    self.load();
                }
                Err(trouble) => self.errors.show(trouble),
            }
        });
    }

    /// Asks whether it is to be taken back.
    fn ask(self, text: fn(Language, &str) -> String, about: String, yes: Callback<()>) {
        let title = Language::outgoing_revoke_title;
        let (label, keep) = (Language::outgoing_revoke, Language::outgoing_keep);
        self.question.set(Some(Question { title, text, about, label, keep, yes }));
    }

    /// Takes it back from one recipient, or from all.
    fn take_back(self, from: Option<RecipientId>) {
        self.errors.clear();
        spawn_local(async move {
            let answer = match from {
                Some(recipient) => api::revoke(&self.delivery, &recipient).await,
                None => api::cancel(&self.delivery, None).await,
            };
            match answer {
                Ok(()) => {
                    self.status.say(self.words.now().outgoing_revoked().to_owned());
                    self.load();
                }
                Err(trouble) => self.errors.show(trouble),
            }
        });
    }
}

#[component]
fn Found(delivery: DeliveryId) -> impl IntoView {
    let account = account();
    let here = use_location().pathname;
    let sent = Sent {
        delivery,
        answer: RwSignal::new(Answer::Asked),
        errors: Errors::new(),
        status: Status::new(),
        question: RwSignal::new(None),
        words: words(),
    };
    sent.load();
    move || match sent.answer.get() {
        Answer::Asked => view! { <Loading/> }.into_any(),
        Answer::Detail(detail) => view! { <Detail sent detail=*detail/> }.into_any(),
        Answer::LoggedOut => {
            account.ended();
            account.want(here.get_untracked());
            view! { <Go to="/login"/> }.into_any()
        }
        Answer::Failed(Trouble::Server(blob_api::ProblemKind::NotFound, _)) => {
            view! { <notice::NotFound/> }.into_any()
        }
        Answer::Failed(trouble) => view! { <notice::Failed trouble retry=move || sent.load()/> }.into_any(),
    }
}

#[component]
fn Detail(sent: Sent, detail: SentDetail) -> impl IntoView {
    let words = words();
    let SentDetail { delivery, openings } = detail;
    let (level, ended, open_link, files) =
        (delivery.level, delivery.ended, delivery.open_link, delivery.files);
    let recipients = delivery.recipients.clone();
    let (anyone, theirs): (Vec<_>, Vec<_>) =
        openings.into_iter().partition(|opening| opening.recipient.is_none());
    let theirs = StoredValue::new(theirs);
    let all = move |()| {
        let yes = Callback::new(move |()| sent.take_back(None));
        let text = |language: Language, _: &str| language.outgoing_revoke_all_text().to_owned();
        sent.ask(text, String::new(), yes);
    };
    let extended = move |expires| {
        let until = browser::date(words.now(), expires, true);
        sent.status.say(words.now().outgoing_extended(&until));
        sent.load();
    };
    let said = move || {
        let facts = facts(words.get(), &delivery).into_iter();
        facts.map(|fact| view! { <li class="kern-body">{fact}</li> }).collect_view()
    };
    view! {
        <Page name="sent-delivery" title=Language::outgoing_title errors=sent.errors>
            <div class="level">
                <LevelSeal level/>
                <ul class="facts">{said}</ul>
            </div>
            {(!recipients.is_empty()).then(|| view! {
                <section class="part" aria-labelledby="recipients-title">
                    <h2 class="kern-heading-small" id="recipients-title">{words.text(Language::outgoing_recipients)}</h2>
                    <ul id="recipients" class="entries">
                        {recipients.into_iter().map(|recipient| view! { <One sent recipient theirs files/> }).collect_view()}
                    </ul>
                </section>
            })}
            {open_link.then(|| view! { <WithLink anyone files/> })}
            {(!ended).then(|| view! {
                <Extend delivery=sent.delivery errors=sent.errors on_done=extended/>
                <Button id="revoke-all" label=Language::outgoing_revoke_all as Text on_press=all/>
            })}
            <p><a class="kern-link" href="/sent">{words.text(Language::outgoing_back)}</a></p>
            <StatusLine status=sent.status/>
            <AskDialog question=sent.question/>
        </Page>
    }
}

/// One recipient: state, mail, what they did, and a way to take it back from them.
#[component]
fn One(sent: Sent, recipient: Recipient, theirs: StoredValue<Vec<OpeningInfo>>, files: u32) -> impl IntoView {
    let words = words();
    let Recipient { recipient: id, email, state, mail } = recipient;
    let is_over = matches!(state, RecipientState::Expired { .. } | RecipientState::Revoked { .. });
    let can_revoke = !is_over;
    let asked = email.clone();
    let revoke = move |()| {
        let yes = Callback::new(move |()| sent.take_back(Some(id)));
        let text = |language: Language, about: &str| language.outgoing_revoke_one(about);
        sent.ask(text, asked.clone(), yes);
    };
    let about = email.clone();
    // Once a day, which the server counts; what it never mailed it cannot remind of.
    let waits = matches!(
        state,
        RecipientState::NeedsAccount { .. } | RecipientState::NeedsKeys { .. } | RecipientState::Ready { .. }
    );
    let needs_release = matches!(state, RecipientState::NeedsRelease { .. });
    let can_remind =
        waits && matches!(mail, MailState::Gone(at) if browser::now().saturating_sub(at) >= 24 * 3600);
    let reminded = email.clone();
    let remind = move |()| sent.remind(id, reminded.clone());
    // What went well is told more quietly than what somebody has to do something about.
    let has_gone = matches!(mail, MailState::Gone(_));
    let mailed = move || {
        let language = words.get();
        let told = language.mail_state(mail, &|seconds| browser::date(language, seconds, true));
        told.filter(|_| has_gone).map(|told| view! { <li>{told.words}</li> })
    };
    let badges = move || {
        let language = words.get();
        let date = |seconds| browser::date(language, seconds, true);
        let mail = language.mail_state(mail, &date).filter(|_| !has_gone);
        let badges = [Some(language.sent_state(state, &date)), mail];
        badges.into_iter().flatten().map(|told| view! { <Badge told/> }).collect_view()
    };
    let lines = move || {
        let language = words.get();
        theirs.with_value(|all| {
            all.iter()
                .filter(|opening| opening.recipient == Some(id))
                .map(|opening| {
                    let date = browser::date(language, opening.opened, true);
                    view! { <li>{language.outgoing_opening_own(&date)}" "{collected(language, opening, files)}</li> }
                })
                .collect_view()
        })
    };
    view! {
        <li class="entry">
            <div class="entry__text">
                <p class="kern-body entry__title">{email}</p>
                <div class="badges">{badges}</div>
                <ul class="kern-body kern-body--small kern-body--muted facts">{mailed} {lines}</ul>
            </div>
            <div class="entry__actions">
                {needs_release.then(|| view! {
                    <a class="kern-btn kern-btn--secondary to-release" href="/release">
                        <span class="kern-label">{words.text(Language::release_go)}</span>
                    </a>
                })}
                {can_remind.then(|| view! {
                    <Button label=Language::outgoing_remind as Text look=Look::Tertiary class="remind" about=about.clone() on_press=remind/>
                })}
                {can_revoke.then(|| view! {
                    <Button label=Language::outgoing_revoke as Text look=Look::Tertiary class="revoke" about=about on_press=revoke/>
                })}
            </div>
        </li>
    }
}

/// Who opened it with the link that anyone can have.
#[component]
fn WithLink(anyone: Vec<OpeningInfo>, files: u32) -> impl IntoView {
    let words = words();
    let none = anyone.is_empty();
    let lines = move || {
        let language = words.get();
        anyone
            .iter()
            .map(|opening| {
                let told =
                    language.outgoing_opening(&browser::date(language, opening.opened, true), &opening.email);
                view! { <li class="kern-body">{told}" "{collected(language, opening, files)}</li> }
            })
            .collect_view()
    };
    let about: Text = if none { Language::outgoing_no_openings } else { Language::outgoing_typed };
    view! {
        <section class="part" aria-labelledby="openings-title">
            <h2 class="kern-heading-small" id="openings-title">{words.text(Language::outgoing_openings)}</h2>
            <ul id="openings" class="kern-list kern-list--bullet">{lines}</ul>
            <p class="kern-body kern-body--small kern-body--muted">{words.text(about)}</p>
        </section>
    }
}

/// How much of the files somebody has.
fn collected(language: Language, opening: &OpeningInfo, files: u32) -> Option<String> {
    let last = opening.collected.iter().map(|file| file.at).max()?;
    let date = browser::date(language, last, true);
    let some = opening.collected.len();
    Some(match u32::try_from(some) {
        Ok(some) if some >= files => language.outgoing_collected_all(&date),
        _ => language.outgoing_collected(&files.to_string(), &date, &some.to_string()),
    })
}
