//! The keys of submit boxes, as those see them who send something in: which key a link has named, and what the server shows.

use blob_api::PublicBox;
use web_model::protocol::{BoxFault, BoxLook, MemberAnswer, MemberJob};
use web_model::trouble::Trouble;

use crate::browser;
use crate::crypto::Door;

/// Where what a link has named is kept, by the name of the box. It is no secret, and the page of a ticket, which a mail opens
/// in another tab, must know it.
const NAMED: &str = "siegel-box-";
/// Where the last box is kept whose link named its key and that a ticket was asked for.
const ASKED: &str = "siegel-asked";
/// Seconds for which a ticket of that box is waited for; by default one is valid for two days.
const WAITS: i64 = 7 * 86_400;

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

    /// The key that was shown, if there is one.
    pub(crate) fn shown(&self) -> Option<&BoxLook> {
        match self {
            Self::Named(look) | Self::Vouched(look) => Some(look),
            Self::Without | Self::Refused(_) => None,
        }
    }
}

/// What names the key of a box.
pub(crate) enum Names {
    /// Nothing does here. What an earlier link has named holds: nobody gets around it by leaving it out.
    Nothing,
    /// What stands after `#` in the box's own link; it holds from then on.
    Link(String),
    /// The same in a request. The server may have mailed that, so it holds besides what a link has named, never instead of it.
    Request(String),
}

/// Why nothing may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// By its key.
    Key(BoxFault),
    /// A link has named a key, and the server shows none.
    Stripped,
}

/// Looks at the key that the server shows for a box.
pub(crate) async fn look(door: Door, shown: &PublicBox, names: Names) -> Result<BoxKey, Trouble> {
    let kept = browser::remembered(&key(&shown.name));
    let (named, is_link) = match names {
        Names::Nothing => (kept, false),
        Names::Link(fragment) => (Some(fragment), true),
        Names::Request(fragment) if kept.is_none_or(|kept| kept == fragment) => (Some(fragment), false),
        Names::Request(_) => return Ok(BoxKey::Refused(Refusal::Key(BoxFault::OtherKey))),
    };
    let key = look_at(door, shown, named).await?;
    if let (true, BoxKey::Named(look)) = (is_link, &key) {
        browser::remember(&self::key(&shown.name), &look.fragment);
    }
    Ok(key)
}

/// Does the server still show the box whose key has this fragment?
pub(crate) async fn is_still(
    door: Door,
    shown: &PublicBox,
    fragment: Option<String>,
) -> Result<bool, Trouble> {
    let has_key = fragment.is_some();
    Ok(match look_at(door, shown, fragment).await? {
        BoxKey::Named(_) => true,
        BoxKey::Without => !has_key,
        BoxKey::Vouched(_) | BoxKey::Refused(_) => false,
    })
}

async fn look_at(door: Door, shown: &PublicBox, named: Option<String>) -> Result<BoxKey, Trouble> {
    let Some(card) = shown.card.clone() else {
        return Ok(if named.is_some() { BoxKey::Refused(Refusal::Stripped) } else { BoxKey::Without });
    };
    let job = MemberJob::LookAtBox { card, named, now: browser::since_1970() };
    let answer = door.ask(job).await.map_err(|failure| Trouble::of_worker(failure, &[]))?;
    match answer.member() {
        Some(MemberAnswer::Box(look)) if look.named => Ok(BoxKey::Named(look)),
        Some(MemberAnswer::Box(look)) => Ok(BoxKey::Vouched(look)),
        Some(MemberAnswer::BoxRefused(fault)) => Ok(BoxKey::Refused(Refusal::Key(fault))),
        _ => Err(Trouble::Internal),
    }
}

/// Notes that a ticket of this box was asked for. If its key was named, the ticket must lead there.
pub(crate) fn asked(shown: &PublicBox, key: &BoxKey) {
    if let BoxKey::Named(_) = key {
        browser::remember(ASKED, &format!("{} {} {}", browser::now(), shown.name, shown.title));
    }
}

/// The title of the box whose ticket is waited for, if this is another one whose key nothing names.
pub(crate) fn is_another(shown: &PublicBox, key: &BoxKey) -> Option<String> {
    let asked = browser::remembered(ASKED)?;
    let mut parts = asked.splitn(3, ' ');
    let (at, name, title) = (parts.next()?.parse::<i64>().ok()?, parts.next()?, parts.next()?);
    let waits = browser::now().saturating_sub(at) < WAITS;
    // Its owner may have given it another name.
    let named = browser::remembered(&self::key(name));
    let is_it = key.shown().is_some_and(|look| named.as_ref() == Some(&look.fragment));
    let is_named = is_it || name == shown.name || matches!(key, BoxKey::Named(_));
    (waits && !is_named).then(|| title.to_owned())
}

fn key(name: &str) -> String {
    format!("{NAMED}{name}")
}
