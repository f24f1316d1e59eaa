//! A delivery's life, as its sender sees it: made, sent, ended.

use blob_api::{ChangeDelivery, CreateDelivery, DeliveryId, Level, MAX_COVER_BYTES, Sent, UnixSeconds};

use super::author::Maker;
use super::upload::BodyStream;
use super::{Author, Error, Holder, Sender, Service, token};
use crate::store::{
    Attempt, LockedDelivery, NewDelivery, ObjectKey, Sheet, StoreError, StoredDelivery, StoredTicket,
};

/// Seconds of a day.
const DAY: i64 = 86_400;

impl Service {
    /// Makes a draft. Repeating the same request changes nothing, so a lost answer does no harm.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the id is taken; [`Error::Invalid`] for a lifetime out of bounds, or a link for whoever has it
    /// above level 1; [`Error::NotAllowed`] by the policy. With a ticket as [`Service::check_ticket`].
    pub async fn create_delivery(&self, author: &Author, create: &CreateDelivery) -> Result<(), Error> {
        // Where there is no link of the delivery's own, no token has this hash.
        let gate_hash = create.gate_hash.as_ref().map_or_else(token::random, |hash| Ok(hash.0))?;
        let new = NewDelivery {
            id: create.delivery,
            origin: author.origin(),
            level: create.level,
            gate_hash,
            open_link: create.gate_hash.is_some(),
            answer_to: create.answer_to,
            auth_hash: create.auth_hash.0,
            password: create.password,
            days: create.days,
            resume: create.resume.0,
        };
        // A lost answer costs a ticket nothing: what is there is looked at before what there may be.
        if self.is_there(&new).await? {
            return Ok(());
        }
        let now = self.clock.now();
        let made = match author {
            Author::Account(sender) => {
                self.check_days(create.days)?;
                self.check_level(sender, create).await?;
                self.meta.create_delivery(&new, now).await?
            }
            Author::Ticket(Holder { ticket }) => {
                let check = |ticket: &StoredTicket| self.check_ticket(ticket, create);
                self.meta.create_with_ticket(&ticket.id, &new, now, check).await?
            }
        };
        if made || self.is_there(&new).await? { Ok(()) } else { Err(Error::Conflict) }
    }

    /// Is this very draft there?
    async fn is_there(&self, new: &NewDelivery) -> Result<bool, Error> {
        let stored = self.meta.delivery(&new.id).await?;
        Ok(stored.is_some_and(|stored| stored.sent.is_none() && is_same(&stored, new)))
    }

    /// Stores an encrypted manifest, in place of an earlier one.
    ///
    /// # Errors
    /// [`Error::Conflict`] once the delivery is sent, and when its level has no such sheet; [`Error::TooLarge`],
    /// [`StoreError::Full`].
    pub async fn put_sheet(
        &self,
        author: &Author,
        id: &DeliveryId,
        sheet: Sheet,
        size: u64,
        body: &mut impl BodyStream,
    ) -> Result<(), Error> {
        let row = draft(self.owned(author, id).await?)?;
        if !has_sheet(row.level, sheet) {
            return Err(Error::Conflict);
        }
        match size {
            0 => return Err(Error::Invalid),
            1..=MAX_COVER_BYTES => {}
            _ => return Err(Error::TooLarge),
        }
        let space = self.quota.reserve(&self.meta, size).await?;
        let key = ObjectKey::Sheet { sheet, delivery: *id, attempt: self.attempt()? };
        let digest = self.write_object(&key, &space, None, body).await?;
        let named = self.name_sheet(author, id, sheet, &key, (size, digest));
        let replaced = self.or_delete(&key, named).await?;
        self.delete_objects(replaced).await;
        Ok(())
    }

    async fn name_sheet(
        &self,
        author: &Author,
        id: &DeliveryId,
        sheet: Sheet,
        key: &ObjectKey,
        (size, digest): (u64, [u8; 32]),
    ) -> Result<Option<String>, Error> {
        let mut locked = self.lock_draft(author, id).await?;
        locked.set_sheet(sheet, &key.to_string(), size, &digest, self.clock.now()).await?;
        let replaced = locked.row.sheet(sheet).map(|replaced| replaced.object.clone());
        locked.commit().await?;
        Ok(replaced)
    }

    /// Gives a sent delivery another end, counted from now.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not the sender's or not sent, [`Error::Expired`] when it has ended, [`Error::Invalid`]
    /// for a lifetime out of bounds.
    pub async fn change_delivery(
        &self,
        sender: &Sender,
        id: &DeliveryId,
        change: &ChangeDelivery,
    ) -> Result<Sent, Error> {
        self.check_days(change.days)?;
        let mut locked = self.lock_owned(sender, id).await?;
        self.live(&locked.row)?;
        let expires = self.ends_after(change.days);
        locked.extend(expires).await?;
        locked.commit().await?;
        Ok(Sent { expires })
    }

    /// May a delivery live so long?
    pub(super) fn check_days(&self, days: u16) -> Result<(), Error> {
        if (1..=self.settings.max_days.get()).contains(&days) { Ok(()) } else { Err(Error::Invalid) }
    }

    /// The time so many days from now.
    pub(super) fn ends_after(&self, days: u16) -> UnixSeconds {
        self.clock.now().saturating_add(i64::from(days) * DAY)
    }

    /// Cancels a draft, which leaves nothing, or revokes a sent delivery, which leaves a tombstone.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not the author's, [`Error::Conflict`] for what was submitted: it is its recipient's.
    pub async fn delete_delivery(&self, author: &Author, id: &DeliveryId) -> Result<(), Error> {
        let locked = match author {
            Author::Account(sender) => self.lock_owned(sender, id).await?,
            Author::Ticket(_) => self.lock_draft(author, id).await?,
        };
        self.end(locked).await
    }

    /// Removes a delivery's content, and of a draft everything. Rows go first: what is not named is not served.
    pub(super) async fn end(&self, mut locked: LockedDelivery) -> Result<(), Error> {
        let objects = match (locked.row.sent, locked.row.ended) {
            (None, _) => locked.remove().await?,
            (Some(_), None) => locked.end(self.clock.now()).await?,
            (Some(_), Some(_)) => return Ok(()),
        };
        locked.commit().await?;
        self.delete_objects(objects).await;
        Ok(())
    }

    /// A delivery of theirs. Another's is as unknown as one that never was.
    pub(super) async fn owned(&self, maker: &impl Maker, id: &DeliveryId) -> Result<StoredDelivery, Error> {
        let row = self.meta.delivery(id).await?;
        row.filter(|row| maker.made(row)).ok_or(Error::NotFound)
    }

    /// The same, locked.
    pub(super) async fn lock_owned(
        &self,
        maker: &impl Maker,
        id: &DeliveryId,
    ) -> Result<LockedDelivery, Error> {
        let locked = self.meta.lock(id).await?;
        locked.filter(|locked| maker.made(&locked.row)).ok_or(Error::NotFound)
    }

    /// The same, if it can still be changed.
    pub(super) async fn lock_draft(
        &self,
        maker: &impl Maker,
        id: &DeliveryId,
    ) -> Result<LockedDelivery, Error> {
        let locked = self.lock_owned(maker, id).await?;
        if locked.row.sent.is_none() { Ok(locked) } else { Err(Error::Conflict) }
    }

    /// When a visible delivery ends.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a draft, [`Error::Expired`] when it has ended; the clock decides, not the sweeper.
    pub(super) fn live(&self, row: &StoredDelivery) -> Result<UnixSeconds, Error> {
        let expires = row.sent.and(row.expires).ok_or(Error::NotFound)?;
        if row.ended.is_none() && self.clock.now() < expires { Ok(expires) } else { Err(Error::Expired) }
    }

    /// Deletes objects that no row names. One that cannot be deleted now is found by the sweeper.
    pub(super) async fn delete_objects(&self, names: impl IntoIterator<Item = String>) {
        for name in names {
            if let Err(error) = self.blobs.delete(&name).await {
                tracing::warn!(%error, "an object was not deleted; the sweeper tries again");
            }
        }
    }

    /// Deletes an object again when the row that should name it was not written. When the database failed in a way that
    /// leaves this open, the object stays for the sweeper to judge.
    pub(super) async fn or_delete<T>(
        &self,
        key: &ObjectKey,
        naming: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let named = naming.await;
        if named
            .as_ref()
            .is_err_and(|error| !matches!(error, Error::Store(failed) if !matches!(failed, StoreError::Full)))
        {
            self.delete_objects([key.to_string()]).await;
        }
        named
    }

    /// What tells two objects for the same thing apart.
    pub(super) fn attempt(&self) -> Result<Attempt, Error> {
        Ok(Attempt(token::random()?))
    }
}

/// Has a delivery of this level such a sheet?
fn has_sheet(level: Level, sheet: Sheet) -> bool {
    match sheet {
        Sheet::Cover => level.has_cover(),
        Sheet::Sealed => level.needs_keys(),
    }
}

/// Has it all sheets that its level has?
pub(super) fn has_sheets(row: &StoredDelivery) -> bool {
    [Sheet::Cover, Sheet::Sealed]
        .into_iter()
        .all(|sheet| row.sheet(sheet).is_some() == has_sheet(row.level, sheet))
}

/// A delivery that can still be changed.
pub(super) fn draft(row: StoredDelivery) -> Result<StoredDelivery, Error> {
    if row.sent.is_none() { Ok(row) } else { Err(Error::Conflict) }
}

fn is_same(stored: &StoredDelivery, new: &NewDelivery) -> bool {
    let NewDelivery { id, origin, level, gate_hash, open_link, answer_to, auth_hash, password, days, resume } =
        new;
    (stored.id, stored.origin, stored.level) == (*id, *origin, *level)
        && (stored.open_link, stored.answer_to) == (*open_link, *answer_to)
        && (stored.gate_hash == *gate_hash || !*open_link)
        && stored.auth_hash == *auth_hash
        && (stored.password, stored.days, stored.resume) == (*password, *days, Some(*resume))
}
