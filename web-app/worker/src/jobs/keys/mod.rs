//! An account's keys: made, locked, unlocked. SPEC §12 to §14.
//!
//! What is open lives here, in the worker's memory, under the id of the job that opened it; the page forgets it to lock.

mod boxes;
mod made;
pub(crate) mod people;

use std::cell::{RefCell, RefMut};
use std::rc::Rc;

use blob_api::{AccountKeys, Opaque, StoreKeys};
use crypto_core::{
    error::{KeyError, SealError, UnlockError, VaultError, WordsError},
    id::{AccountId, BoxId},
    identity::{AccountKey, Identity, RecoveryCode},
    kdf::Password,
    vault::Vault,
    words::{self, Language},
};
use web_model::{
    protocol::{Failure, JobId, KeysAnswer, KeysJob, MemberAnswer, Opener, Owner, Secret},
    secupass::KeysFault,
};

use super::{Kept, password, rng};
use crate::worker::{Outcome, Worker};

/// Open keys, and what they have remembered.
pub(crate) struct Keys {
    identity: Identity,
    vault: RefCell<Vault>,
    /// Of keys that were just made: what proves that their owner can open them again, and what the server gets then.
    unproved: RefCell<Option<(RecoveryCode, StoreKeys)>>,
}

impl Keys {
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What is remembered. It counts once the server has it: see [`Keys::seal_vault`].
    pub(crate) fn vault(&self) -> RefMut<'_, Vault> {
        self.vault.borrow_mut()
    }

    /// What is remembered, for the server.
    pub(crate) fn seal_vault(&self) -> Result<blob_api::Vault, Failure> {
        let mut vault = self.vault();
        let sealed = Opaque(vault.seal(&self.identity, &mut rng()).map_err(|_| Failure::Internal)?);
        Ok(blob_api::Vault { version: vault.version(), sealed })
    }
}

/// Why it was not done: a defect, or something to tell.
pub(crate) enum Stop {
    Failure(Failure),
    Fault(KeysFault),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}
impl From<KeysFault> for Stop {
    fn from(fault: KeysFault) -> Self {
        Self::Fault(fault)
    }
}

pub(crate) fn run(worker: &Worker, id: JobId, job: KeysJob) -> Result<Outcome, Failure> {
    let answer = match job {
        KeysJob::Propose { language } => {
            Ok(KeysAnswer::Proposed(Secret(words::propose(tongue(language), &mut rng()).to_string())))
        }
        KeysJob::Make { owner, keys, making, language, now, seen } => {
            let owner = made::Owned { owner: &owner, now, seen };
            made::run(owner, keys.as_deref(), &making).map(|(open, code, store)| {
                let words = code.words(tongue(language)).to_string();
                open.unproved.replace(Some((code, store)));
                keep(worker, id, open);
                KeysAnswer::Made(Secret(words))
            })
        }
        KeysJob::Prove { made, typed } => prove(worker, made, &typed.0),
        KeysJob::Unlock { owner, keys, secupass, seen } => {
            unlock(worker, id, &owner, &keys, &secupass, seen).map(|()| KeysAnswer::Unlocked)
        }
        KeysJob::Change { owner, keys, opener, secupass, seen } => {
            change(worker, id, &owner, *keys, &opener, &secupass, seen)
        }
        KeysJob::Renew { keys, vault, seen } => renew(worker, keys, &vault, seen),
        KeysJob::Look { keys, people } => Ok(KeysAnswer::Looked(get(worker, keys)?.look_at(&people))),
        KeysJob::Own { keys } => Ok(KeysAnswer::Own(get(worker, keys)?.own())),
        KeysJob::Compared { keys, person, digits, now } => {
            get(worker, keys)?.compared(&person, &digits, now).map(KeysAnswer::Remembered)
        }
        KeysJob::Appoint { keys, person, now, until } => get(worker, keys)?.appoint(&person, now, until),
        KeysJob::NameBox => Ok(KeysAnswer::BoxNamed(blob_api::BoxId(BoxId::generate(&mut rng()).0))),
        KeysJob::MakeBox { keys, id, now } => get(worker, keys)?.make_box(BoxId(id.0), now),
        KeysJob::RenewBox { keys, id, shown, keep, now } => {
            get(worker, keys)?.renew_box(BoxId(id.0), shown.as_ref(), keep, now)
        }
        KeysJob::ForgetBox { keys, id } => Ok(get(worker, keys)?.forget_box(BoxId(id.0))?),
    };
    told(answer.map(MemberAnswer::Keys))
}

/// What comes of a job with keys.
pub(crate) fn told(answer: Result<MemberAnswer, Stop>) -> Result<Outcome, Failure> {
    match answer {
        Ok(answer) => Ok(answer.into()),
        Err(Stop::Fault(fault)) => Ok(MemberAnswer::Keys(KeysAnswer::Refused(fault)).into()),
        Err(Stop::Failure(failure)) => Err(failure),
    }
}

/// It may be asked again, when the server could not be reached: the keys stay the same.
fn prove(worker: &Worker, made: JobId, typed: &str) -> Result<KeysAnswer, Stop> {
    let keys = get(worker, made)?;
    let typed = RecoveryCode::read(typed).map_err(|error| words_fault(error, typed))?;
    let unproved = keys.unproved.borrow();
    let (code, store) = unproved.as_ref().ok_or(Failure::Internal)?;
    // The same numbers are the same words, in whatever language they were typed.
    if *code.words(Language::English) != *typed.words(Language::English) {
        return Err(KeysFault::CodeMistyped.into());
    }
    Ok(KeysAnswer::Store(Box::new(store.clone())))
}

fn unlock(
    worker: &Worker,
    id: JobId,
    owner: &Owner,
    keys: &AccountKeys,
    secupass: &Secret,
    seen: u32,
) -> Result<(), Stop> {
    let key = opened_by(owner, keys, &Opener::SecuPass(secupass.clone()))?;
    keep(worker, id, open(owner, keys, key, seen)?);
    Ok(())
}

fn change(
    worker: &Worker,
    id: JobId,
    owner: &Owner,
    keys: AccountKeys,
    opener: &Opener,
    secupass: &Secret,
    seen: u32,
) -> Result<KeysAnswer, Stop> {
    is_another(opener, secupass)?;
    let secupass = chosen(secupass)?;
    let key = opened_by(owner, &keys, opener)?;
    let open = open(owner, &keys, key, seen)?;
    let store = StoreKeys {
        replaces: keys.revision,
        card: Opaque(open.identity.card().as_bytes().to_vec()),
        secupass: Opaque(lock(&open.identity, AccountId(owner.account.0), &secupass)?),
        vault: open.seal_vault()?,
        identity: keys.identity,
        recovery: keys.recovery,
        reset: false,
    };
    keep(worker, id, open);
    Ok(KeysAnswer::Store(Box::new(store)))
}

/// A new SecuPass is another one.
fn is_another(opener: &Opener, secupass: &Secret) -> Result<(), KeysFault> {
    if matches!(opener, Opener::SecuPass(old) if old.0 == secupass.0) { Err(KeysFault::Same) } else { Ok(()) }
}

/// A new SecuPass, if its form is right. That it is not soon guessed the page has found out, which has the estimator.
fn chosen(typed: &Secret) -> Result<Password, Stop> {
    web_model::secupass::check(&typed.0, &typed.0)?;
    password(typed).map_err(|_| KeysFault::Unusable.into())
}

/// The key of the account. What can be refused is refused before anything is derived.
fn opened_by(owner: &Owner, keys: &AccountKeys, opener: &Opener) -> Result<AccountKey, Stop> {
    let account = AccountId(owner.account.0);
    let opened = match opener {
        Opener::SecuPass(typed) => {
            // What could not have been chosen is wrong.
            let secupass = password(typed).map_err(|_| KeysFault::Wrong)?;
            AccountKey::unlock_with_password(account, &keys.secupass.0, &secupass)
        }
        Opener::RecoveryCode(typed) => {
            let code = RecoveryCode::read(&typed.0).map_err(|error| words_fault(error, &typed.0))?;
            AccountKey::unlock_with_code(account, &keys.recovery.0, &code)
        }
    };
    opened.map_err(|error| unlock_fault(error).into())
}

fn open(owner: &Owner, keys: &AccountKeys, key: AccountKey, seen: u32) -> Result<Keys, Stop> {
    let card = keys.cards.last().ok_or(KeysFault::Damaged)?;
    let identity =
        Identity::open(key, AccountId(owner.account.0), &keys.identity.0, &card.0).map_err(unlock_fault)?;
    if identity.card().email().as_str() != owner.email {
        return Err(KeysFault::KeysDiffer.into());
    }
    let vault = RefCell::new(open_vault(&identity, &keys.vault, seen)?);
    Ok(Keys { identity, vault, unproved: RefCell::new(None) })
}

fn renew(worker: &Worker, keys: JobId, vault: &blob_api::Vault, seen: u32) -> Result<KeysAnswer, Stop> {
    let keys = get(worker, keys)?;
    let now = open_vault(&keys.identity, vault, seen)?;
    keys.vault.replace(now);
    Ok(KeysAnswer::Unlocked)
}

fn open_vault(identity: &Identity, stored: &blob_api::Vault, seen: u32) -> Result<Vault, KeysFault> {
    let vault = Vault::open(identity, &stored.sealed.0, seen).map_err(vault_fault)?;
    // The page remembers the number that the server told.
    if vault.version() == stored.version { Ok(vault) } else { Err(KeysFault::Damaged) }
}

fn lock(identity: &Identity, account: AccountId, secupass: &Password) -> Result<Vec<u8>, Stop> {
    identity.key().lock_with_password(account, secupass, &mut rng()).map_err(|error| match error {
        KeyError::OutOfMemory => KeysFault::NoMemory.into(),
        _ => Failure::Internal.into(),
    })
}

fn keep(worker: &Worker, id: JobId, keys: Keys) {
    worker.keep(id, Kept::Keys(Rc::new(keys)));
}

pub(crate) fn get(worker: &Worker, id: JobId) -> Result<Rc<Keys>, Failure> {
    worker.get(id, |kept| match kept {
        Kept::Keys(keys) => Rc::clone(keys).downcast().ok(),
        _ => None,
    })
}

/// A language of the pages, in which words are spelled.
pub(crate) fn tongue(language: blob_api::Language) -> Language {
    match language {
        blob_api::Language::De => Language::German,
        blob_api::Language::En => Language::English,
    }
}

fn seal_failure(_: SealError) -> Stop {
    Failure::Internal.into()
}

fn unlock_fault(error: UnlockError) -> KeysFault {
    match error {
        UnlockError::UnknownFormat => KeysFault::Newer,
        UnlockError::ProfileRefused => KeysFault::ProfileRefused,
        UnlockError::Refused => KeysFault::Wrong,
        UnlockError::Damaged => KeysFault::Damaged,
        UnlockError::KeysDiffer => KeysFault::KeysDiffer,
        UnlockError::OutOfMemory => KeysFault::NoMemory,
    }
}

fn vault_fault(error: VaultError) -> KeysFault {
    match error {
        VaultError::UnknownFormat => KeysFault::Newer,
        VaultError::Damaged => KeysFault::Damaged,
        VaultError::OtherIdentity => KeysFault::KeysDiffer,
        VaultError::RolledBack => KeysFault::RolledBack,
    }
}

fn words_fault(error: WordsError, typed: &str) -> KeysFault {
    match (error, words::unknown(typed).first()) {
        (_, Some(place)) => KeysFault::CodeWord(place + 1),
        (WordsError::WrongCount, None) => KeysFault::CodeCount,
        (WordsError::UnknownWord | WordsError::Mistyped, None) => KeysFault::CodeMistyped,
    }
}
