//! A delivery of level 3 or 4, as its recipient sees it: what is still missing, and then the delivery. The mail's link and the
//! inbox both lead here: the keys come from a grant, so that no link is needed.

mod code;
mod delete;
mod link;
mod opening;
mod sender;
mod submitter;

use std::time::Duration;

use blob_api::{ProblemKind, Received, RecipientState};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::secupass::KeysFault;
use web_model::text::Language;
use web_model::trouble::{Tells, Trouble};

use crate::api;
use crate::crypto::{Door, door};
use crate::i18n::{Text, words};
use crate::keys::{Keys, keys};
use crate::pages::answer::{Seen, ToAnswer, Verified};
use crate::pages::boxes::inbox::facts;
use crate::pages::delivery::Delivery;
use crate::pages::{Loading, notice};
use crate::session::{Account, account};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::level::LevelSeal;
use crate::widgets::page::Page;
use code::CodeForm;
use delete::DeleteSubmission;
pub(crate) use delete::Deletion;
pub(crate) use link::{ByKeptLink, KeepLink};
use opening::Opened;
use sender::{OtherKey, SenderTrust};
pub(crate) use submitter::of_submission;

/// Between two looks whether it was released.
const LOOK: Duration = Duration::from_secs(30);

/// How far the visitor is.
#[derive(Clone)]
enum Stage {
    Closed,
    Opened(Box<Opened>),
    NotFound,
    Expired,
    Damaged,
}

/// What is missing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The account has no SecuPass yet.
    NeedsKeys,
    /// The sender grants it, or their invitation code is typed.
    NeedsRelease { offered: bool },
    /// Only the click.
    Ready,
    /// Nothing helps: the keys of the box are gone that it was submitted to.
    Lost,
}

/// Where this is asked for.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// Behind the link in the mail.
    Link,
    Inbox,
}

/// All that opening takes. Copies speak of the same delivery.
#[derive(Clone, Copy)]
struct Open {
    door: Door,
    keys: Keys,
    account: Account,
    received: RwSignal<Received>,
    /// `None` until the server was asked.
    step: RwSignal<Option<Step>>,
    stage: RwSignal<Stage>,
    errors: Errors,
    busy: RwSignal<bool>,
    /// The sender has another key than the one known before.
    changed: RwSignal<bool>,
}

#[component]
pub(crate) fn Granted(received: Received, place: Place) -> impl IntoView {
    let stage = if has_ended(&received) { Stage::Expired } else { Stage::Closed };
    let open = Open {
        door: door(),
        keys: keys(),
        account: account(),
        received: RwSignal::new(received),
        step: RwSignal::new(None),
        stage: RwSignal::new(stage),
        errors: Errors::new(),
        busy: RwSignal::new(false),
        changed: RwSignal::new(false),
    };
    move || match open.stage.get() {
        Stage::Closed => view! { <Closed open place/> }.into_any(),
        Stage::NotFound => view! { <notice::NotFound/> }.into_any(),
        Stage::Expired => view! { <notice::Expired/> }.into_any(),
        Stage::Damaged => view! { <notice::Damaged/> }.into_any(),
        Stage::Opened(opened) => {
            let Opened { mut contents, look, deputy, submitter } = *opened;
            let (level, sender) = (contents.cover.level, look.email.clone());
            Verified::note(contents.access.delivery, Seen { level, sender, submitter });
            let delivery = contents.access.delivery;
            let (about, delete) = of_submission(&mut contents).unzip();
            let about = about.or_else(|| Some(view! { <SenderTrust look deputy/> }.into_any()));
            let actions = Some(view! { <ToAnswer delivery/> {delete} }.into_any());
            view! { <Delivery contents about actions/> }.into_any()
        }
    }
}

/// Is its content gone, by its end or by its sender?
pub(crate) fn has_ended(received: &Received) -> bool {
    matches!(received.state, RecipientState::Expired { .. } | RecipientState::Revoked { .. })
}

impl Open {
    /// Asks the server how far it is.
    async fn look(self) -> Result<(), Trouble> {
        let received = api::received(&self.received.with_untracked(|received| received.delivery)).await?;
        let (id, state) = (received.delivery, received.state);
        let step = match state {
            RecipientState::NeedsAccount { .. } | RecipientState::NeedsKeys { .. } => Step::NeedsKeys,
            RecipientState::Expired { .. } | RecipientState::Revoked { .. } => {
                return Err(Trouble::Server(ProblemKind::Expired, None));
            }
            // A code opens it before it was granted, and then once more each time.
            _ => match api::grant(&id).await? {
                grant if grant.grant.is_some() => Step::Ready,
                // Nobody can grant a submission anew.
                _ if received.submission.is_some() => Step::Lost,
                grant => Step::NeedsRelease { offered: grant.offer.is_some() },
            },
        };
        self.received.set(received);
        if self.step.get_untracked() != Some(step) {
            self.step.set(Some(step));
        }
        Ok(())
    }

    /// The same, with what is wrong on the page.
    async fn look_again(self) {
        if let Err(trouble) = self.look().await {
            self.failed(trouble);
        }
    }

    /// By a grant.
    fn open(self) {
        let Self { door, keys, received, .. } = self;
        self.run(async move || opening::by_grant(door, keys, &received.get_untracked()).await);
    }

    /// Does what opens it, unless something is being done already.
    fn run(self, steps: impl AsyncFnOnce() -> Result<Opened, Trouble> + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.errors.clear();
        self.changed.set(false);
        self.busy.set(true);
        spawn_local(async move {
            let opened = steps().await;
            self.busy.set(false);
            match opened {
                Ok(opened) => self.stage.set(Stage::Opened(Box::new(opened))),
                // It is not as far as this page thought.
                Err(Trouble::Server(ProblemKind::Conflict, _)) => self.look_again().await,
                Err(trouble) => self.failed(trouble),
            }
        });
    }

    fn failed(self, trouble: Trouble) {
        match trouble {
            Trouble::Cancelled => {}
            Trouble::LoggedOut => {
                self.errors.show(Trouble::LoggedOut);
                self.account.ended();
            }
            Trouble::Server(ProblemKind::NotFound, _) => self.stage.set(Stage::NotFound),
            Trouble::Server(ProblemKind::Expired, _) => self.stage.set(Stage::Expired),
            Trouble::DamagedCover => self.stage.set(Stage::Damaged),
            trouble if trouble.kind() == KeysFault::KeyChanged.kind() => self.changed.set(true),
            trouble if trouble.kind() == KeysFault::KeyDamaged.kind() => {
                self.errors.show(Trouble::told("key-damaged", Language::granted_sender_damaged));
            }
            trouble if trouble.kind() == KeysFault::BoxKeysGone.kind() => self.step.set(Some(Step::Lost)),
            trouble if code::is_at_fault(&trouble) => self.errors.at(code::FIELD, trouble),
            trouble => self.errors.show(trouble),
        }
    }
}

/// What it is, and what is missing.
#[component]
fn Closed(open: Open, place: Place) -> impl IntoView {
    let words = words();
    let Received { level, sender, .. } = open.received.get_untracked();
    let (name, title): (_, Text) = match place {
        Place::Link => ("open", Language::open_title),
        Place::Inbox => ("inbox-delivery", Language::box_received_title),
    };
    spawn_local(open.look_again());
    if let Ok(timer) = set_interval_with_handle(move || look_if_waiting(open), LOOK) {
        on_cleanup(move || timer.clear());
    }
    let said = move || {
        let facts = open.received.with(|received| facts(words.get(), received)).into_iter();
        facts.map(|fact| view! { <li class="kern-body" dir="auto">{fact}</li> }).collect_view()
    };
    let step = move || match open.step.get() {
        None => view! { <Loading/> }.into_any(),
        Some(step) => view! { <ToDo open step/> }.into_any(),
    };
    let other_key = move || open.changed.get().then(|| view! { <OtherKey open/> });
    view! {
        <Page name title tab=Language::open_tab as Text errors=open.errors>
            <div class="level">
                <LevelSeal level/>
                <div>
                    <p id="sender-shown" class="kern-body kern-body--bold" dir="auto">
                        {move || words.get().open_from(&sender)}
                    </p>
                    <ul class="facts">{said}</ul>
                </div>
            </div>
            {other_key}
            {step}
            {matches!(place, Place::Inbox).then(|| view! {
                <p><a class="kern-link" href="/inbox">{words.text(Language::box_back)}</a></p>
            })}
        </Page>
    }
}

/// Looks whether it was released, while somebody looks at this page. What fails now may work half a minute later.
fn look_if_waiting(open: Open) {
    let waits = matches!(open.step.get_untracked(), Some(Step::NeedsRelease { .. }));
    if waits && !open.busy.get_untracked() && !document().hidden() {
        spawn_local(async move {
            match open.look().await {
                Ok(()) | Err(Trouble::Network) => {}
                Err(trouble) => open.failed(trouble),
            }
        });
    }
}

/// The one next step.
#[component]
fn ToDo(open: Open, step: Step) -> impl IntoView {
    let name = match step {
        Step::NeedsKeys => "needs-keys",
        Step::NeedsRelease { .. } => "needs-release",
        Step::Ready => "ready",
        Step::Lost => "lost",
    };
    let content = match step {
        Step::NeedsKeys => view! { <NeedsKeys open/> }.into_any(),
        Step::NeedsRelease { offered } => view! { <NeedsRelease open offered/> }.into_any(),
        Step::Ready => view! { <Ready open/> }.into_any(),
        Step::Lost => view! { <Lost open/> }.into_any(),
    };
    view! { <div class="part" id="granted-state" data-state=name>{content}</div> }
}

#[component]
fn NeedsKeys(open: Open) -> impl IntoView {
    let words = words();
    let sender = open.received.with_untracked(|received| received.sender.clone());
    let after = {
        let sender = sender.clone();
        move || words.get().granted_keys_after(&sender)
    };
    let choose = move |()| {
        spawn_local(async move {
            if open.keys.need().await.is_some() {
                open.look_again().await;
            }
        });
    };
    view! {
        <p class="kern-body lead" dir="auto">{move || words.get().granted_keys(&sender)}</p>
        <p class="kern-body" dir="auto">{after}</p>
        <div class="actions">
            <Button id="choose-secupass" label=Language::keys_begin as Text look=Look::Primary on_press=choose/>
        </div>
    }
}

#[component]
fn NeedsRelease(open: Open, offered: bool) -> impl IntoView {
    let words = words();
    let Received { sender, sender_email, .. } = open.received.get_untracked();
    let looking = RwSignal::new(false);
    let look = move |()| {
        looking.set(true);
        spawn_local(async move {
            open.look_again().await;
            looking.set(false);
        });
    };
    let label = Signal::derive(move || -> Text {
        if looking.get() { Language::granted_looking } else { Language::granted_look }
    });
    let (other, from) = (sender.clone(), sender_email);
    let waiting = move || {
        let language = words.get();
        if offered { language.granted_no_code(&other) } else { language.granted_release_wait(&from, &other) }
    };
    let lead = move || {
        let language = words.get();
        if offered { language.granted_code(&sender) } else { language.granted_release(&sender) }
    };
    view! {
        <p class="kern-body lead" dir="auto">{lead}</p>
        {offered.then(|| view! { <CodeForm open/> })}
        <p class="kern-body" dir="auto">{waiting}</p>
        <div class="actions">
            <Button id="look-again" label=label busy=looking on_press=look/>
        </div>
    }
}

#[component]
fn Ready(open: Open) -> impl IntoView {
    let words = words();
    let label = Signal::derive(move || -> Text {
        if open.busy.get() { Language::open_working } else { Language::open_submit }
    });
    view! {
        <p class="kern-body lead">{words.text(Language::granted_ready)}</p>
        <div class="actions">
            <Button id="open" label=label look=Look::Primary busy=open.busy on_press=move |()| open.open()/>
        </div>
    }
}

/// It stays closed; says what can be done instead.
#[component]
fn Lost(open: Open) -> impl IntoView {
    let words = words();
    let Received { delivery, sender_email, .. } = open.received.get_untracked();
    view! {
        <p class="kern-body lead">{words.text(Language::submission_lost)}</p>
        <p class="kern-body">{words.text(Language::submission_lost_why)}</p>
        <p class="kern-body" dir="auto">{move || words.get().submission_lost_todo(&sender_email)}</p>
        <DeleteSubmission delivery/>
    }
}
