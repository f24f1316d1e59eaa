//! Logging in, setting up, logging out: OPAQUE, whose client half runs in the worker.

use blob_api::{
    Language, LoginAnswer, LoginFinish, LoginStart, Opaque, Session, SetupFinish, SetupStart, Token,
};
use leptos::prelude::*;
use web_model::protocol::{Answer, Job, Secret};
use web_model::trouble::Trouble;

use crate::api;
use crate::crypto::{Door, Kept};

/// Who is logged in, as far as this page has asked.
#[derive(Clone, Copy)]
pub(crate) struct Account(RwSignal<Option<Session>>);

/// The current account.
pub(crate) fn account() -> Account {
    expect_context()
}

impl Account {
    /// Makes the account known to all pages; nobody is asked yet.
    pub(crate) fn provide() {
        provide_context(Self(RwSignal::new(None)));
    }

    /// Is someone logged in?
    pub(crate) fn is_known(self) -> bool {
        self.0.with(Option::is_some)
    }

    /// The login name; empty when nobody is logged in.
    pub(crate) fn email(self) -> String {
        self.0.with_untracked(|session| {
            session.as_ref().map(|session| session.email.clone()).unwrap_or_default()
        })
    }

    /// Asks the server once.
    pub(crate) async fn ask(self) -> Result<bool, Trouble> {
        if !self.0.with_untracked(Option::is_some) {
            self.0.set(api::session().await?);
        }
        Ok(self.0.with_untracked(Option::is_some))
    }

    /// The server said that the session is over.
    pub(crate) fn ended(self) {
        self.0.set(None);
    }

    /// Logs in. The password goes to the worker and nowhere else.
    pub(crate) async fn log_in(self, door: Door, email: &str, password: &Secret) -> Result<(), Trouble> {
        let (kept, request) = opaque(door, Job::LoginStart { password: password.clone() }).await?;
        let challenge = api::login_start(&LoginStart { email: email.to_owned(), request }).await?;
        let (start, email) = (kept.id(), email.to_owned());
        let finish = Job::LoginFinish { start, email, response: challenge.response };
        let (_, finalization) = opaque(door, finish).await?;
        match api::login_finish(&LoginFinish { login: challenge.login, finalization }).await? {
            LoginAnswer::Session(session) => self.0.set(Some(session)),
            LoginAnswer::SecondFactor(_) => return Err(Trouble::Internal),
        }
        Ok(())
    }

    /// Makes the first admin.
    pub(crate) async fn set_up(self, door: Door, new: &NewAdmin) -> Result<(), Trouble> {
        let (kept, request) = opaque(door, Job::RegisterStart { password: new.password.clone() }).await?;
        let ask = SetupStart { token: new.token.clone(), email: new.email.clone(), request };
        let answer = api::setup_start(&ask).await?;
        let (start, email) = (kept.id(), new.email.clone());
        let finish = Job::RegisterFinish { start, email, response: answer.response };
        let (_, upload) = opaque(door, finish).await?;
        let (token, email, name) = (new.token.clone(), new.email.clone(), new.name.clone());
        let language = Language::De;
        api::setup_finish(&SetupFinish { token, email, name, language, upload }).await
    }
}

/// What the first admin typed.
pub(crate) struct NewAdmin {
    pub(crate) token: Token,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) password: Secret,
}

/// One step of OPAQUE in the worker: what it keeps for the next step, and the message to send.
async fn opaque(door: Door, job: Job) -> Result<(Kept, Opaque), Trouble> {
    match door.keep(job).await {
        Ok((kept, Answer::Opaque(message))) => Ok((kept, message)),
        Ok(_) => Err(Trouble::Internal),
        Err(failure) => Err(Trouble::of_worker(failure, &[])),
    }
}
