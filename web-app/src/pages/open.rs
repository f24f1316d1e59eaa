//! `/d/<id>#<secret>` and `/r/<id>#<secret>`: what someone sees who was sent a link, up to the click that opens it.
//!
//! Nothing here changes anything at the server before that click: mail scanners open links, too.

use std::sync::Arc;

use blob_api::{DeliveryId, Level, LinkState, PersonalLink, ProblemKind, Token, UnixSeconds};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::arrival::PastedLink;
use web_model::input;
use web_model::protocol::{Answer, Failure, Job, Secret};
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::Arrival;
use crate::crypto::{Door, Kept, door};
use crate::i18n::{Text, words};
use crate::pages::delivery::{Access, Contents, Delivery};
use crate::pages::{Loading, notice};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::field::{PasswordField, TextField};
use crate::widgets::icon::Icon;
use crate::widgets::level::LevelSeal;
use crate::widgets::page::Page;
use crate::widgets::paste_link::PasteLink;
use crate::{api, browser};

/// How far the visitor is.
#[derive(Clone)]
pub(crate) enum Stage {
    Reading,
    /// The fragment is missing.
    Incomplete,
    /// The link is not one of ours, or is newer than this page.
    Broken(Trouble),
    NotFound,
    Expired,
    Damaged,
    Failed(Trouble),
    Invited(Invitation),
    Opened(Contents),
}

/// A link that the server knows.
#[derive(Clone)]
pub(crate) struct Invitation {
    /// Names the link in the worker.
    link: Arc<Kept>,
    pub(crate) delivery: DeliveryId,
    gate: Token,
    pub(crate) state: LinkState,
}

/// What only the half of the web app can do that knows accounts.
#[derive(Clone, Copy)]
pub(crate) struct Accounts {
    /// The page of an invitation that needs an account.
    pub(crate) invited: fn(Invitation, RwSignal<Stage>) -> AnyView,
    /// The page of a link without a secret, which may be complete: from level 3 on the keys come from a grant.
    pub(crate) bare: fn(String, Callback<PastedLink>) -> AnyView,
    /// The page of an opened delivery.
    pub(crate) opened: fn(Contents) -> AnyView,
}

#[component]
pub(crate) fn Open(
    /// Last segment of the path.
    id: String,
    /// First segment of the path.
    #[prop(default = "d")]
    page: &'static str,
    /// Absent in the half without accounts: it leaves for the other one where an account is needed.
    #[prop(optional)]
    accounts: Option<Accounts>,
) -> impl IntoView {
    let door = door();
    let arrival = expect_context::<StoredValue<Arrival>>();
    let was_sent = arrival.with_value(|arrival| arrival.secret_was_sent);
    let fragment = arrival.try_update_value(|arrival| arrival.fragment.take()).flatten();

    let link = StoredValue::new(fragment.map(|fragment| PastedLink { delivery: id.clone(), fragment }));
    let stage = RwSignal::new(Stage::Reading);
    let go = move || match link.get_value() {
        None => stage.set(Stage::Incomplete),
        Some(found) => {
            stage.set(Stage::Reading);
            spawn_local(async move {
                let PastedLink { delivery, fragment } = found.clone();
                let next = read(door, found).await;
                if let Stage::Invited(invitation) = &next {
                    if invitation.state.level.needs_account() && accounts.is_none() {
                        return browser::leave_to(&format!("/r/{delivery}#{fragment}"));
                    }
                    // The worker has the secret now; the page needs it no more.
                    link.set_value(None);
                }
                stage.set(next);
            });
        }
    };
    go();
    let pasted = Callback::new(move |found: PastedLink| {
        browser::show_path(&format!("/{page}/{}", found.delivery));
        link.set_value(Some(found));
        go();
    });
    move || match stage.get() {
        Stage::Reading => view! { <Loading/> }.into_any(),
        Stage::Incomplete => match accounts {
            Some(accounts) => (accounts.bare)(id.clone(), pasted),
            None => view! { <Incomplete delivery=id.clone() on_link=pasted/> }.into_any(),
        },
        Stage::Broken(trouble) => view! { <Broken delivery=id.clone() trouble on_link=pasted/> }.into_any(),
        Stage::NotFound => view! { <NotFound delivery=id.clone() on_link=pasted/> }.into_any(),
        Stage::Expired => view! { <notice::Expired/> }.into_any(),
        Stage::Damaged => view! { <notice::Damaged/> }.into_any(),
        Stage::Failed(trouble) => view! { <notice::Failed trouble retry=go/> }.into_any(),
        Stage::Invited(invitation) => match accounts {
            Some(accounts) if invitation.state.level.needs_account() => (accounts.invited)(invitation, stage),
            _ => view! { <Invited invitation was_sent stage/> }.into_any(),
        },
        Stage::Opened(contents) => match accounts {
            Some(accounts) => (accounts.opened)(contents),
            None => view! { <Delivery contents actions=None/> }.into_any(),
        },
    }
}

/// What the link leads to.
async fn read(door: Door, link: PastedLink) -> Stage {
    let job = Job::ReadLink { delivery: link.delivery, fragment: Secret(link.fragment) };
    let (kept, delivery, gate) = match door.keep(job).await {
        Ok((kept, Answer::LinkRead { delivery, gate })) => (Arc::new(kept), delivery, gate),
        Ok(_) => return Stage::Failed(Trouble::Internal),
        Err(failure @ (Failure::BrokenLink | Failure::UnknownFormat)) => {
            return Stage::Broken(Trouble::of_worker(failure, &[]));
        }
        Err(failure) => return Stage::Failed(Trouble::of_worker(failure, &[])),
    };
    let state = match api::state(&delivery, &gate).await {
        Ok(state) => state,
        Err(trouble) => return gone(trouble),
    };
    if let Some(PersonalLink { recipient, sealed, .. }) = state.personal.clone() {
        let job = Job::Unwrap { link: kept.id(), level: state.level, recipient, sealed };
        if let Err(failure) = door.ask(job).await {
            return gone(Trouble::of_worker(failure, &[]));
        }
    }
    Stage::Invited(Invitation { link: kept, delivery, gate, state })
}

/// The page for a delivery that cannot be opened, whatever is typed.
fn gone(trouble: Trouble) -> Stage {
    match trouble {
        Trouble::Server(ProblemKind::NotFound, _) => Stage::NotFound,
        Trouble::Server(ProblemKind::Expired, _) => Stage::Expired,
        Trouble::DamagedCover => Stage::Damaged,
        // Whoever opens a delivery has no session that could end.
        Trouble::LoggedOut => Stage::Failed(Trouble::OpeningEnded),
        other => Stage::Failed(other),
    }
}

/// The click: proves knowledge of link and password to the server, fetches the cover and opens it.
pub(crate) async fn open(
    door: Door,
    invitation: &Invitation,
    email: Option<String>,
    password: Secret,
) -> Result<Contents, Trouble> {
    let Invitation { link, delivery, gate, state: LinkState { sender, level, expires, .. } } = invitation;
    let by = ByLink {
        link: Arc::clone(link),
        delivery: *delivery,
        gate: Some(gate.clone()),
        level: *level,
        sender: sender.clone(),
        expires: *expires,
    };
    by.open(door, email, password).await
}

/// A link in the worker, and what is known of its delivery.
pub(crate) struct ByLink {
    pub(crate) link: Arc<Kept>,
    pub(crate) delivery: DeliveryId,
    /// Where no account is enough.
    pub(crate) gate: Option<Token>,
    pub(crate) level: Level,
    pub(crate) sender: String,
    pub(crate) expires: UnixSeconds,
}

impl ByLink {
    /// Proves knowledge of link and password to the server, fetches the cover and opens it.
    pub(crate) async fn open(
        self,
        door: Door,
        email: Option<String>,
        password: Secret,
    ) -> Result<Contents, Trouble> {
        let worker = |failure| Trouble::of_worker(failure, &[]);
        let Self { link, delivery, gate, level, sender, expires } = self;
        let prove = Job::Prove { link: link.id(), password };
        let Answer::Proof { auth } = door.ask(prove).await.map_err(worker)? else {
            return Err(Trouble::Internal);
        };
        let access = Access { delivery, gate, email, auth };
        let opening = access.open().await?;
        let ask = Job::OpenCover { link: link.id(), level, opening: opening.clone() };
        let Answer::Cover(cover) = door.ask(ask).await.map_err(worker)? else {
            return Err(Trouble::Internal);
        };
        Ok(Contents { link, access, opening, cover, sender, expires, submission: None })
    }
}

/// Shows what came of the click: the delivery, why there is none, or what to do before the next try. `locked` says whether
/// there is a field for its password.
pub(crate) fn show(result: Result<Contents, Trouble>, locked: bool, stage: RwSignal<Stage>, errors: Errors) {
    match result {
        Ok(contents) => stage.set(Stage::Opened(contents)),
        Err(trouble @ Trouble::Server(ProblemKind::WrongPassword, _)) if locked => {
            errors.at("open-password", trouble)
        }
        Err(trouble) => match gone(trouble) {
            Stage::Failed(trouble) => errors.show(trouble),
            other => stage.set(other),
        },
    }
}

#[component]
fn Invited(invitation: Invitation, was_sent: bool, stage: RwSignal<Stage>) -> impl IntoView {
    let words = words();
    let door = door();
    let errors = Errors::new();
    let email = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let LinkState { sender, level, password: locked, expires, .. } = invitation.state.clone();
    let from = move || words.get().open_from(&sender);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = email.get_untracked();
        let Some(address) = input::email(&typed).map(str::to_owned) else {
            return errors.at("recipient-email", Trouble::Email);
        };
        let secret = Secret(password.get_untracked());
        if locked && secret.0.is_empty() {
            return errors.at("open-password", Trouble::Missing);
        }
        errors.clear();
        busy.set(true);
        let invitation = invitation.clone();
        spawn_local(async move {
            let result = open(door, &invitation, Some(address), secret).await;
            busy.set(false);
            show(result, locked, stage, errors);
        });
    };
    let protects: Text = if locked { Language::open_protects_password } else { Language::open_protects };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::open_working } else { Language::open_submit }
    });
    view! {
        <Page name="open" title=Language::open_title tab=Language::open_tab as Text errors>
            {was_sent.then(|| view! { <SecretWasSent/> })}
            <div class="level">
                <LevelSeal level/>
                <div>
                    <p id="sender-shown" class="kern-body kern-body--bold" dir="auto">{from}</p>
                    <p class="kern-body">{words.text(protects)}</p>
                </div>
            </div>
            <form class="form form--narrow" novalidate=true on:submit=submit>
                <TextField id="recipient-email" kind="email" label=Language::open_email hint=Language::open_email_hint as Text
                    autocomplete="email" value=email errors/>
                {locked.then(|| view! {
                    <PasswordField id="open-password" label=Language::open_password hint=Language::open_password_hint as Text
                        autocomplete="off" value=password errors/>
                })}
                <Button id="open" label=label look=Look::Primary busy=busy/>
            </form>
            <p class="kern-body kern-body--small kern-body--muted">
                {move || words.get().open_expires(&browser::date(words.get(), expires, true))}
            </p>
        </Page>
    }
}

/// The `#` of the link had become `%23`, so the secret was in a request. Nothing hides that.
#[component]
fn SecretWasSent() -> impl IntoView {
    let words = words();
    view! {
        <div id="secret-was-sent" class="kern-alert kern-alert--warning notice">
            <div class="kern-alert__header">
                <Icon name="warning"/>
                <span class="kern-title">{words.text(Language::open_secret_was_sent_title)}</span>
            </div>
            <div class="kern-alert__body"><p class="kern-body">{words.text(Language::open_secret_was_sent)}</p></div>
        </div>
    }
}

/// A page that says what is wrong with the link, and takes the right one.
#[component]
fn WrongLink(
    name: &'static str,
    title: Text,
    text: Text,
    todo: Text,
    #[prop(optional)] errors: Option<Errors>,
    delivery: String,
    on_link: Callback<PastedLink>,
) -> impl IntoView {
    let errors = errors.unwrap_or_else(Errors::new);
    view! {
        <notice::Notice name title text todo errors>
            <PasteLink delivery errors on_link/>
        </notice::Notice>
    }
}

/// Nothing is known under this link. Whoever came with one need not have an account here: what helps them is the link from their message.
#[component]
fn NotFound(delivery: String, on_link: Callback<PastedLink>) -> impl IntoView {
    view! {
        <WrongLink
            name="not-found"
            title=Language::not_found_title
            text=Language::not_found_text
            todo=Language::not_found_todo
            delivery
            on_link
        />
    }
}

#[component]
pub(crate) fn Incomplete(delivery: String, on_link: Callback<PastedLink>) -> impl IntoView {
    view! {
        <WrongLink
            name="incomplete-link"
            title=Language::incomplete_title
            text=Language::incomplete_text
            todo=Language::incomplete_todo
            delivery
            on_link
        />
    }
}

#[component]
fn Broken(delivery: String, trouble: Trouble, on_link: Callback<PastedLink>) -> impl IntoView {
    let errors = Errors::new();
    // The page itself says that a link is broken; a link from a newer version needs its own sentence.
    if trouble == Trouble::UnknownFormat {
        errors.show(trouble);
    }
    view! {
        <WrongLink
            name="broken-link"
            title=Language::broken_title
            text=Language::broken_text
            todo=Language::broken_todo
            errors
            delivery
            on_link
        />
    }
}
