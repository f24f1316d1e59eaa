//! Submit boxes, as their owners set them up and as anybody sees them.

use blob_api::{BoxSettings, Level, OwnBox, PublicBox, Role, StoreBox};

use super::name::display_name;
use super::{Error, Sender, Service};
use crate::store::{DeletedBox, StoredBox};

impl Service {
    /// The account's box.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for who is not of the staff.
    pub async fn own_box(&self, sender: &Sender) -> Result<OwnBox, Error> {
        check_staff(sender)?;
        let found = self.meta.box_of(sender.id()).await?;
        Ok(match found {
            Some(StoredBox { revision, settings, .. }) => OwnBox { revision, settings: Some(settings) },
            None => OwnBox { revision: 0, settings: None },
        })
    }

    /// Makes the account's box, or changes it. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for who is not of the staff; [`Error::Invalid`] for what is out of bounds; [`Error::Conflict`]
    /// when another revision is there, when the name is taken, and for another identifier than before.
    pub async fn store_box(&self, sender: &Sender, store: &StoreBox) -> Result<(), Error> {
        check_staff(sender)?;
        let title = display_name(&store.settings.title)?.to_owned();
        let new = &BoxSettings { title, ..store.settings.clone() };
        check(new)?;
        self.check_days(new.days)?;
        if self.meta.store_box(sender.id(), store.replaces, new).await? {
            return Ok(());
        }
        let there = self.meta.box_of(sender.id()).await?;
        let is_done = there.is_some_and(|there| {
            there.revision == store.replaces.saturating_add(1) && there.settings == *new
        });
        if is_done { Ok(()) } else { Err(Error::Conflict) }
    }

    /// Deletes the account's box, with its tickets and what they have begun.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for who is not of the staff; [`Error::NotFound`] when there is none; [`Error::Conflict`] while
    /// something that was submitted is there: it would go as well.
    pub async fn delete_box(&self, sender: &Sender) -> Result<(), Error> {
        check_staff(sender)?;
        match self.meta.delete_box(sender.id(), self.clock.now()).await?.ok_or(Error::NotFound)? {
            DeletedBox::InUse => Err(Error::Conflict),
            DeletedBox::Gone(objects) => {
                self.delete_objects(objects).await;
                Ok(())
            }
        }
    }

    /// A box as anybody sees it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this name, or it takes no submissions.
    pub async fn public_box(&self, name: &str) -> Result<PublicBox, Error> {
        let found = self.meta.box_named(name).await?.filter(|found| found.is_open);
        Ok(self.shown_box(found.ok_or(Error::NotFound)?))
    }

    /// What anybody may know of a box.
    pub(super) fn shown_box(&self, found: StoredBox) -> PublicBox {
        let StoredBox { settings, owner, .. } = found;
        PublicBox {
            id: settings.id,
            name: settings.name,
            title: settings.title,
            owner,
            greeting_de: settings.greeting_de,
            greeting_en: settings.greeting_en,
            level: if settings.card.is_some() { Level::Four } else { Level::Two },
            card: settings.card,
            max_bytes: settings.max_bytes.min(self.settings.delivery_bytes.0),
            types: settings.types,
            days: settings.days,
        }
    }
}

/// Boxes are the staff's.
pub(super) fn check_staff(sender: &Sender) -> Result<(), Error> {
    match sender.session().role {
        Role::Staff | Role::Admin => Ok(()),
        Role::Guest | Role::Partner => Err(Error::NotAllowed),
    }
}

/// Is it within bounds? Days are looked at elsewhere.
fn check(new: &BoxSettings) -> Result<(), Error> {
    let is_name = BoxSettings::NAME_CHARS.contains(&new.name.len())
        && new.name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-');
    let greets = |text: &str| {
        text.chars().count() <= BoxSettings::GREETING_CHARS
            && !text.chars().any(|c| c.is_control() && c != '\n')
    };
    let is_type = |kind: &String| {
        (1..=BoxSettings::TYPE_CHARS).contains(&kind.len())
            && kind.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    let card =
        new.card.as_ref().is_none_or(|card| (1..=BoxSettings::MOST_CARD_BYTES).contains(&card.0.len()));
    let fits = is_name
        && greets(&new.greeting_de)
        && greets(&new.greeting_en)
        && (1..=1 << 50).contains(&new.max_bytes)
        && new.types.len() <= BoxSettings::MOST_TYPES
        && new.types.iter().all(is_type)
        && card;
    if fits { Ok(()) } else { Err(Error::Invalid) }
}
