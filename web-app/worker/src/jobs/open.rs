//! A delivery is opened in this browser.

use std::{cell::RefCell, rc::Rc};

use blob_api::{Level as ApiLevel, Token, path};
use crypto_core::{
    delivery::{self, MAX_COVER_BYTES},
    error::{OpenError, ParseError},
    id::{DeliveryId, RecipientId},
    link::{Link, LinkKeys},
    personal::{AnyLink, PersonalLink},
    stream::FileRoot,
};
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_model::protocol::{Answer, Failure, JobId, Secret};

use super::{
    Kept, optional_password,
    receive::{Opened, Root},
    send::core_level,
};
use crate::{
    pipeline::{Cancel, download, http},
    worker::{Outcome, Worker},
};

/// A link that was read, and what was derived and opened with it.
pub(crate) struct ReadLink {
    delivery: DeliveryId,
    /// The recipient's own link, which leads to the delivery's.
    personal: Option<PersonalLink>,
    /// The delivery's link, once it is known.
    link: RefCell<Option<Rc<Link>>>,
    keys: RefCell<Option<Rc<LinkKeys>>>,
    opened: RefCell<Option<Rc<Opened>>>,
}

impl ReadLink {
    /// A delivery's own link.
    pub(super) fn of(link: Link) -> Self {
        Self {
            delivery: link.delivery,
            personal: None,
            link: RefCell::new(Some(Rc::new(link))),
            keys: RefCell::default(),
            opened: RefCell::default(),
        }
    }

    /// The delivery's link, once it is known.
    pub(super) fn link(&self) -> Option<Rc<Link>> {
        self.link.borrow().clone()
    }

    /// What was opened with it.
    pub(super) fn opened(&self) -> Option<Rc<Opened>> {
        self.opened.borrow().clone()
    }
}

impl Root for LinkKeys {
    fn root(&self) -> FileRoot<'_> {
        (&self.cover).into()
    }
}

pub(crate) fn read_link(
    worker: &Worker,
    id: JobId,
    delivery: &str,
    fragment: &str,
) -> Result<Outcome, Failure> {
    let delivery: blob_api::DeliveryId = delivery.parse().map_err(|_| Failure::BrokenLink)?;
    // A program that found the link in a sentence may have taken the sentence's end along.
    let fragment = fragment.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let link = AnyLink::parse(DeliveryId(delivery.0), fragment).map_err(|error| match error {
        ParseError::UnknownFormat => Failure::UnknownFormat,
        ParseError::Malformed => Failure::BrokenLink,
    })?;
    let (gate, link, personal) = match link {
        AnyLink::Own(link) => (link.gate(), Some(Rc::new(link)), None),
        AnyLink::Personal(personal) => (personal.gate(), None, Some(personal)),
    };
    let gate = Token(gate.to_bytes());
    let read = ReadLink {
        delivery: DeliveryId(delivery.0),
        personal,
        link: RefCell::new(link),
        keys: RefCell::default(),
        opened: RefCell::default(),
    };
    worker.keep(id, Kept::Link(Rc::new(read)));
    Ok(Answer::LinkRead { delivery, gate }.into())
}

pub(crate) fn unwrap(
    worker: &Worker,
    link: JobId,
    level: ApiLevel,
    recipient: blob_api::RecipientId,
    sealed: &[u8],
) -> Result<Outcome, Failure> {
    let read = find(worker, link)?;
    let personal = read.personal.as_ref().ok_or(Failure::Damaged(None))?;
    let own =
        personal.open(RecipientId(recipient.0), core_level(level), sealed).map_err(|error| match error {
            OpenError::UnknownFormat => Failure::UnknownFormat,
            OpenError::Damaged => Failure::Damaged(None),
        })?;
    read.link.replace(Some(Rc::new(own)));
    Ok(Answer::Nothing.into())
}

pub(crate) fn prove(worker: &Worker, link: JobId, typed: &Secret) -> Result<Outcome, Failure> {
    let read = find(worker, link)?;
    // A password that could not have been chosen is a wrong one; the server need not be asked.
    let password = optional_password(typed).map_err(|_| Failure::WrongPassword)?;
    let own = read.link.borrow().clone().ok_or(Failure::Internal)?;
    let keys = own.keys(password.as_ref()).map_err(|_| Failure::Internal)?;
    let auth = Token(keys.auth.to_bytes());
    read.keys.replace(Some(Rc::new(keys)));
    Ok(Answer::Proof { auth }.into())
}

pub(crate) async fn open_cover(
    worker: &Worker,
    link: JobId,
    level: ApiLevel,
    opening: &Token,
    cancel: Cancel,
) -> Result<Outcome, Failure> {
    let read = find(worker, link)?;
    let keys = read.keys.borrow().clone().ok_or(Failure::Internal)?;
    let delivery = read.delivery;
    let bytes = fetch(&path::cover(&blob_api::DeliveryId(delivery.0)), opening, &cancel).await?;
    let manifest =
        delivery::open_cover(&keys.cover, delivery, core_level(level), &bytes).map_err(download::failure)?;
    let opened = Opened::new(manifest, keys);
    let cover = opened.show(level);
    read.opened.replace(Some(Rc::new(opened)));
    Ok(Answer::Cover(cover).into())
}

pub(super) fn find(worker: &Worker, link: JobId) -> Result<Rc<ReadLink>, Failure> {
    worker.get(link, |kept| match kept {
        Kept::Link(read) => Some(Rc::clone(read)),
        _ => None,
    })
}

/// A cover or sealed part, whole.
pub(super) async fn fetch(path: &str, opening: &Token, cancel: &Cancel) -> Result<Vec<u8>, Failure> {
    let body = http::persist(
        cancel,
        || {},
        async || {
            let answer = http::get(path, opening, 0, cancel).await?;
            let body = answer.response.array_buffer().map_err(|_| http::interrupted(cancel))?;
            JsFuture::from(body).await.map_err(|_| http::interrupted(cancel))
        },
    );
    let bytes = Uint8Array::new(body.await?.unchecked_ref::<ArrayBuffer>());
    if bytes.length() as usize > MAX_COVER_BYTES {
        return Err(Failure::Damaged(None));
    }
    Ok(bytes.to_vec())
}
