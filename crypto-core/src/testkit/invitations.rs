//! Cases of kinds `invitation code`, `offer` and `answer`.

use super::case::{Case, Failed};
use super::identities::words_outcome;
use super::{open_outcome, people};
use crate::error::InvitationError;
use crate::id::{DeliveryId, RecipientId};
use crate::identity::CardHash;
use crate::invitation::{InvitationCode, InvitationSecret, SentInvitation, open_offer, seal_offer};
use crate::words::Language;

fn place(case: &Case<'_>) -> Result<(DeliveryId, RecipientId), Failed> {
    Ok((case.delivery()?, RecipientId(case.bytes("recipient")?)))
}

/// Reads the words, and compares the secret they stand for.
pub(super) fn code(case: &Case<'_>) -> Result<(), Failed> {
    let code = match InvitationCode::read(case.text("words")?) {
        Ok(code) => code,
        Err(error) => return case.expect(words_outcome(error)),
    };
    case.expect("ok")?;
    let (delivery, recipient) = place(case)?;
    let secret = |code: &InvitationCode| {
        InvitationSecret::from_code(code, delivery, recipient).map_err(|error| error.to_string())
    };
    case.equal("secret", secret(&code)?.expose())?;
    let shown = [Language::German, Language::English].map(|language| code.words(language));
    if shown.iter().all(|words| words.as_str() != case.text("words").unwrap_or_default()) {
        return Err("the words are shown differently".to_owned());
    }
    Ok(())
}

/// Opens an offer, compares what it says and the proof of a card, and seals it again with the same salt.
pub(super) fn offer(case: &Case<'_>) -> Result<(), Failed> {
    let Ok(secret) = InvitationSecret::parse(case.text("fragment")?) else { return case.expect("malformed") };
    let opened = match open_offer(&secret, place(case)?, case.level()?, &case.body()?) {
        Ok(opened) => opened,
        Err(error) => return case.expect(open_outcome(error)),
    };
    case.expect("ok")?;
    let (inviter, card) = (people::identity(case.text("inviter")?)?, people::card(case.text("card")?)?);
    if opened.inviter() != inviter.card().fingerprint() || opened.email() != card.email().as_str() {
        return Err("inviter or address differ".to_owned());
    }
    case.equal("proof", &opened.prove(&secret, &card).map_err(|error| error.to_string())?)?;
    case.equal("gate", secret.personal(case.delivery()?).gate().expose())?;
    if opened.access().is_some() != case.optional("delivery_key").is_some() {
        return Err("there are keys, or there are none".to_owned());
    }
    if let Some(access) = opened.access() {
        case.equal("delivery_key", access.key().expose())?;
        case.equal("link_secret", access.link().secret().expose())?;
        case.equal("commitment", &access.commitment().0)?;
    }
    case.same("fragment", &secret.fragment())?;
    let sent = SentInvitation::new(&inviter, place(case)?, card.email(), secret);
    let again = seal_offer(&inviter, &sent, case.level()?, opened.access(), &mut case.replay("salt")?);
    case.again(&again.map_err(|error| error.to_string())?)
}

/// Checks the proof of a card that came back to its inviter.
pub(super) fn answer(case: &Case<'_>) -> Result<(), Failed> {
    let secret = InvitationSecret::parse(case.text("fragment")?).map_err(|error| error.to_string())?;
    let used = case.optional("used").map(|_| case.bytes("used").map(CardHash)).transpose()?;
    let inviter = people::card(case.text("inviter")?)?.fingerprint();
    let email = people::name(case, "email")?.as_str().to_owned();
    let mut sent = SentInvitation::restore(place(case)?, email, inviter, secret.expose(), used);
    let card = people::card(case.text("card")?)?;
    let checked = sent.check(&card, &case.hex("proof")?);
    if sent.used() != checked.as_ref().ok().map(|_| card.hash()).or(used) {
        return Err("what used the invitation up differs".to_owned());
    }
    case.expect(match checked {
        Ok(_) => "ok",
        Err(InvitationError::OtherAddress) => "other address",
        Err(InvitationError::WrongProof) => "wrong proof",
        Err(InvitationError::UsedTwice) => "used twice",
    })
}
