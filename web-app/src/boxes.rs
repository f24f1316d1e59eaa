//! The keys of submit boxes, as those see them who send something in: which key a link has named, and what the server shows.

use blob_api::PublicBox;
use web_model::protocol::{BoxFault, BoxLook, MemberAnswer, MemberJob};
use web_model::trouble::Trouble;

use crate::browser;
use crate::crypto::Door;

/// Where what a link has named is kept, by the name of the box. It is no secret, and the page of a ticket, which a mail opens
/// in another tab, must know it.
const NAMED: &str = "siegel-box-";

/// How it stands with the key of a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BoxKey {
    /// It is the one that a link names.
    Named(BoxLook),
    /// The server says so, and nothing else does.
    Vouched(BoxLook),
    /// The box has none, and no link has named one: it works at level 2.
    Without,
    /// Nothing may be sent.
    Refused(Refusal),
}

impl BoxKey {
    /// May something be sent?
    pub(crate) fn may_be_used(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }

    /// What the link names, if it names the key.
    pub(crate) fn named(&self) -> Option<String> {
        match self {
            Self::Named(look) => Some(look.fragment.clone()),
            Self::Vouched(_) | Self::Without | Self::Refused(_) => None,
        }
    }
}

/// Why nothing may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// By its key.
    Key(BoxFault),
    /// A link has named a key, and the server shows none.
    Stripped,
}

/// What stood after `#` in the link of a box, once the key that the server shows was found to be that one.
pub(crate) fn remember(name: &str, fragment: &str) {
    browser::remember(&key(name), fragment);
}

/// What was remembered of it.
pub(crate) fn remembered(name: &str) -> Option<String> {
    browser::remembered(&key(name))
}

/// Looks at the key that the server shows for a box. `named` is what stood after `#` in its link. What an earlier link has named
/// holds for a link that names nothing: nobody gets around it by leaving it out.
pub(crate) async fn look(door: Door, shown: &PublicBox, named: Option<String>) -> Result<BoxKey, Trouble> {
    let named = named.or_else(|| remembered(&shown.name));
    let Some(card) = shown.card.clone() else {
        return Ok(if named.is_some() { BoxKey::Refused(Refusal::Stripped) } else { BoxKey::Without });
    };
    let job = MemberJob::LookAtBox { card, named, now: browser::since_1970() };
    let answer = door.ask(job).await.map_err(|failure| Trouble::of_worker(failure, &[]))?;
    match answer.member() {
        Some(MemberAnswer::Box(look)) if look.named => {
            remember(&shown.name, &look.fragment);
            Ok(BoxKey::Named(look))
        }
        Some(MemberAnswer::Box(look)) => Ok(BoxKey::Vouched(look)),
        Some(MemberAnswer::BoxRefused(fault)) => Ok(BoxKey::Refused(Refusal::Key(fault))),
        _ => Err(Trouble::Internal),
    }
}

fn key(name: &str) -> String {
    format!("{NAMED}{name}")
}
