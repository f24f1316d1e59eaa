//! The keys of who is logged in, as far as pages know them: whether there are any, and whether they are open. The keys
//! themselves are in the worker's memory, and gone when they are locked or this document is left.

use std::rc::Rc;
use std::time::Duration;

use blob_api::{
    AccountId, AccountKeys, AskCards, BoxId, Level, NameDeputy, ProblemKind, Session, StoreKeys, UnixSeconds,
};
use futures_channel::oneshot;
use leptos::prelude::*;
use web_model::protocol::{
    Answer, Failure, Fingerprint, JobId, KeysAnswer, KeysJob, Look, Making, MemberAnswer, MemberJob, Note,
    Opener, Owner, Person, Secret,
};
use web_model::secupass::KeysFault;
use web_model::strength::{self, Rating};
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::app::{Server, server};
use crate::crypto::{Door, Kept, door};
use crate::session::{Account, account, is_password};
use crate::strength::{Estimator, estimator};
use crate::{api, browser};

/// Seconds without a sign of life after which keys are locked.
const IDLE: UnixSeconds = 15 * 60;
/// Between two looks at how long that is.
const LOOK: Duration = Duration::from_secs(5);
/// What counts as a sign of life.
const SIGNS: [&str; 4] = ["pointerdown", "pointermove", "keydown", "wheel"];
/// Where the latest version of an account's vault is kept that this browser has seen, so that an older one is noticed. It
/// stays when somebody logs out, and is no secret.
const SEEN: &str = "siegel-vault-";
/// Other browsers of the same account would have to change the vault this many times in one second.
const TRIES: u32 = 5;

/// How it stands with the keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// There are none, and nothing that this account may do needs them.
    Needless,
    /// No SecuPass was chosen yet.
    Missing,
    /// The server says so, and this browser has seen keys.
    Gone,
    /// There are keys, and they are locked.
    Locked,
    /// They are open in the worker.
    Unlocked,
}

/// The keys of who is logged in.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    /// What the worker has open.
    open: RwSignal<Option<Rc<Kept>>, LocalStorage>,
    /// Is the SecuPass asked for?
    asking: RwSignal<bool>,
    /// Who waits for that.
    waiting: StoredValue<Vec<oneshot::Sender<()>>, LocalStorage>,
    /// When there was the last sign of life.
    alive: StoredValue<UnixSeconds>,
    /// How much of what is under way needs them until it is done.
    held: StoredValue<u32>,
    /// Words that were proposed last.
    proposed: StoredValue<Secret>,
    account: Account,
    server: Server,
    door: Door,
    estimator: Estimator,
}

/// The keys of who is logged in.
pub(crate) fn keys() -> Keys {
    expect_context()
}

impl Keys {
    /// Makes them known to all pages, and locks them when nobody is there or nobody is logged in any more.
    pub(crate) fn provide() {
        let keys = Self {
            open: RwSignal::new_local(None),
            asking: RwSignal::new(false),
            waiting: StoredValue::new_local(Vec::new()),
            alive: StoredValue::new(browser::now()),
            held: StoredValue::new(0),
            proposed: StoredValue::new(Secret::default()),
            account: account(),
            server: server(),
            door: door(),
            estimator: estimator(),
        };
        provide_context(keys);
        for sign in SIGNS {
            let handle = window_event_listener_untyped(sign, move |_| keys.is_alive());
            on_cleanup(move || handle.remove());
        }
        if let Ok(timer) = set_interval_with_handle(move || keys.lock_if_idle(), LOOK) {
            on_cleanup(move || timer.clear());
        }
        Effect::new(move || {
            if !keys.account.is_known() {
                keys.lock();
            }
        });
    }

    /// How it stands with them.
    pub(crate) fn state(self) -> State {
        if self.open.with(Option::is_some) {
            return State::Unlocked;
        }
        self.account.seen(|session| match session {
            Some(session) if session.keys => State::Locked,
            // This browser knows better.
            Some(Session { account, .. }) if seen(account) > 0 => State::Gone,
            Some(session) if session.rights.levels.iter().copied().any(Level::needs_keys) => State::Missing,
            _ => State::Needless,
        })
    }

    /// Closes them.
    pub(crate) fn lock(self) {
        if self.open.with_untracked(Option::is_some) {
            self.open.set(None);
        }
    }

    /// Is the SecuPass asked for, or a first one to be chosen? The dialog that asks is there on every page.
    pub(crate) fn is_asking(self) -> bool {
        self.asking.get()
    }

    /// Asks for the SecuPass, or for a first one.
    pub(crate) fn ask(self) {
        self.asking.set(true);
    }

    /// Asks no longer; whoever waits gets what there is.
    pub(crate) fn stop_asking(self) {
        self.asking.set(false);
        self.waiting.update_value(Vec::clear);
    }

    /// The id under which the worker has the keys open; asks for the SecuPass when they are locked, and lets who has none choose
    /// one. `None` when that was not done.
    pub(crate) async fn need(self) -> Option<JobId> {
        if self.open.with_untracked(Option::is_none) {
            let (end, ended) = oneshot::channel();
            self.waiting.update_value(|waiting| waiting.push(end));
            self.ask();
            // It ends by being dropped.
            let _ = ended.await;
        }
        self.opened_as()
    }

    /// The same, without asking.
    pub(crate) fn opened_as(self) -> Option<JobId> {
        self.open.with_untracked(|open| open.as_ref().map(|open| open.id()))
    }

    /// Opens them.
    pub(crate) async fn unlock(self, secupass: Secret) -> Result<(), Trouble> {
        let (owner, keys) = (self.owner()?, Box::new(stored().await?));
        let (seen, version) = (seen(&owner.account), keys.vault.version);
        let job = KeysJob::Unlock { owner: owner.clone(), keys, secupass, seen };
        match self.keep(job).await? {
            (kept, KeysAnswer::Unlocked) => {
                self.opened(kept, &owner, version);
                Ok(())
            }
            _ => Err(Trouble::Internal),
        }
    }

    /// Makes keys, or another way to them; gives what the worker keeps, and the words of the recovery code. They count once
    /// [`Keys::finish`] is done.
    pub(crate) async fn make(self, making: Making, language: Language) -> Result<(Kept, Secret), Trouble> {
        let owner = self.owner()?;
        if let Some(secupass) = making.secupass() {
            self.may_be_chosen(&owner, secupass).await?;
        }
        let now = browser::since_1970();
        let (keys, seen) = (api::keys().await?.keys.map(Box::new), seen(&owner.account));
        let job = KeysJob::Make { owner, keys, making, language: language.into(), now, seen };
        match self.keep(job).await? {
            (made, KeysAnswer::Made(code)) => Ok((made, code)),
            _ => Err(Trouble::Internal),
        }
    }

    /// Shows that the recovery code was kept; then the server gets the keys. On failure they can be finished again.
    pub(crate) async fn finish(
        self,
        made: &StoredValue<Option<Kept>, LocalStorage>,
        typed: Secret,
    ) -> Result<(), Trouble> {
        let owner = self.owner()?;
        let id = made.with_value(|made| made.as_ref().map(Kept::id)).ok_or(Trouble::Internal)?;
        let KeysAnswer::Store(store) = self.tell(KeysJob::Prove { made: id, typed }).await? else {
            return Err(Trouble::Internal);
        };
        store_keys(&store).await?;
        let made = made.try_update_value(Option::take).flatten().ok_or(Trouble::Internal)?;
        self.opened(made, &owner, store.vault.version);
        self.account.chose_secupass();
        Ok(())
    }

    /// Puts another SecuPass in place of the one there is.
    pub(crate) async fn change(self, opener: Opener, secupass: Secret) -> Result<(), Trouble> {
        let (owner, keys) = (self.owner()?, Box::new(stored().await?));
        self.may_be_chosen(&owner, &secupass).await?;
        let seen = seen(&owner.account);
        let job = KeysJob::Change { owner: owner.clone(), keys, opener, secupass, seen };
        let (kept, KeysAnswer::Store(store)) = self.keep(job).await? else {
            return Err(Trouble::Internal);
        };
        store_keys(&store).await?;
        self.opened(kept, &owner, store.vault.version);
        Ok(())
    }

    /// Nobody has a SecuPass that is soon guessed, or of which that is not known.
    async fn may_be_chosen(self, owner: &Owner, secupass: &Secret) -> Result<(), Trouble> {
        if !self.has_proposed(&secupass.0) {
            let estimate = self.estimator.estimate(&secupass.0, &self.known()).await;
            let estimate = estimate.ok_or(KeysFault::Unrated)?;
            if estimate.rating() == Rating::Weak {
                return Err(KeysFault::TooEasy(estimate.reason).into());
            }
        }
        self.is_no_login(owner, secupass).await
    }

    /// Whoever has seen the login password being typed shall not have the SecuPass as well.
    async fn is_no_login(self, owner: &Owner, secupass: &Secret) -> Result<(), Trouble> {
        match is_password(self.door, &owner.email, secupass).await? {
            true => Err(KeysFault::IsLogin.into()),
            false => Ok(()),
        }
    }

    /// Random words for a SecuPass.
    pub(crate) async fn propose(self, language: Language) -> Result<String, Trouble> {
        match self.tell(KeysJob::Propose { language: language.into() }).await? {
            KeysAnswer::Proposed(words) => {
                self.proposed.set_value(words.clone());
                Ok(words.0)
            }
            _ => Err(Trouble::Internal),
        }
    }

    /// Are these the words that were proposed last?
    pub(crate) fn has_proposed(self, typed: &str) -> bool {
        !typed.is_empty() && self.proposed.with_value(|proposed| proposed.0 == typed)
    }

    /// What everybody knows of whoever chooses a SecuPass here.
    pub(crate) fn known(self) -> Vec<String> {
        let (email, name) = self
            .account
            .seen(|session| session.map(|session| (session.email.clone(), session.name.clone())))
            .unwrap_or_default();
        let server = self.server.now().map(|server| server.name).unwrap_or_default();
        strength::known([&email, &name, &server, &browser::origin()].map(String::as_str))
    }

    /// As [`Keys::remembering_and_following`], with nothing to tell meanwhile.
    pub(crate) async fn remembering(
        self,
        job: impl Fn(JobId) -> MemberJob,
    ) -> Result<(Kept, MemberAnswer), Trouble> {
        self.remembering_and_following(job, |_| ()).await
    }

    /// Has a job done with the keys, and stores the vault if the job has changed it: only then anything may build on that.
    /// When another browser was faster, what it stored is read, and the job done again. What the job keeps in the worker
    /// comes along. Asks for the SecuPass when the keys are locked; [`Trouble::Cancelled`] when it was not given.
    pub(crate) async fn remembering_and_following(
        self,
        job: impl Fn(JobId) -> MemberJob,
        note: impl Fn(Note),
    ) -> Result<(Kept, MemberAnswer), Trouble> {
        let owner = self.owner()?;
        for _ in 0..TRIES {
            let keys = self.need().await.ok_or(Trouble::Cancelled)?;
            let (kept, told) = self.door.keep_and_follow(job(keys), &note).await.map_err(failed)?;
            let answer = member(told)?;
            let Some(vault) = answer.vault() else { return Ok((kept, answer)) };
            match api::store_vault(vault).await {
                Ok(()) => {
                    browser::remember(&seen_key(&owner.account), &vault.version.to_string());
                    return Ok((kept, answer));
                }
                Err(Trouble::Server(ProblemKind::Conflict, _)) => self.renew(keys, &owner).await?,
                Err(trouble) => return Err(trouble),
            }
        }
        Err(KeysFault::ChangedElsewhere.into())
    }

    /// Reads what other browsers of the same account may have stored meanwhile. Asks for the SecuPass when the keys are locked.
    pub(crate) async fn refresh(self) -> Result<(), Trouble> {
        let owner = self.owner()?;
        let keys = self.need().await.ok_or(Trouble::Cancelled)?;
        self.renew(keys, &owner).await
    }

    /// Reads what another browser has stored.
    async fn renew(self, keys: JobId, owner: &Owner) -> Result<(), Trouble> {
        let vault = stored().await?.vault;
        let version = vault.version;
        self.tell(KeysJob::Renew { keys, vault, seen: seen(&owner.account) }).await?;
        browser::remember(&seen_key(&owner.account), &version.to_string());
        Ok(())
    }

    /// What the server shows as these people's keys.
    pub(crate) async fn people(self, emails: Vec<String>) -> Result<Vec<Person>, Trouble> {
        let ask = AskCards { emails };
        let cards = api::cards(&ask).await?.cards;
        if cards.len() != ask.emails.len() {
            return Err(Trouble::Internal);
        }
        Ok(ask.emails.into_iter().zip(cards).map(|(email, cards)| Person { email, cards }).collect())
    }

    /// How these people's keys stand, by what the vault remembers. Asks for the SecuPass when the keys are locked.
    pub(crate) async fn look(self, people: Vec<Person>) -> Result<Vec<Look>, Trouble> {
        let keys = self.need().await.ok_or(Trouble::Cancelled)?;
        match self.tell(KeysJob::Look { keys, people }).await? {
            KeysAnswer::Looked(looks) => Ok(looks),
            _ => Err(Trouble::Internal),
        }
    }

    /// The same for one.
    pub(crate) async fn look_at(self, email: String) -> Result<(Person, Look), Trouble> {
        let person = self.people(vec![email]).await?.pop().ok_or(Trouble::Internal)?;
        let look = self.look(vec![person.clone()]).await?.pop().ok_or(Trouble::Internal)?;
        Ok((person, look))
    }

    /// The words that others compare.
    pub(crate) async fn own_words(self) -> Result<Fingerprint, Trouble> {
        let keys = self.need().await.ok_or(Trouble::Cancelled)?;
        match self.tell(KeysJob::Own { keys }).await? {
            KeysAnswer::Own(fingerprint) => Ok(fingerprint),
            _ => Err(Trouble::Internal),
        }
    }

    /// The words of this key, shown as these digits, were compared and are the same.
    pub(crate) async fn compared(self, person: &Person, digits: &str) -> Result<(), Trouble> {
        let now = browser::since_1970();
        let job =
            |keys| KeysJob::Compared { keys, person: person.clone(), digits: digits.to_owned(), now }.into();
        self.remembering(job).await.map(drop)
    }

    /// What the server needs for naming a deputy until then.
    pub(crate) async fn appoint(self, person: &Person, until: UnixSeconds) -> Result<NameDeputy, Trouble> {
        let now = browser::since_1970();
        let ends = until.try_into().unwrap_or_default();
        let job = |keys| KeysJob::Appoint { keys, person: person.clone(), now, until: ends }.into();
        match self.remembering(job).await?.1 {
            MemberAnswer::Keys(KeysAnswer::Appointed { deputation, card, .. }) => {
                Ok(NameDeputy { email: person.email.clone(), deputation, card, until })
            }
            _ => Err(Trouble::Internal),
        }
    }

    /// Draws what names a new box.
    pub(crate) async fn name_box(self) -> Result<BoxId, Trouble> {
        match self.tell(KeysJob::NameBox).await? {
            KeysAnswer::BoxNamed(id) => Ok(id),
            _ => Err(Trouble::Internal),
        }
    }

    /// Does something with the keys of the account's box; what changes is stored before this ends, so that no card is shown whose
    /// key could be lost. Asks for the SecuPass when the keys are locked.
    pub(crate) async fn with_box(self, job: impl Fn(JobId) -> KeysJob) -> Result<KeysAnswer, Trouble> {
        match self.remembering(|keys| job(keys).into()).await?.1 {
            MemberAnswer::Keys(answer) => Ok(answer),
            _ => Err(Trouble::Internal),
        }
    }

    fn opened(self, kept: Kept, owner: &Owner, version: u32) {
        browser::remember(&seen_key(&owner.account), &version.to_string());
        self.alive.set_value(browser::now());
        self.open.set(Some(Rc::new(kept)));
    }

    /// Somebody does something. After a long pause, such as a night with the lid closed, that is too late.
    fn is_alive(self) {
        self.lock_if_idle();
        self.alive.set_value(browser::now());
    }

    /// Was there no sign of life for so long that keys are locked?
    pub(crate) fn is_idle(self) -> bool {
        browser::now() - self.alive.get_value() >= IDLE
    }

    fn lock_if_idle(self) {
        if self.held.get_value() == 0 && self.is_idle() {
            self.lock();
        }
    }

    /// Until this is dropped, doing nothing does not lock them: what was begun shall come to its end.
    pub(crate) fn hold(self) -> Held {
        self.held.update_value(|held| *held += 1);
        Held(self)
    }

    fn owner(self) -> Result<Owner, Trouble> {
        untrack(|| {
            self.account.seen(|session| {
                let session = session.ok_or(Trouble::LoggedOut)?;
                Ok(Owner { account: session.account, email: session.email.clone() })
            })
        })
    }

    async fn tell(self, job: KeysJob) -> Result<KeysAnswer, Trouble> {
        answer(self.door.ask(job).await)
    }

    async fn keep(self, job: KeysJob) -> Result<(Kept, KeysAnswer), Trouble> {
        let (kept, told) = self.door.keep(job).await.map_err(failed)?;
        Ok((kept, answer(Ok(told))?))
    }
}

/// See [`Keys::hold`].
pub(crate) struct Held(Keys);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.held.update_value(|held| *held -= 1);
    }
}

fn answer(told: Result<Answer, Failure>) -> Result<KeysAnswer, Trouble> {
    match member(told.map_err(failed)?)? {
        MemberAnswer::Keys(answer) => Ok(answer),
        _ => Err(Trouble::Internal),
    }
}

/// What a job with keys gave, unless it was refused.
fn member(told: Answer) -> Result<MemberAnswer, Trouble> {
    match told.member() {
        Some(MemberAnswer::Keys(KeysAnswer::Refused(fault))) => Err(fault.into()),
        Some(answer) => Ok(answer),
        None => Err(Trouble::Internal),
    }
}

fn failed(failure: Failure) -> Trouble {
    Trouble::of_worker(failure, &[])
}

/// What the server keeps.
async fn stored() -> Result<AccountKeys, Trouble> {
    api::keys().await?.keys.ok_or(KeysFault::Gone.into())
}

/// Hands new keys to the server. When its answer got lost, or they were there already, it is asked what it has.
async fn store_keys(store: &StoreKeys) -> Result<(), Trouble> {
    match api::store_keys(store).await {
        Err(trouble @ (Trouble::Network | Trouble::Server(ProblemKind::Conflict, _))) => {
            match api::keys().await?.keys {
                Some(keys) if keys.secupass == store.secupass && keys.recovery == store.recovery => Ok(()),
                _ if trouble == Trouble::Network => Err(trouble),
                _ => Err(KeysFault::ChangedElsewhere.into()),
            }
        }
        answer => answer,
    }
}

fn seen(account: &AccountId) -> u32 {
    browser::remembered(&seen_key(account)).and_then(|version| version.parse().ok()).unwrap_or_default()
}

fn seen_key(account: &AccountId) -> String {
    format!("{SEEN}{account}")
}
