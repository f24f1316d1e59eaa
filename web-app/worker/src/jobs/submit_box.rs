//! The key of a submit box, as somebody sees it who wants to send something in. SPEC §18.2.

use blob_api::Opaque;
use crypto_core::{
    error::{BoxError, CardError},
    submit_box::{self, BoxCard, VerifiedBox},
};
use web_model::protocol::{BoxFault, BoxLook, MemberAnswer};

use super::keys::people;
use crate::worker::Outcome;

/// The box that this card is of, if something may be sealed to it now. `named` is what stands after `#` in its link.
pub(crate) fn verify(card: &Opaque, named: Option<&str>, now: u64) -> Result<VerifiedBox, BoxFault> {
    let named = named.map(submit_box::parse_fragment).transpose().map_err(|_| BoxFault::BrokenLink)?;
    let card = BoxCard::parse(&card.0).map_err(|error| match error {
        CardError::UnknownFormat | CardError::Malformed | CardError::WeakKey | CardError::BadSignature => {
            BoxFault::Damaged
        }
    })?;
    card.check(named, now).map_err(|error| match error {
        BoxError::OtherKey => BoxFault::OtherKey,
        BoxError::Expired => BoxFault::Expired,
    })
}

/// Looks at the key of a box, before anybody types anything.
pub(crate) fn look(card: &Opaque, named: Option<&str>, now: u64) -> Outcome {
    match verify(card, named, now) {
        Ok(found) => {
            let fingerprint = found.card().fingerprint();
            MemberAnswer::Box(BoxLook {
                fingerprint: people::shown(&fingerprint),
                fragment: submit_box::fragment(&fingerprint),
                named: found.is_named(),
            })
        }
        Err(fault) => MemberAnswer::BoxRefused(fault),
    }
    .into()
}
