//! What an account shows besides its password: set up and taken away by its owner.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use blob_api::{
    Hidden, PasskeyId, PasskeyMade, PasskeyOffer, RecoveryCodes, TotpConfirm, TotpOffer, UnixSeconds,
};

use super::name::display_name;
use super::passkey::{NewKey, RelyingParty};
use super::totp::Totp;
use super::{Error, Sender, Service, token};
use crate::mail::{FactorChange, Letter};
use crate::store::{AccountId, NewMail, NewPasskey};

/// Seconds for which something offered can be accepted.
const LIFETIME: i64 = 600;
/// Recovery codes that an account gets at a time.
const CODES: usize = 10;
/// Passkeys of one account.
const MOST_PASSKEYS: u32 = 20;

/// Factors that were offered and not yet shown to work, in memory, one of each kind an account: the latest offer counts.
#[derive(Default)]
pub(super) struct Offers {
    totp: Mutex<HashMap<AccountId, Offer<Totp>>>,
    passkeys: Mutex<HashMap<AccountId, Offer<NewKey>>>,
}

struct Offer<T> {
    of: T,
    made: UnixSeconds,
}

impl<T> Offer<T> {
    fn is_alive(&self, now: UnixSeconds) -> bool {
        (0..LIFETIME).contains(&now.saturating_sub(self.made))
    }
}

impl Offers {
    /// Forgets what was never accepted.
    pub(super) fn sweep(&self, now: UnixSeconds) {
        self.totp.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, offer| offer.is_alive(now));
        self.passkeys.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, offer| offer.is_alive(now));
    }
}

impl Service {
    /// A new secret for an authenticator app. What the account had stays until a code of the new one was shown.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`].
    pub fn offer_totp(&self, sender: &Sender) -> Result<TotpOffer, Error> {
        sender.confirmed()?;
        let totp = Totp::new(token::random::<20>()?.to_vec());
        let secret = Hidden(totp.secret_text());
        let uri = Hidden(totp.uri(&self.settings.name.0, &sender.account.email)?);
        let offer = Offer { of: totp, made: self.clock.now() };
        self.offers.totp.lock().unwrap_or_else(PoisonError::into_inner).insert(sender.id(), offer);
        Ok(TotpOffer { secret, uri })
    }

    /// The authenticator app has the secret: from now on logins ask for its codes.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`]; [`Error::WrongCode`], also when nothing was offered lately.
    pub async fn confirm_totp(&self, sender: &Sender, confirm: &TotpConfirm) -> Result<RecoveryCodes, Error> {
        sender.confirmed()?;
        let now = self.clock.now();
        let matched = {
            let offers = self.offers.totp.lock().unwrap_or_else(PoisonError::into_inner);
            let offer = offers.get(&sender.id()).filter(|offer| offer.is_alive(now));
            offer
                .and_then(|offer| Some((offer.of.secret().to_vec(), offer.of.step_of(&confirm.code.0, now)?)))
        };
        let (secret, step) = matched.ok_or(Error::WrongCode)?;
        let codes = NewCodes::generate()?;
        let mail = self.change_mail(sender, FactorChange::AppAdded)?;
        let taken = self.meta.set_totp(sender.id(), &secret, step, &codes.hashes, &mail).await?;
        self.offers.totp.lock().unwrap_or_else(PoisonError::into_inner).remove(&sender.id());
        self.wake_mails();
        Ok(codes.shown_if(taken))
    }

    /// Logins ask for no codes of the authenticator app any more.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`], [`Error::NotFound`] when there is none.
    pub async fn delete_totp(&self, sender: &Sender) -> Result<(), Error> {
        sender.confirmed()?;
        let mail = self.change_mail(sender, FactorChange::AppRemoved)?;
        if !self.meta.delete_totp(sender.id(), &mail).await? {
            return Err(Error::NotFound);
        }
        self.wake_mails();
        Ok(())
    }

    /// What the browser needs to make a passkey for this site.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`]; [`Error::NotAllowed`] where the site has no name that passkeys can belong to.
    pub async fn offer_passkey(&self, sender: &Sender, site: &RelyingParty) -> Result<PasskeyOffer, Error> {
        sender.confirmed()?;
        let handle = self.meta.passkey_handle(sender.id(), token::random()?).await?;
        let factors = self.meta.factors(sender.id()).await?;
        let (options, key) = site.offer(handle, &sender.account, &factors.passkeys)?;
        let offer = Offer { of: key, made: self.clock.now() };
        self.offers.passkeys.lock().unwrap_or_else(PoisonError::into_inner).insert(sender.id(), offer);
        Ok(PasskeyOffer { options })
    }

    /// The browser made a passkey: from now on logins ask for it.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`]; [`Error::WrongCode`] for a passkey that does not answer the latest offer;
    /// [`Error::Conflict`] for one that is known already, or when there are too many.
    pub async fn add_passkey(
        &self,
        sender: &Sender,
        made: &PasskeyMade,
        site: &RelyingParty,
    ) -> Result<RecoveryCodes, Error> {
        sender.confirmed()?;
        let (name, now) = (display_name(&made.name)?, self.clock.now());
        let offer = self.offers.passkeys.lock().unwrap_or_else(PoisonError::into_inner).remove(&sender.id());
        let offer = offer.filter(|offer| offer.is_alive(now)).ok_or(Error::WrongCode)?;
        let key = site.accept(&made.credential, &offer.of)?;
        let codes = NewCodes::generate()?;
        let new = NewPasskey {
            id: PasskeyId(token::random()?),
            credential: &key.credential,
            key: &key.stored,
            name,
        };
        let mail = self.change_mail(sender, FactorChange::PasskeyAdded)?;
        let added =
            self.meta.add_passkey(sender.id(), &new, MOST_PASSKEYS, &codes.hashes, &mail, now).await?;
        let taken = added.ok_or(Error::Conflict)?;
        self.wake_mails();
        Ok(codes.shown_if(taken))
    }

    /// Forgets a passkey.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`], [`Error::NotFound`].
    pub async fn delete_passkey(&self, sender: &Sender, passkey: &PasskeyId) -> Result<(), Error> {
        sender.confirmed()?;
        let mail = self.change_mail(sender, FactorChange::PasskeyRemoved)?;
        if !self.meta.delete_passkey(sender.id(), passkey, &mail).await? {
            return Err(Error::NotFound);
        }
        self.wake_mails();
        Ok(())
    }

    /// New recovery codes in place of the old ones.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`]; [`Error::Conflict`] without a factor that they could stand in for.
    pub async fn new_recovery_codes(&self, sender: &Sender) -> Result<RecoveryCodes, Error> {
        sender.confirmed()?;
        let codes = NewCodes::generate()?;
        let mail = self.change_mail(sender, FactorChange::RecoveryCodes)?;
        if !self.meta.replace_recovery_codes(sender.id(), &codes.hashes, &mail).await? {
            return Err(Error::Conflict);
        }
        self.wake_mails();
        Ok(codes.shown_if(true))
    }

    /// Tells the mailbox; goes out with the change.
    fn change_mail(&self, sender: &Sender, change: FactorChange) -> Result<NewMail, Error> {
        let letter = Letter::SecondFactorChanged { change, at: self.clock.now() };
        self.new_mail(&sender.account.email, sender.account.language, &letter)
    }
}

/// Recovery codes between being made and being kept.
struct NewCodes {
    shown: Vec<Hidden>,
    hashes: Vec<[u8; 32]>,
}

impl NewCodes {
    fn generate() -> Result<Self, Error> {
        let mut codes = Self { shown: Vec::new(), hashes: Vec::new() };
        for _ in 0..CODES {
            let code = Totp::new(token::random::<10>()?.to_vec()).secret_text().to_lowercase();
            codes.hashes.push(recovery_hash(&code));
            let groups: Vec<_> = code.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
            codes.shown.push(Hidden(groups.join("-")));
        }
        Ok(codes)
    }

    /// To be shown, when these are the ones that count.
    fn shown_if(self, taken: bool) -> RecoveryCodes {
        RecoveryCodes { codes: if taken { self.shown } else { Vec::new() } }
    }
}

/// What is kept of a recovery code, however it was typed. It has 80 random bits, which nobody guesses from a plain hash.
pub(super) fn recovery_hash(typed: &str) -> [u8; 32] {
    let code: String = typed.chars().filter(|c| c.is_alphanumeric()).collect();
    token::sha256(code.to_lowercase().as_bytes())
}
