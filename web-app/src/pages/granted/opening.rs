//! The steps of opening a delivery that needs keys.

use std::sync::Arc;

use blob_api::{ProblemKind, Received, ReceivedGrant};
use web_model::protocol::{Answer, ByReceipt, Look, MemberAnswer, Sealed, Secret, UnsealJob, Unsealed};
use web_model::secupass::KeysFault;
use web_model::trouble::Trouble;

use crate::crypto::{Door, Kept};
use crate::keys::Keys;
use crate::pages::delivery::{Access, Contents};
use crate::{api, browser};

/// What was opened, and how far its sender's key is known.
#[derive(Clone)]
pub(super) struct Opened {
    pub(super) contents: Contents,
    pub(super) look: Look,
    /// The address of who released it in the sender's place.
    pub(super) deputy: Option<String>,
    /// Of a submission: who sent it.
    pub(super) submitter: Option<ByReceipt>,
}

/// Opens what was granted.
pub(super) async fn by_grant(door: Door, keys: Keys, received: &Received) -> Result<Opened, Trouble> {
    let grant = api::grant(&received.delivery).await?;
    if grant.grant.is_none() {
        return Err(Trouble::Server(ProblemKind::Conflict, None));
    }
    let card = grant.submitted_to.and(grant.sender.first().cloned());
    let (sealed, now) = (sealed(received, grant), browser::since_1970());
    let job = |keys| UnsealJob::ByGrant { keys, sealed: Box::new(sealed.clone()), now }.into();
    let (granted, answer) = answer(keys.remembering(job).await?)?;
    let opened = open(door, received, granted, answer).await?;
    let digits = opened.look.fingerprint.as_ref().map(|fingerprint| fingerprint.digits.clone());
    let submission = received.delivery;
    let submitter = card.zip(digits).map(|(card, digits)| ByReceipt { submission, card, digits });
    Ok(Opened { submitter, ..opened })
}

/// Opens by an invitation code. The sender sees that it was used, and releases the delivery without being asked.
pub(super) async fn by_code(
    door: Door,
    keys: Keys,
    received: &Received,
    code: Secret,
) -> Result<Opened, Trouble> {
    let grant = api::grant(&received.delivery).await?;
    if grant.grant.is_some() {
        return by_grant(door, keys, received).await;
    }
    let (sealed, now) = (sealed(received, grant), browser::since_1970());
    let job = |keys| {
        let (sealed, code) = (Box::new(sealed.clone()), code.clone());
        UnsealJob::ByCode { keys, sealed, code, now }.into()
    };
    let (granted, answer) = answer(keys.remembering(job).await?)?;
    let proof = answer.proof.as_ref().ok_or(Trouble::Internal)?;
    match api::prove_invitation(&received.delivery, proof).await {
        // It was released meanwhile, or the code was used before with other keys.
        Err(Trouble::Server(ProblemKind::Conflict, _)) => {
            return match api::grant(&received.delivery).await?.grant {
                Some(_) => by_grant(door, keys, received).await,
                None => Err(KeysFault::InvitationUsed.into()),
            };
        }
        proved => proved?,
    }
    open(door, received, granted, answer).await
}

/// Shows the server what follows from the keys, fetches what is sealed, and opens it.
async fn open(door: Door, received: &Received, granted: Kept, answer: Unsealed) -> Result<Opened, Trouble> {
    let auth = answer.auth.ok_or(Trouble::Server(ProblemKind::Conflict, None))?;
    let access = Access { delivery: received.delivery, gate: None, email: None, auth };
    let opening = access.open().await?;
    let job = UnsealJob::Open { granted: granted.id(), opening: opening.clone() };
    let kept = door.keep(job).await.map_err(|failure| Trouble::of_worker(failure, &[]))?;
    let (link, Answer::Cover(cover)) = kept else { return Err(Trouble::Internal) };
    let Received { sender, expires, submission, .. } = received.clone();
    let contents = Contents { link: Arc::new(link), access, opening, cover, sender, expires, submission };
    Ok(Opened { contents, look: answer.look, deputy: answer.deputy, submitter: None })
}

fn answer((kept, answer): (Kept, MemberAnswer)) -> Result<(Kept, Unsealed), Trouble> {
    match answer {
        MemberAnswer::Unsealed(answer) => Ok((kept, answer)),
        _ => Err(Trouble::Internal),
    }
}

fn sealed(received: &Received, grant: ReceivedGrant) -> Sealed {
    let Received { delivery, level, sender_email, .. } = received;
    Sealed { delivery: *delivery, level: *level, sender: sender_email.clone(), received: grant }
}
