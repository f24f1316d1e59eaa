//! The submit box of who is logged in. Its keys are looked after by themselves whenever the SecuPass is unlocked, on whatever page:
//! a card that is old, or that the server does not show, is replaced.

use blob_api::{BoxId, BoxSettings, Opaque, OwnBox, ProblemKind, Role, StoreBox};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::{BoxLook, KeysAnswer, KeysJob};
use web_model::trouble::Trouble;

use crate::app::{Server, server};
use crate::keys::{Keys, State, keys};
use crate::session::{Account, account};
use crate::{api, browser};

const DAY: u64 = 86_400;
/// Days for which replaced keys are kept beyond the longest life of a submission.
const MARGIN: u64 = 7;
/// Other browsers of the account would have to change the box this many times in one second.
const TRIES: u32 = 3;

/// How it stands with the keys of the box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BoxKeys {
    /// It has none, and works at level 2; or the SecuPass is locked.
    Unseen,
    /// They are in the vault.
    Here(BoxLook),
    /// The box has a card, and its keys are not in the vault.
    Lost,
}

/// The submit box of who is logged in.
#[derive(Clone, Copy)]
pub(crate) struct OwnBoxes {
    /// `None` until the server was asked.
    known: RwSignal<Option<OwnBox>>,
    box_keys: RwSignal<BoxKeys>,
    /// The box is being stored just now, and looked at afterwards.
    saving: StoredValue<bool>,
    /// What names the box that is being set up.
    drawn: StoredValue<Option<BoxId>>,
    keys: Keys,
    account: Account,
    server: Server,
}

/// The submit box of who is logged in.
pub(crate) fn own_boxes() -> OwnBoxes {
    expect_context()
}

impl OwnBoxes {
    /// Makes it known to all pages, and looks after its keys as soon as they are open.
    pub(crate) fn provide() {
        let own = Self {
            known: RwSignal::new(None),
            box_keys: RwSignal::new(BoxKeys::Unseen),
            saving: StoredValue::new(false),
            drawn: StoredValue::new(None),
            keys: keys(),
            account: account(),
            server: server(),
        };
        provide_context(own);
        let unlocked = Memo::new(move |_| own.keys.state() == State::Unlocked && own.is_staff());
        Effect::new(move || {
            own.box_keys.set(BoxKeys::Unseen);
            if unlocked.get() {
                // What fails is tried again when the SecuPass is unlocked next, or in the settings, which tell.
                spawn_local(async move { drop(own.refresh().await) });
            }
        });
    }

    /// Whoever is of the staff may have a box.
    pub(crate) fn is_staff(self) -> bool {
        let of_staff = |role| matches!(role, Role::Staff | Role::Admin);
        self.account.seen(|session| session.is_some_and(|session| of_staff(session.role)))
    }

    /// The box; `None` while it is not known.
    pub(crate) fn known(self) -> Option<OwnBox> {
        self.known.get()
    }

    /// How it stands with its keys.
    pub(crate) fn box_keys(self) -> BoxKeys {
        self.box_keys.get()
    }

    /// Asks the server, and renews the box's card if the keys are open and it needs that.
    pub(crate) async fn refresh(self) -> Result<(), Trouble> {
        for _ in 0..TRIES {
            let own = api::own_box().await?;
            if self.saving.get_value() {
                return Ok(());
            }
            let (looked, card) = self.look(&own).await?;
            let renewed = match (card, own.settings.clone()) {
                (Some(card), Some(settings)) => {
                    let settings = BoxSettings { card: Some(card), ..settings };
                    let store = StoreBox { replaces: own.revision, settings };
                    match api::store_box(&store).await {
                        Ok(()) => own_after(store),
                        // Another browser was faster.
                        Err(Trouble::Server(ProblemKind::Conflict, _)) => continue,
                        Err(trouble) => return Err(trouble),
                    }
                }
                _ => own,
            };
            self.known.set(Some(renewed));
            self.box_keys.set(looked);
            return Ok(());
        }
        Err(Trouble::Server(ProblemKind::Conflict, None))
    }

    /// How it stands with the keys of this box, and another card if it needs one.
    async fn look(self, own: &OwnBox) -> Result<(BoxKeys, Option<Opaque>), Trouble> {
        let (Some(BoxSettings { id, card: shown, .. }), Some(_)) = (&own.settings, self.keys.opened_as())
        else {
            return Ok((BoxKeys::Unseen, None));
        };
        let days = self.server.now().map_or(0, |server| u64::from(server.limits.max_days));
        let (keep, now) = ((days + MARGIN) * DAY, browser::since_1970());
        let job = |keys| KeysJob::RenewBox { keys, id: *id, shown: shown.clone(), keep, now };
        match self.keys.with_box(job).await? {
            KeysAnswer::BoxStands(look) => Ok((BoxKeys::Here(look), None)),
            KeysAnswer::BoxCard { card, look, .. } => Ok((BoxKeys::Here(look), Some(card))),
            // Without a card nothing was ever sealed to such keys.
            KeysAnswer::BoxLost if shown.is_none() => Ok((BoxKeys::Unseen, None)),
            KeysAnswer::BoxLost => Ok((BoxKeys::Lost, None)),
            _ => Err(Trouble::Internal),
        }
    }

    /// Stores the box, with keys made anew if that is wanted: its link is another one from then on. Asks for the SecuPass when it is
    /// needed. On [`ProblemKind::Conflict`] the box is known as it is then: with the same revision, its name is another's.
    pub(crate) async fn save(self, settings: BoxSettings, new_keys: bool) -> Result<(), Trouble> {
        self.saving.set_value(true);
        let answer = self.make_and_store(settings, new_keys).await;
        self.saving.set_value(false);
        answer
    }

    async fn make_and_store(self, settings: BoxSettings, new_keys: bool) -> Result<(), Trouble> {
        let id = self.id().await?;
        let mut settings = BoxSettings { id, ..settings };
        let mut look = None;
        if new_keys {
            let now = browser::since_1970();
            match self.keys.with_box(|keys| KeysJob::MakeBox { keys, id, now }).await? {
                KeysAnswer::BoxCard { card, look: its, .. } => {
                    (settings.card, look) = (Some(card), Some(its));
                }
                _ => return Err(Trouble::Internal),
            }
        }
        let replaces = untrack(|| self.known()).map_or(0, |own| own.revision);
        let store = StoreBox { replaces, settings };
        match api::store_box(&store).await {
            Ok(()) => {
                self.known.set(Some(own_after(store)));
                if let Some(look) = look {
                    self.box_keys.set(BoxKeys::Here(look));
                }
                Ok(())
            }
            Err(trouble @ Trouble::Server(ProblemKind::Conflict, _)) => {
                self.known.set(Some(api::own_box().await?));
                Err(trouble)
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// What names the box: as before, or drawn once.
    async fn id(self) -> Result<BoxId, Trouble> {
        let there = untrack(|| self.known()).and_then(|own| own.settings).map(|settings| settings.id);
        if let Some(id) = there.or_else(|| self.drawn.get_value()) {
            return Ok(id);
        }
        let id = self.keys.name_box().await?;
        self.drawn.set_value(Some(id));
        Ok(id)
    }

    /// Deletes the box, and then its keys.
    pub(crate) async fn delete(self) -> Result<(), Trouble> {
        let Some(settings) = untrack(|| self.known()).and_then(|own| own.settings) else { return Ok(()) };
        // Asked for first: nobody shall be left with a box gone and the SecuPass not given.
        if settings.card.is_some() && untrack(|| self.box_keys()) != BoxKeys::Lost {
            self.keys.need().await.ok_or(Trouble::Cancelled)?;
        }
        api::delete_box().await?;
        self.drawn.set_value(None);
        self.known.set(Some(OwnBox { revision: 0, settings: None }));
        self.box_keys.set(BoxKeys::Unseen);
        if settings.card.is_some() && self.keys.opened_as().is_some() {
            self.keys.with_box(|keys| KeysJob::ForgetBox { keys, id: settings.id }).await?;
        }
        Ok(())
    }
}

/// What stands there once this is stored.
fn own_after(StoreBox { replaces, settings }: StoreBox) -> OwnBox {
    OwnBox { revision: replaces.saturating_add(1), settings: Some(settings) }
}
