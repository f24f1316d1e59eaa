//! What a sender's browser keeps so that a delivery can go on after its tab was closed.
//!
//! | store | key | value |
//! |---|---|---|
//! | `deliveries` | delivery | owner 16 B, then the record that `crypto_core::draft` sealed: useless without the server's half |
//! | `files` | delivery, blob | salt of the file |
//! | `parts` | delivery, blob, number | SHA-256 of the sealed part |
//!
//! Salts and digests are no secret: the server has them as well. A part's digest is on the disk before the part's first
//! byte leaves; that is what makes it safe to seal the file again under the same key (SPEC §6.5).

mod database;
mod lock;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use blob_api::{BlobId, DeliveryId};
use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, Shared},
};
use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_model::protocol::Failure;
use web_sys::IdbKeyRange;

use self::database::{Database, Durability};
pub(crate) use self::lock::Lock;
use crate::pipeline::timer::{before, now};

/// Milliseconds that the browser has to open its database before something is sent without: seldom more than a sender takes to
/// write, since it begins with the page.
const PATIENCE: f64 = 15_000.0;
const NAME: &str = "siegel-unfinished";
const DELIVERIES: &str = "deliveries";
const FILES: &str = "files";
const PARTS: &str = "parts";
const STORES: &[&str] = &[DELIVERIES, FILES, PARTS];

/// Tells whose a record is without saying it: a truncated hash of the login name.
pub(crate) type Owner = [u8; 16];

/// The whole journal. It is missing in a browser that keeps nothing: there a delivery cannot go on, but is sent all the same.
#[derive(Clone, Default)]
pub(crate) struct Journal(Option<Rc<Database>>);

/// A journal that the browser is opening, or has opened. It must be kept to the end, whoever still waits for it: the browser
/// calls back into it.
#[derive(Clone)]
pub(crate) struct Opening {
    journal: Shared<LocalBoxFuture<'static, Journal>>,
    /// When it is too late to wait for it, on the clock of [`now`].
    late: f64,
}

/// What the journal says of a file's ciphertext.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) salt: [u8; 32],
    /// Of its parts, from the first without a gap; none for a file of one part.
    /// What has left this browser is among them.
    pub(crate) digests: Vec<[u8; 32]>,
}

impl Opening {
    pub(crate) fn begin() -> Self {
        let journal = async { Journal(Database::open(NAME, STORES).await.ok().map(Rc::new)) };
        Self { journal: journal.boxed_local().shared(), late: now() + PATIENCE }
    }

    /// The journal, which may take its time where the disk is busy.
    pub(crate) async fn at_last(self) -> Journal {
        self.journal.await
    }

    /// The same, but one that is not open in time counts as missing: nobody shall wait for it to send.
    pub(crate) async fn in_time(self) -> Journal {
        before(|| self.late, self.journal).await.unwrap_or_default()
    }
}

impl Journal {
    /// The pages of one delivery, to be written.
    pub(crate) fn of(&self, delivery: DeliveryId) -> Pages {
        Pages {
            database: RefCell::new(self.0.clone()),
            delivery,
            salts: Rc::default(),
            writing: Rc::default(),
        }
    }

    /// The records of this owner's deliveries.
    pub(crate) async fn deliveries(&self, owner: Owner) -> HashMap<DeliveryId, Vec<u8>> {
        let Some(database) = &self.0 else { return HashMap::new() };
        let all = database.all(DELIVERIES, None).await.unwrap_or_default();
        let read = |(key, value): (JsValue, Vec<u8>)| {
            let record = value.strip_prefix(&owner)?;
            Some((key.as_string()?.parse().ok()?, record.to_vec()))
        };
        all.into_iter().filter_map(read).collect()
    }

    /// What is known of a delivery's files.
    pub(crate) async fn files(&self, delivery: DeliveryId) -> HashMap<BlobId, Kept> {
        self.read_files(delivery).await.unwrap_or_default()
    }

    async fn read_files(&self, delivery: DeliveryId) -> Result<HashMap<BlobId, Kept>, JsValue> {
        let mut files = HashMap::new();
        let Some(database) = &self.0 else { return Ok(files) };
        let range = below(&[delivery.to_string()])?;
        for (key, salt) in database.all(FILES, Some(&range)).await? {
            if let (Some(blob), Ok(salt)) = (blob_in(&key), salt.try_into()) {
                files.insert(blob, Kept { salt, digests: Vec::new() });
            }
        }
        // The keys' order is the order of files, and within a file of its parts.
        for (key, digest) in database.all(PARTS, Some(&range)).await? {
            let Some(blob) = blob_in(&key) else { continue };
            let Some(file) = files.get_mut(&blob) else { continue };
            match (number_in(&key), digest.try_into()) {
                (Some(number), Ok(digest)) if usize::try_from(number) == Ok(file.digests.len()) => {
                    file.digests.push(digest);
                }
                // A write was lost, and with it what left under this file's key: the file starts over.
                _ => drop(files.remove(&blob)),
            }
        }
        Ok(files)
    }
}

/// A file and its salt.
type Salt = (BlobId, [u8; 32]);

/// What the journal says of one delivery, to be written. Once a write has failed, nothing more is kept of the delivery.
pub(crate) struct Pages {
    database: RefCell<Option<Rc<Database>>>,
    delivery: DeliveryId,
    /// Salts of small files that wait to be written together.
    salts: Rc<RefCell<Vec<Salt>>>,
    /// Is a write of such salts under way?
    writing: Rc<Cell<bool>>,
}

impl Pages {
    /// Does the browser keep anything of the delivery?
    pub(crate) fn are_kept(&self) -> bool {
        self.database.borrow().is_some()
    }

    /// Writes the record, in place of an earlier one, and forgets these files.
    pub(crate) async fn record(&self, owner: Owner, record: &[u8], gone: &[BlobId]) -> Result<(), Failure> {
        let Some(database) = self.database() else { return Ok(()) };
        let delivery = self.delivery.to_string();
        let written = database.write(STORES, Durability::Strict, |stores| {
            stores.put(DELIVERIES, &delivery.as_str().into(), &[owner.as_slice(), record].concat())?;
            for blob in gone {
                let blob = blob.to_string();
                stores.delete(FILES, &key(&[&delivery, &blob]))?;
                stores.delete(PARTS, &below(&[delivery.clone(), blob])?.into())?;
            }
            Ok(())
        });
        self.settle(written.committed().await).await
    }

    /// Writes a part's digest, and with the first one the file's salt. The part may leave when the future has ended.
    pub(crate) fn part(
        self: &Rc<Self>,
        blob: BlobId,
        salt: [u8; 32],
        number: u32,
        digest: [u8; 32],
    ) -> impl Future<Output = Result<(), Failure>> + use<> {
        let written = self.database().map(|database| {
            let names = [self.delivery.to_string(), blob.to_string()];
            let [delivery, file] = names.each_ref().map(String::as_str);
            // Begun now and not when first waited for: the parts come to the disk in their order.
            database.write(&[FILES, PARTS], Durability::Strict, |stores| {
                if number == 0 {
                    stores.put(FILES, &key(&[delivery, file]), &salt)?;
                }
                let place = key(&[delivery, file]);
                place.push(&number.into());
                stores.put(PARTS, &place, &digest)
            })
        });
        let pages = Rc::clone(self);
        async move {
            match written {
                None => Ok(()),
                Some(written) => pages.settle(written.committed().await).await,
            }
        }
    }

    /// Notes the salt of a file that has arrived in one part. It is written soon, together with others: when it is lost, the
    /// file is sent once more.
    pub(crate) fn small_file(&self, blob: BlobId, salt: [u8; 32]) {
        let Some(database) = self.database() else { return };
        self.salts.borrow_mut().push((blob, salt));
        if self.writing.replace(true) {
            return;
        }
        let (delivery, salts, writing) = (self.delivery, Rc::clone(&self.salts), Rc::clone(&self.writing));
        spawn_local(async move {
            loop {
                let together = salts.take();
                if together.is_empty() {
                    break;
                }
                let delivery = delivery.to_string();
                let written = database.write(&[FILES], Durability::Relaxed, |stores| {
                    together.iter().try_for_each(|(blob, salt)| {
                        stores.put(FILES, &key(&[&delivery, &blob.to_string()]), salt)
                    })
                });
                // Unwritten is lost, which is allowed.
                let _ = written.committed().await;
            }
            writing.set(false);
        });
    }

    /// Forgets all of the delivery; nothing more is kept of it. False when it could not.
    pub(crate) async fn erase(&self) -> bool {
        let Some(database) = self.database() else { return true };
        self.salts.take();
        let delivery = self.delivery.to_string();
        let erased = database.write(STORES, Durability::Strict, |stores| {
            stores.delete(DELIVERIES, &delivery.as_str().into())?;
            let range = below(&[delivery])?.into();
            stores.delete(FILES, &range)?;
            stores.delete(PARTS, &range)
        });
        let erased = erased.committed().await.is_ok();
        if erased {
            self.database.take();
        }
        erased
    }

    fn database(&self) -> Option<Rc<Database>> {
        self.database.borrow().clone()
    }

    /// After a failed write the journal must not claim to be complete: it is erased, and sending goes on without it. Where not
    /// even that works, sending has to stop.
    async fn settle(&self, written: Result<(), JsValue>) -> Result<(), Failure> {
        match written {
            Err(_) if !self.erase().await => Err(Failure::NoSpace),
            _ => Ok(()),
        }
    }
}

fn key(names: &[&str]) -> Array {
    names.iter().map(|name| JsValue::from(*name)).collect()
}

/// All keys that begin with these names: an array sorts behind every text and number.
fn below(names: &[String]) -> Result<IdbKeyRange, JsValue> {
    let key = || names.iter().map(JsValue::from).collect::<Array>();
    let end = key();
    end.push(&Array::new());
    IdbKeyRange::bound(&key(), &end)
}

fn blob_in(key: &JsValue) -> Option<BlobId> {
    Array::from(key).get(1).as_string()?.parse().ok()
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "only numbers of parts are written"
)]
fn number_in(key: &JsValue) -> Option<u32> {
    Array::from(key).get(2).as_f64().map(|number| number as u32)
}
