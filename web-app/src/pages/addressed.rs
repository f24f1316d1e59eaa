//! `/r/<id>#<secret>`: a delivery that needs an account with the address it was sent to. From level 3 on the secret may be
//! missing: at level 4 links have none.

use std::sync::Arc;

use blob_api::{DeliveryId, LinkState, ProblemKind, Received};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;
use web_model::arrival::PastedLink;
use web_model::protocol::Secret;
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::crypto::{Door, door};
use crate::i18n::{Text, words};
use crate::pages::answer::ToAnswer;
use crate::pages::delivery::{Contents, Delivery};
use crate::pages::granted::{Granted, KeepLink, Place, of_submission};
use crate::pages::open::{Accounts, Incomplete, Invitation, Open, Stage, open, show};
use crate::pages::{Loading, notice};
use crate::session::account;
use crate::widgets::account::gate::{AccountGate, Way};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::field::PasswordField;
use crate::widgets::icon::Icon;
use crate::widgets::level::LevelSeal;
use crate::widgets::page::Page;
use crate::widgets::paste_link::PasteLink;
use crate::{api, browser};

#[component]
pub(crate) fn Addressed() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("delivery")).unwrap_or_default();
    let accounts = Accounts {
        invited: |invitation, stage| view! { <Invited invitation stage/> }.into_any(),
        bare: |id, on_link| view! { <Bare id on_link/> }.into_any(),
        opened: |mut contents| {
            let (delivery, link, level) =
                (contents.access.delivery, Arc::clone(&contents.link), contents.cover.level);
            let (about, delete) = of_submission(&mut contents).unzip();
            let actions = Some(view! { <ToAnswer delivery/> <KeepLink link level/> {delete} }.into_any());
            view! { <Delivery contents about actions/> }.into_any()
        },
    };
    view! { <Open id page="r" accounts/> }
}

/// Who is there: nobody yet, or someone whose account may or may not be the right one.
#[component]
fn Invited(invitation: Invitation, stage: RwSignal<Stage>) -> impl IntoView {
    let account = account();
    let asked = RwSignal::new(false);
    // Who it is matters only when the delivery is opened; the server is asked again then.
    spawn_local(async move {
        let _ = account.ask().await;
        asked.set(true);
    });
    let wrong_account = RwSignal::new(false);
    let (level, delivery) = (invitation.state.level, invitation.delivery);
    let invitation = StoredValue::new(invitation);
    let by_keys =
        Memo::new(move |_| level.needs_keys() && asked.get() && account.is_known() && !wrong_account.get());
    move || {
        if by_keys.get() {
            let missing = move || {
                wrong_account.set(true);
                view! { <Loading/> }.into_any()
            };
            view! { <Mine delivery missing/> }.into_any()
        } else {
            view! { <AtTheDoor invitation stage asked wrong_account/> }.into_any()
        }
    }
}

#[component]
fn AtTheDoor(
    invitation: StoredValue<Invitation>,
    stage: RwSignal<Stage>,
    asked: RwSignal<bool>,
    wrong_account: RwSignal<bool>,
) -> impl IntoView {
    let words = words();
    let account = account();
    let errors = Errors::new();
    let LinkState { sender, level, expires, personal, .. } = invitation.get_value().state;
    let (hint, others) = personal.map(|personal| (personal.hint, personal.others)).unwrap_or_default();
    let from = move || words.get().open_from(&sender);
    let sent_to = {
        let hint = hint.clone();
        move || words.get().addressed_to(&hint)
    };
    let others = move || (!others.is_empty()).then(|| words.get().addressed_others(&others.join(", ")));
    view! {
        <Page name="open" title=Language::open_title tab=Language::open_tab as Text errors>
            <div class="level">
                <LevelSeal level/>
                <div>
                    <p id="sender-shown" class="kern-body kern-body--bold" dir="auto">{from}</p>
                    <p class="kern-body" id="sent-to" dir="auto">{sent_to}</p>
                    <p class="kern-body kern-body--small kern-body--muted">{others}</p>
                </div>
            </div>
            {move || match (asked.get(), account.is_known(), wrong_account.get()) {
                (false, ..) => view! { <Loading/> }.into_any(),
                (true, false, _) => view! { <Gate errors/> }.into_any(),
                (true, true, true) => view! { <WrongAccount hint=hint.clone() wrong_account/> }.into_any(),
                (true, true, false) => view! { <OpenForm invitation stage errors wrong_account/> }.into_any(),
            }}
            <p class="kern-body kern-body--small kern-body--muted">
                {move || words.get().open_expires(&browser::date(words.get(), expires, true))}
            </p>
        </Page>
    }
}

/// A link without a secret. Whether it leads to something is told only to whom that was sent.
#[component]
fn Bare(id: String, on_link: Callback<PastedLink>) -> impl IntoView {
    let account = account();
    let asked = RwSignal::new(None::<Result<bool, Trouble>>);
    let ask = move || {
        asked.set(None);
        spawn_local(async move { asked.set(Some(account.ask().await)) });
    };
    ask();
    let shown = Memo::new(move |_| asked.get().map(|asked| asked.map(|_| account.is_known())));
    move || {
        let id = id.clone();
        match (shown.get(), id.parse().ok()) {
            (None, _) => view! { <Loading/> }.into_any(),
            (Some(Err(trouble)), _) => view! { <notice::Failed trouble retry=ask/> }.into_any(),
            (_, None) => view! { <Incomplete delivery=id on_link/> }.into_any(),
            (Some(Ok(false)), _) => view! { <LogInFirst/> }.into_any(),
            (Some(Ok(true)), Some(delivery)) => {
                let other = id.clone();
                let below = move || view! { <Incomplete delivery=id.clone() on_link/> }.into_any();
                let missing = move || view! { <NothingForThisAccount id=other.clone() on_link/> }.into_any();
                view! { <Mine delivery below=ViewFn::from(below) missing/> }.into_any()
            }
        }
    }
}

/// A delivery of level 3 or 4 that was sent to the account; `below` for one of another level, `missing` for all others.
#[component]
fn Mine(
    delivery: DeliveryId,
    #[prop(optional, into)] below: Option<ViewFn>,
    #[prop(into)] missing: ViewFn,
) -> impl IntoView {
    let account = account();
    let answer = RwSignal::new(None::<Result<Received, Trouble>>);
    let ask = move || {
        answer.set(None);
        spawn_local(async move {
            let received = api::received(&delivery).await;
            if received == Err(Trouble::LoggedOut) {
                return account.ended();
            }
            answer.set(Some(received));
        });
    };
    ask();
    move || match answer.get() {
        None => view! { <Loading/> }.into_any(),
        Some(Ok(received)) if received.level.needs_keys() => {
            view! { <Granted received place=Place::Link/> }.into_any()
        }
        Some(Ok(_)) => below.as_ref().unwrap_or(&missing).run(),
        Some(Err(Trouble::Server(ProblemKind::NotFound, _))) => missing.run(),
        Some(Err(trouble)) => view! { <notice::Failed trouble retry=ask/> }.into_any(),
    }
}

/// Says nothing about what the link leads to, nor whether it leads anywhere.
#[component]
fn LogInFirst() -> impl IntoView {
    let words = words();
    let errors = Errors::new();
    let way = RwSignal::new(Way::LogIn);
    let hint = Signal::derive(move || words.get().granted_log_in().to_owned());
    view! {
        <Page name="open" title=Language::open_title tab=Language::open_tab as Text errors>
            <AccountGate way on_way=move |other| way.set(other) hint errors on_done=move |()| errors.clear()/>
        </Page>
    }
}

/// Most likely another account is the right one; or the link lacks its secret as well, or what it led to is gone.
#[component]
fn NothingForThisAccount(id: String, on_link: Callback<PastedLink>) -> impl IntoView {
    let words = words();
    let email = account().email();
    let sentence = move || words.get().granted_other_account(&email);
    let errors = Errors::new();
    view! {
        <Page name="other-account" title=Language::granted_nothing_title errors>
            <p class="kern-body lead" id="other-account" dir="auto">{sentence}</p>
            <ChangeAccount on_done=|()| ()/>
            <p class="kern-body">{words.text(Language::granted_nothing_paste)}</p>
            <PasteLink delivery=id errors look=Look::Secondary on_link/>
        </Page>
    }
}

/// Logging in or registering on the way. The link stays in memory, so that nothing has to be found again.
#[component]
fn Gate(errors: Errors) -> impl IntoView {
    let words = words();
    let way = RwSignal::new(Way::LogIn);
    let hint = Signal::derive(move || words.get().addressed_log_in().to_owned());
    view! { <AccountGate way on_way=move |other| way.set(other) hint errors on_done=move |()| errors.clear()/> }
}

#[component]
fn OpenForm(
    invitation: StoredValue<Invitation>,
    stage: RwSignal<Stage>,
    errors: Errors,
    wrong_account: RwSignal<bool>,
) -> impl IntoView {
    let words = words();
    let (door, account) = (door(), account());
    let locked = invitation.with_value(|invitation| invitation.state.password);
    let password = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let secret = Secret(password.get_untracked());
        if locked && secret.0.is_empty() {
            return errors.at("open-password", Trouble::Missing);
        }
        errors.clear();
        busy.set(true);
        spawn_local(async move {
            let result = open_own(door, &invitation.get_value(), secret).await;
            busy.set(false);
            match result {
                Err(Trouble::LoggedOut) => {
                    account.ended();
                    errors.show(Trouble::LoggedOut);
                }
                Err(Trouble::Server(ProblemKind::WrongAccount, _)) => wrong_account.set(true),
                result => show(result, locked, stage, errors),
            }
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::open_working } else { Language::open_submit }
    });
    let logged_in_as = move || words.get().addressed_logged_in(&account.email());
    view! {
        <form class="form form--narrow" novalidate=true on:submit=submit>
            <p class="kern-body" id="logged-in-as" dir="auto">{logged_in_as}</p>
            {locked.then(|| view! {
                <PasswordField id="open-password" label=Language::open_password hint=Language::open_password_hint as Text
                    autocomplete="off" value=password errors/>
            })}
            <Button id="open" label=label look=Look::Primary busy=busy/>
        </form>
    }
}

/// Opens it, and asks whether it came through the account's box.
async fn open_own(door: Door, invitation: &Invitation, password: Secret) -> Result<Contents, Trouble> {
    let contents = open(door, invitation, None, password).await?;
    let submission = api::received(&invitation.delivery).await?.submission;
    Ok(Contents { submission, ..contents })
}

/// The refusal: it says whose delivery it is and whose account this is, and leads to the other one.
#[component]
fn WrongAccount(hint: String, wrong_account: RwSignal<bool>) -> impl IntoView {
    let words = words();
    let account = account();
    let email = account.email();
    let sentence = move || words.get().addressed_wrong(&email, &hint);
    view! {
        <div id="wrong-account" class="kern-alert kern-alert--warning notice" role="alert">
            <div class="kern-alert__header">
                <Icon name="warning"/>
                <span class="kern-title">{words.text(Language::addressed_wrong_title)}</span>
            </div>
            <div class="kern-alert__body"><p class="kern-body" dir="auto">{sentence}</p></div>
        </div>
        <ChangeAccount on_done=move |()| wrong_account.set(false)/>
    }
}

/// Logs out, so that the page asks who is there.
#[component]
fn ChangeAccount(#[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let account = account();
    let busy = RwSignal::new(false);
    let change = move |()| {
        busy.set(true);
        spawn_local(async move {
            // Also when the server cannot be reached: logging in will tell.
            let _ = api::logout().await;
            busy.set(false);
            on_done.run(());
            account.ended();
        });
    };
    view! {
        <Button id="change-account" label=Language::addressed_change as Text look=Look::Primary busy=busy on_press=change/>
    }
}
