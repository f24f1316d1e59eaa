//! Who is logged in, and how that changes: OPAQUE, whose client half runs in the worker. Passwords go to the worker and
//! nowhere else.

use blob_api::{
    ChangeAccount, CredentialFinish, CredentialStart, Factor, Hidden, LoginAnswer, LoginFinish, LoginStart,
    Opaque, PasswordFinish, PasswordStart, ProblemKind, Reach, RegistrationAnswer, Rights, Role,
    SecondFactor, SecondFactorNeeded, Session, SetupFinish, SetupStart, Token,
};
use leptos::prelude::*;
use web_model::protocol::{MemberAnswer, MemberJob, Secret};
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::crypto::{Door, Kept};
use crate::i18n::Words;
use crate::{api, browser};

/// Milliseconds between tries of what must not be begun anew.
const PAUSES: [u64; 2] = [500, 3_000];

/// Who is logged in, as far as this page has asked.
#[derive(Clone, Copy)]
pub(crate) struct Account {
    session: RwSignal<Option<Session>>,
    /// The address that was typed last: login, registration and reset share it.
    pub(crate) typed: RwSignal<String>,
    /// Where someone wanted to go who had to log in first.
    wanted: StoredValue<Option<String>>,
    /// Is there something in the inbox that is opened with a SecuPass?
    sealed: RwSignal<bool>,
}

/// What a right password leads to.
pub(crate) enum LoggedIn {
    /// Somebody is logged in.
    Done,
    /// One more proof is needed.
    SecondFactor(SecondFactorNeeded),
}

/// A mailbox, proven by the code that was mailed to it.
pub(crate) struct Mailbox {
    pub(crate) email: String,
    pub(crate) proof: Token,
    pub(crate) code: String,
}

/// What the first admin typed.
pub(crate) struct NewAdmin {
    pub(crate) token: Token,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) password: Secret,
    pub(crate) language: Language,
}

/// The current account.
pub(crate) fn account() -> Account {
    expect_context()
}

impl Account {
    /// Makes the account known to all pages; nobody is asked yet.
    pub(crate) fn provide() {
        provide_context(Self {
            session: RwSignal::new(None),
            typed: RwSignal::new(String::new()),
            wanted: StoredValue::new(None),
            sealed: RwSignal::new(false),
        });
    }

    /// Is someone logged in?
    pub(crate) fn is_known(self) -> bool {
        self.session.with(Option::is_some)
    }

    /// The login name; empty when nobody is logged in.
    pub(crate) fn email(self) -> String {
        self.session.with_untracked(|session| {
            session.as_ref().map(|session| session.email.clone()).unwrap_or_default()
        })
    }

    /// The language of who is logged in.
    pub(crate) fn language(self) -> Option<Language> {
        self.session.with(|session| session.as_ref().map(|session| session.language.into()))
    }

    /// What the policy allows; `None` when nobody is logged in.
    pub(crate) fn rights(self) -> Option<Rights> {
        self.session.with_untracked(|session| session.as_ref().map(|session| session.rights.clone()))
    }

    /// Looks at who is logged in; whoever asks is run again when that changes.
    pub(crate) fn seen<T>(self, look: impl FnOnce(Option<&Session>) -> T) -> T {
        self.session.with(|session| look(session.as_ref()))
    }

    /// Was a SecuPass chosen?
    pub(crate) fn has_keys(self) -> bool {
        self.seen(|session| session.is_some_and(|session| session.keys))
    }

    /// Is a SecuPass of use by now: for sending, or for what waits in the inbox?
    pub(crate) fn wants_keys(self) -> bool {
        self.may_send() || self.sealed.get()
    }

    /// Something waits in the inbox that only a SecuPass opens.
    pub(crate) fn got_sealed(self) {
        self.sealed.set(true);
    }

    /// A SecuPass was chosen.
    pub(crate) fn chose_secupass(self) {
        self.session.update(|session| {
            if let Some(session) = session {
                session.keys = true;
            }
        });
    }

    /// May deliveries be started?
    pub(crate) fn may_send(self) -> bool {
        self.session
            .with(|session| session.as_ref().is_some_and(|session| session.rights.reach != Reach::Nobody))
    }

    /// Somebody of the staff?
    pub(crate) fn is_staff(self) -> bool {
        let staff = |session: &Session| matches!(session.role, Role::Staff | Role::Admin);
        self.session.with(|session| session.as_ref().is_some_and(staff))
    }

    /// The page to begin with.
    pub(crate) fn home(self) -> &'static str {
        if untrack(|| self.may_send()) { "/new" } else { "/inbox" }
    }

    /// Someone wants to go there and has to log in first.
    pub(crate) fn want(self, path: String) {
        self.wanted.set_value(Some(path));
    }

    /// Where to go after logging in.
    pub(crate) fn next(self) -> String {
        self.wanted.try_update_value(Option::take).flatten().unwrap_or_else(|| self.home().to_owned())
    }

    /// Asks the server once.
    pub(crate) async fn ask(self) -> Result<bool, Trouble> {
        if !self.session.with_untracked(Option::is_some) {
            self.session.set(api::session().await?);
        }
        Ok(self.session.with_untracked(Option::is_some))
    }

    /// The server told who is logged in, or what changed about them.
    pub(crate) fn is(self, session: Session) {
        self.session.set(Some(session));
    }

    /// Lets the profile have the language of the pages, also when it changes meanwhile. Nobody is told when that fails: the
    /// pages speak it already, and the settings show what the profile has.
    pub(crate) async fn speak(self, words: Words) {
        loop {
            let language = words.now();
            let ask = ChangeAccount { language: Some(language.into()), ..ChangeAccount::default() };
            let Ok(session) = api::change_account(&ask).await else { return };
            self.is(session);
            if words.now() == language {
                return;
            }
        }
    }

    /// The server said that the session is over.
    pub(crate) fn ended(self) {
        self.sealed.set(false);
        self.session.set(None);
    }

    /// Logs in.
    pub(crate) async fn log_in(
        self,
        door: Door,
        email: &str,
        password: &Secret,
    ) -> Result<LoggedIn, Trouble> {
        match api::login_finish(&prove(door, email, password).await?).await? {
            LoginAnswer::Session(session) => {
                self.is(session);
                Ok(LoggedIn::Done)
            }
            LoginAnswer::SecondFactor(needed) => Ok(LoggedIn::SecondFactor(needed)),
        }
    }

    /// Shows the second factor of a login.
    pub(crate) async fn show(self, login: &Token, shown: Factor) -> Result<(), Trouble> {
        self.is(api::login_second(&SecondFactor { login: login.clone(), shown }).await?);
        Ok(())
    }
}

/// Types the password once more, which lets this session change how the account logs in.
pub(crate) async fn confirm(door: Door, email: &str, password: &Secret) -> Result<(), Trouble> {
    api::confirm(&prove(door, email, password).await?).await
}

/// Is this the login password? The server is asked for its half of a login, and learns nothing: what would answer that is never
/// sent.
pub(crate) async fn is_password(door: Door, email: &str, typed: &Secret) -> Result<bool, Trouble> {
    match prove(door, email, typed).await {
        Ok(LoginFinish { .. }) => Ok(true),
        Err(Trouble::Server(ProblemKind::WrongLogin, _)) => Ok(false),
        Err(trouble) => Err(trouble),
    }
}

/// Makes the account of a mailbox, or, without a name, gives it a new password.
pub(crate) async fn set_credential(
    door: Door,
    mailbox: &Mailbox,
    name: Option<String>,
    language: Language,
    password: &Secret,
) -> Result<(), Trouble> {
    let Mailbox { email, proof, code } = mailbox;
    let start = async |request| {
        let ask = CredentialStart { proof: proof.clone(), code: Hidden(code.clone()), request };
        api::credential_start(&ask).await
    };
    let upload = register(door, email, password, start).await?;
    let (proof, language) = (proof.clone(), language.into());
    let finish = CredentialFinish { proof, name, language, upload };
    // The code works once: when the answer got lost, only the very same request can still be answered.
    for pause in PAUSES {
        match api::credential_finish(&finish).await {
            Err(Trouble::Network) => browser::online_or_after(pause).await,
            answer => return answer,
        }
    }
    api::credential_finish(&finish).await
}

/// Gives the account that is logged in another password.
pub(crate) async fn change_password(door: Door, email: &str, password: &Secret) -> Result<(), Trouble> {
    let start = async |request| api::password_start(&PasswordStart { request }).await;
    let upload = register(door, email, password, start).await?;
    api::password_finish(&PasswordFinish { upload }).await
}

/// Makes the first admin.
pub(crate) async fn set_up(door: Door, new: &NewAdmin) -> Result<(), Trouble> {
    let start = async |request| {
        let ask = SetupStart { token: new.token.clone(), email: new.email.clone(), request };
        api::setup_start(&ask).await
    };
    let upload = register(door, &new.email, &new.password, start).await?;
    let (token, email, name) = (new.token.clone(), new.email.clone(), new.name.clone());
    api::setup_finish(&SetupFinish { token, email, name, language: new.language.into(), upload }).await
}

/// Proves by OPAQUE that the password is known.
async fn prove(door: Door, email: &str, password: &Secret) -> Result<LoginFinish, Trouble> {
    let (kept, request) = opaque(door, MemberJob::LoginStart { password: password.clone() }).await?;
    let challenge = api::login_start(&LoginStart { email: email.to_owned(), request }).await?;
    let (start, email) = (kept.id(), email.to_owned());
    let finish = MemberJob::LoginFinish { start, email, response: challenge.response };
    let (_, finalization) = opaque(door, finish).await?;
    Ok(LoginFinish { login: challenge.login, finalization })
}

/// Registers a password by OPAQUE: what the server keeps of it.
async fn register(
    door: Door,
    email: &str,
    password: &Secret,
    start: impl AsyncFnOnce(Opaque) -> Result<RegistrationAnswer, Trouble>,
) -> Result<Opaque, Trouble> {
    let (kept, request) = opaque(door, MemberJob::RegisterStart { password: password.clone() }).await?;
    let answer = start(request).await?;
    let (start, email) = (kept.id(), email.to_owned());
    let (_, upload) =
        opaque(door, MemberJob::RegisterFinish { start, email, response: answer.response }).await?;
    Ok(upload)
}

/// One step of OPAQUE in the worker: what it keeps for the next step, and the message to send.
async fn opaque(door: Door, job: MemberJob) -> Result<(Kept, Opaque), Trouble> {
    let (kept, answer) = door.keep(job).await.map_err(|failure| Trouble::of_worker(failure, &[]))?;
    match answer.member() {
        Some(MemberAnswer::Opaque(message)) => Ok((kept, message)),
        _ => Err(Trouble::Internal),
    }
}
