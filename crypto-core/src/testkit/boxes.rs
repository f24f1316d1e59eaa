//! Cases of kinds `box card`, `submission`, `submitter`, `request`, `kept request`, `ticket link`, `receipt` and `submission
//! draft`.

use super::case::{Case, Failed};
use super::{drafts, open_outcome, people};
use crate::draft::{self, ResumeKey};
use crate::error::{BoxError, CardError, GrantError, TrustError};
use crate::grant::{self, Place};
use crate::id::{BlobId, TicketId};
use crate::identity::{Card, Fingerprint};
use crate::receipt::{self, ReceivedBlob};
use crate::request::RequestSecret;
use crate::submission::{ReceiptSecret, TicketLink};
use crate::submit_box::{BoxCard, BoxKem, BoxKeys};
use crate::suite;
use crate::suite::kem::KemSeed;
use crate::suite::sign::SigningSeed;
use crate::trust;

/// Looks at the card of a box.
pub(super) fn card(case: &Case<'_>) -> Result<(), Failed> {
    let card = match BoxCard::parse(&case.body()?) {
        Ok(card) => card,
        Err(error) => {
            return case.expect(match error {
                CardError::UnknownFormat => "unknown format",
                CardError::Malformed => "malformed",
                CardError::WeakKey => "weak key",
                CardError::BadSignature => "bad signature",
            });
        }
    };
    let named = case.optional("named").map(|_| fingerprint(case, "named")).transpose()?;
    let found = match card.check(named, case.number("now")?) {
        Ok(found) => found,
        Err(error) => {
            return case.expect(match error {
                BoxError::OtherKey => "other key",
                BoxError::Expired => "expired",
            });
        }
    };
    case.expect("ok")?;
    let same = found.card().fingerprint() == fingerprint(case, "fingerprint")?
        && found.card().holder() == fingerprint(case, "holder")?
        && u64::from(found.card().serial()) == case.number("serial")?
        && found.is_named() == named.is_some();
    if same { Ok(()) } else { Err("the card says something else".to_owned()) }
}

fn fingerprint(case: &Case<'_>, field: &str) -> Result<Fingerprint, Failed> {
    case.bytes(field).map(Fingerprint::from_bytes)
}

/// Opens what was sent into a box, and where the case tells the randomness, seals it again.
pub(super) fn submission(case: &Case<'_>) -> Result<(), Failed> {
    let (delivery, level) = case.place()?;
    let (place, email) = (Place { delivery, level }, people::name(case, "email")?);
    let card = Card::parse(&case.hex("submitter")?).map_err(|error| error.to_string())?;
    let submitter = match trust::submitter(card, delivery, &email) {
        Ok(submitter) => submitter,
        Err(TrustError::OtherAddress) => return case.expect("other address"),
        Err(error) => return Err(error.to_string()),
    };
    let box_card = BoxCard::parse(&case.hex("box_card")?).map_err(|error| error.to_string())?;
    let seed = case.bytes("kem_seed")?;
    let kem = BoxKem {
        serial: box_card.serial(),
        created: box_card.created(),
        seed: KemSeed::build(|bytes| *bytes = seed),
        holder: box_card.holder(),
    };
    let keys = BoxKeys { id: box_card.id(), signing: SigningSeed::build(|_| ()), kems: vec![kem] };
    let access = match grant::open_in_box(&keys, place, &submitter, &case.body()?) {
        Ok(access) => access,
        Err(error) => {
            return case.expect(match error {
                GrantError::UnknownFormat => "unknown format",
                GrantError::Damaged => "damaged",
                GrantError::OtherPlace => "other place",
                GrantError::NotForMe => "not for me",
                GrantError::NotEntitled => "not entitled",
                GrantError::BadSignature => "bad signature",
            });
        }
    };
    case.expect("ok")?;
    case.equal("delivery_key", access.key().expose())?;
    case.equal("link_secret", access.link().secret().expose())?;
    case.equal("commitment", &access.commitment().0)?;
    let identity = secret(case)?.identity(delivery, &email).map_err(|error| error.to_string())?;
    let given = case.number("given")?;
    let holder = box_card.check(None, given).map_err(|error| error.to_string())?;
    let again = grant::seal_to_box(&identity, &access, &holder, given, &mut case.replay("random")?);
    case.again(&again.map_err(|error| error.to_string())?)
}

fn secret(case: &Case<'_>) -> Result<ReceiptSecret, Failed> {
    Ok(ReceiptSecret::from_bytes(&case.bytes("receipt_secret")?))
}

/// Whom a secret gives.
pub(super) fn submitter(case: &Case<'_>) -> Result<(), Failed> {
    let identity = secret(case)?.identity(case.delivery()?, &people::name(case, "email")?);
    let identity = identity.map_err(|error| error.to_string())?;
    case.expect("ok")?;
    if identity.card().fingerprint() != fingerprint(case, "fingerprint")? {
        return Err("the fingerprint differs".to_owned());
    }
    case.again(identity.card().as_bytes())
}

/// Opens a request, and seals it again with the same salt.
pub(super) fn request(case: &Case<'_>) -> Result<(), Failed> {
    let ticket = TicketId(case.bytes("ticket")?);
    let link = TicketLink::parse(case.text("fragment")?).map_err(|error| error.to_string())?;
    let TicketLink::Requested(secret) = link else { return Err("no request".to_owned()) };
    let opened = match secret.open(ticket, &case.body()?) {
        Ok(opened) => opened,
        Err(error) => return case.expect(open_outcome(error)),
    };
    case.expect("ok")?;
    case.equal("token", &secret.token(ticket).to_bytes())?;
    case.equal("contents_sha256", &suite::sha256(&opened.encode().map_err(|error| error.to_string())?))?;
    let again = secret.seal(ticket, &opened, &mut case.replay("salt")?).map_err(|error| error.to_string())?;
    case.again(&again)
}

/// Opens what a requester keeps, and keeps it again with the same salt.
pub(super) fn kept(case: &Case<'_>) -> Result<(), Failed> {
    let (owner, ticket) = (people::identity(case.text("owner")?)?, TicketId(case.bytes("ticket")?));
    let secret = match RequestSecret::kept(&owner, ticket, &case.body()?) {
        Ok(secret) => secret,
        Err(error) => return case.expect(open_outcome(error)),
    };
    case.expect("ok")?;
    case.equal("secret", secret.expose())?;
    let again = secret.keep(&owner, ticket, &mut case.replay("salt")?).map_err(|error| error.to_string())?;
    case.again(&again)
}

/// Reads what stands after `#`, and writes it again.
pub(super) fn link(case: &Case<'_>) -> Result<(), Failed> {
    let fragment = case.text("fragment")?;
    let Ok(link) = TicketLink::parse(fragment) else { return case.expect("malformed") };
    case.expect("ok")?;
    let (form, again) = match link {
        TicketLink::Mailed(_) => ("mailed", None),
        TicketLink::Requested(secret) => ("requested", Some(secret.fragment())),
        TicketLink::Kept(receipt) => ("kept", Some(receipt.fragment())),
    };
    case.same("form", form)?;
    if again.is_none_or(|again| *again == fragment) { Ok(()) } else { Err("written otherwise".to_owned()) }
}

/// Computes a receipt.
pub(super) fn receipt(case: &Case<'_>) -> Result<(), Failed> {
    let mut blobs = Vec::new();
    for entry in case.text("blobs")?.split_whitespace() {
        let (blob, parts) = entry.split_once(':').ok_or("no parts")?;
        let parts = parse_hex(parts)?.chunks(32).map(|part| part.try_into().unwrap_or_default()).collect();
        let blob = parse_hex(blob)?.try_into().map_err(|_| "no blob".to_owned())?;
        blobs.push(ReceivedBlob { blob: BlobId(blob), parts });
    }
    case.expect("ok")?;
    case.equal("digest", &receipt::digest(case.delivery()?, &case.bytes("sheet")?, &blobs))
}

fn parse_hex(text: &str) -> Result<Vec<u8>, Failed> {
    Case::parse(&format!("hex: {text}"))?.hex("hex")
}

/// Opens the record of an unfinished submission, and seals it again with the same salt.
pub(super) fn draft(case: &Case<'_>) -> Result<(), Failed> {
    let (key, body) = (ResumeKey::from_bytes(&case.bytes("resume_key")?), case.body()?);
    let (opened, delivery_key, receipt) = match draft::open_submission(&key, case.delivery()?, &body) {
        Ok(opened) => opened,
        Err(error) => return case.expect(open_outcome(error)),
    };
    drafts::compare(case, &opened)?;
    case.equal("delivery_key", delivery_key.expose())?;
    case.equal("receipt_secret", receipt.expose())?;
    let keys = (&opened.link, &opened.keys, &delivery_key, &receipt);
    let again = draft::seal_submission(&key, keys, &opened.notes, &mut case.replay("salt")?);
    case.again(&again.map_err(|error| error.to_string())?)
}
