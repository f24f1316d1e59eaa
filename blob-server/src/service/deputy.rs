//! Deputies: who may grant deliveries in their sender's place. What a deputation says, and whether it was signed by whom it
//! should, the browsers check; here it is only kept, and to whom it belongs.

use blob_api::{AccountId, Deputies, Deputy, NameDeputy, Represented, Role};

use super::email::login_name;
use super::{Error, Sender, Service};
use crate::mail::Letter;
use crate::store::NamedDeputy;

impl Service {
    /// Who stands in for the account, and for whom it stands in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deputies(&self, sender: &Sender) -> Result<Deputies, Error> {
        let now = self.clock.now();
        let mut deputies = Vec::new();
        for row in self.meta.deputies(sender.id(), now).await? {
            let cards = self.shown_cards(&row.email).await?;
            let (account, email, name, until) = (row.account, row.email, row.name, row.until);
            deputies.push(Deputy { account, email, name, until, cards });
        }
        let represented = self.meta.represented(sender.id(), now).await?.into_iter();
        let represented = represented.map(|row| Represented {
            account: row.account,
            email: row.email,
            name: row.name,
            until: row.until,
        });
        Ok(Deputies { deputies, represented: represented.collect() })
    }

    /// Names a deputy, or prolongs a deputation, and tells them by mail.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for who is not of the staff, on either side, and for the account itself; [`Error::NotFound`]
    /// when the address has no account or no keys; [`Error::Conflict`] when they have another card by now, or there are too
    /// many; [`Error::Invalid`] for a form or time out of bounds.
    pub async fn name_deputy(&self, sender: &Sender, name: &NameDeputy) -> Result<(), Error> {
        let now = self.clock.now();
        let latest = now.saturating_add(i64::from(Deputies::MOST_DAYS) * 24 * 3600);
        if name.deputation.0.len() != NameDeputy::BYTES || name.until <= now || name.until > latest {
            return Err(Error::Invalid);
        }
        let login = login_name(&name.email)?;
        let is_staff = |role| matches!(role, Role::Staff | Role::Admin);
        if !is_staff(sender.account.role) || login.as_str() == sender.login() {
            return Err(Error::NotAllowed);
        }
        let deputy = self.meta.account(login.as_str()).await?.ok_or(Error::NotFound)?;
        if !is_staff(deputy.role) {
            return Err(Error::NotAllowed);
        }
        let card = self.meta.cards(login.as_str()).await?.pop().ok_or(Error::NotFound)?;
        super::grant::is_card(&card, &name.card)?;
        let letter = Letter::DeputyNamed { sender: sender.account.name.clone(), until: name.until };
        let mail = self.new_mail(&deputy.email, deputy.language, &letter)?;
        let times = (now, name.until);
        let most = Deputies::MOST as u32;
        let named =
            NamedDeputy { account: sender.id(), deputy: deputy.id, deputation: &name.deputation.0, mail };
        if !self.meta.name_deputy(&named, times, most).await? {
            return Err(Error::Conflict);
        }
        self.wake_mails();
        Ok(())
    }

    /// Is a deputy no longer, from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`] when they are none.
    pub async fn end_deputation(&self, sender: &Sender, deputy: &AccountId) -> Result<(), Error> {
        if self.meta.end_deputation(sender.id(), deputy).await? { Ok(()) } else { Err(Error::NotFound) }
    }
}
