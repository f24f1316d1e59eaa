//! Cases of kinds `recovery`, `card`, `lock`, `identity` and `vault`.

use super::case::{Case, Failed};
use super::people;
use crate::error::{CardError, UnlockError, VaultError, WordsError};
use crate::id::AccountId;
use crate::identity::{AccountKey, Card, Identity, RecoveryCode};
use crate::kdf::Password;
use crate::vault::Vault;
use crate::words::Language;

/// Reads the words, and compares the key they stand for and how they are shown.
pub(super) fn recovery(case: &Case<'_>) -> Result<(), Failed> {
    let code = match RecoveryCode::read(case.text("words")?) {
        Ok(code) => code,
        Err(error) => return case.expect(words_outcome(error)),
    };
    case.expect("ok")?;
    case.equal("key", code.key(AccountId(case.bytes("account")?)).expose())?;
    for language in [Language::German, Language::English] {
        let again = RecoveryCode::read(&code.words(language)).map_err(|error| error.to_string())?;
        case.equal("key", again.key(AccountId(case.bytes("account")?)).expose())?;
    }
    Ok(())
}

pub(super) fn words_outcome(error: WordsError) -> &'static str {
    match error {
        WordsError::UnknownWord => "unknown word",
        WordsError::WrongCount => "wrong count",
        WordsError::Mistyped => "mistyped",
    }
}

/// Reads the card, and compares how its fingerprint is shown, and whether it follows another.
pub(super) fn card(case: &Case<'_>) -> Result<(), Failed> {
    let card = match Card::parse(&case.body()?) {
        Ok(card) => card,
        Err(error) => {
            return case.expect(match error {
                CardError::UnknownFormat => "unknown format",
                CardError::Malformed => "malformed",
                CardError::WeakKey => "weak key",
                CardError::BadSignature => "bad signature",
            });
        }
    };
    case.expect("ok")?;
    let fingerprint = card.fingerprint();
    if case.hex("fingerprint")? != fingerprint.to_bytes() {
        return Err("the fingerprint differs".to_owned());
    }
    if case.optional("digits").is_some() {
        case.same("digits", &fingerprint.digits())?;
        case.same("words_de", &fingerprint.words(Language::German).join(" "))?;
        case.same("words_en", &fingerprint.words(Language::English).join(" "))?;
    }
    if let Some(previous) = case.optional("previous") {
        case.same("follows", if card.follows(&people::card(previous)?) { "yes" } else { "no" })?;
    }
    Ok(())
}

fn unlock_outcome(error: UnlockError) -> &'static str {
    match error {
        UnlockError::UnknownFormat => "unknown format",
        UnlockError::ProfileRefused => "profile refused",
        UnlockError::Refused => "refused",
        UnlockError::Damaged => "damaged",
        UnlockError::KeysDiffer => "keys differ",
        UnlockError::OutOfMemory => "out of memory",
    }
}

/// Opens the lock with what the case gives, and makes it again with the same salt.
pub(super) fn lock(case: &Case<'_>) -> Result<(), Failed> {
    let (account, body) = (AccountId(case.bytes("account")?), case.body()?);
    let password =
        case.optional("password").map(Password::new).transpose().map_err(|error| error.to_string())?;
    let code =
        case.optional("words").map(RecoveryCode::read).transpose().map_err(|error| error.to_string())?;
    let opened = match (&password, &code) {
        (Some(password), None) => AccountKey::unlock_with_password(account, &body, password),
        (None, Some(code)) => AccountKey::unlock_with_code(account, &body, code),
        _ => return Err("a lock is opened with one thing".to_owned()),
    };
    let key = match opened {
        Ok(key) => key,
        Err(error) => return case.expect(unlock_outcome(error)),
    };
    case.expect("ok")?;
    case.equal("account_key", key.expose())?;
    let mut salt = case.replay("salt")?;
    let again = match (&password, &code) {
        (Some(password), _) => {
            key.lock_with_password(account, password, &mut salt).map_err(|error| error.to_string())?
        }
        (None, Some(code)) => {
            key.lock_with_code(account, code, &mut salt).map_err(|error| error.to_string())?
        }
        (None, None) => Vec::new(),
    };
    case.again(&again)
}

/// Opens a sealed identity under its owner's key, and seals it again with the same salt.
pub(super) fn identity(case: &Case<'_>) -> Result<(), Failed> {
    let owner = people::identity(case.text("owner")?)?;
    let key = AccountKey::build(|key| *key = *owner.key().expose());
    let card = people::card(case.text("card")?)?;
    let opened = match Identity::open(key, owner.card().account(), &case.body()?, card.as_bytes()) {
        Ok(opened) => opened,
        Err(error) => return case.expect(unlock_outcome(error)),
    };
    case.expect("ok")?;
    case.again(&opened.seal(&mut case.replay("salt")?).map_err(|error| error.to_string())?)
}

/// Opens a vault, and seals it again under the same number and salt.
pub(super) fn vault(case: &Case<'_>) -> Result<(), Failed> {
    let owner = people::identity(case.text("owner")?)?;
    let number = |name: &str| u32::try_from(case.number(name)?).map_err(|_| format!("{name} is too large"));
    let mut opened = match Vault::open(&owner, &case.body()?, number("seen")?) {
        Ok(opened) => opened,
        Err(error) => {
            return case.expect(match error {
                VaultError::UnknownFormat => "unknown format",
                VaultError::Damaged => "damaged",
                VaultError::OtherIdentity => "other identity",
                VaultError::RolledBack => "rolled back",
            });
        }
    };
    case.expect("ok")?;
    if opened.version() != number("version")? {
        return Err("the version differs".to_owned());
    }
    opened.count_back();
    case.again(&opened.seal(&owner, &mut case.replay("salt")?).map_err(|error| error.to_string())?)
}
