//! What somebody with a ticket can do.

use std::rc::Rc;

use blob_api::{Opaque, ReceivedGrant, Token};
use crypto_core::{
    access::TokenHash,
    error::{GrantError, OpenError},
    grant::{self, Access, Giver, Place},
    id::{BoxId, DeliveryId, Level, TicketId},
    identity::Card,
    login::LoginName,
    request::{Request, RequestSecret},
    submission::{Receipt, TicketLink},
    submit_box,
    trust::{self, VerifiedKey},
};
use web_model::protocol::{
    Answer, Asked, Failure, JobId, MemberAnswer, Requested, Secret, SubmitAnswer, SubmitJob, TicketForm,
};

use super::{
    Kept, keys, rng,
    send::{self, seal_failure},
    unseal,
};
use crate::{
    pipeline::Cancel,
    worker::{Outcome, Worker},
};

/// A ticket's link that was read.
pub(crate) struct Ticket {
    ticket: TicketId,
    link: TicketLink,
}

impl Ticket {
    /// What opens the answer, when the link is that of a receipt.
    fn receipt(&self) -> Option<&Receipt> {
        match &self.link {
            TicketLink::Kept(receipt) => Some(receipt),
            TicketLink::Mailed(_) | TicketLink::Requested(_) => None,
        }
    }
}

pub(super) async fn run(
    worker: &Worker,
    id: JobId,
    job: SubmitJob,
    cancel: Cancel,
) -> Result<Outcome, Failure> {
    match job {
        SubmitJob::Read { ticket, fragment } => read(worker, id, &ticket, &fragment.0),
        SubmitJob::Open { link, sealed } => {
            let read = find(worker, link)?;
            let TicketLink::Requested(secret) = &read.link else { return Err(Failure::Internal) };
            let request = secret.open(read.ticket, &sealed.0).map_err(open_failure)?;
            Ok(answer(SubmitAnswer::Asked(asked(request))))
        }
        SubmitJob::Request { keys, submit_box, asked } => request(worker, keys, submit_box, asked),
        SubmitJob::OwnRequest { keys, ticket, kept, sealed } => {
            let keys = keys::get(worker, keys)?;
            let ticket = TicketId(ticket.0);
            let secret = RequestSecret::kept(keys.identity(), ticket, &kept.0).map_err(open_failure)?;
            let request = secret.open(ticket, &sealed.0).map_err(open_failure)?;
            Ok(answer(SubmitAnswer::Own(asked(request), Secret(secret.fragment().to_string()))))
        }
        SubmitJob::Answer { link, submission, answer: to_open, email, received } => {
            let read = find(worker, link)?;
            let receipt = read.receipt().ok_or(Failure::BrokenLink)?;
            let answers = (DeliveryId(submission.0), DeliveryId(to_open.0));
            let (access, sender) = opened(receipt, answers, &email, &received)?;
            Ok(answer(SubmitAnswer::Opened(unseal::keep(worker, id, access, sender)?)))
        }
        SubmitJob::Submit(submitting) => send::submit(worker, *submitting, cancel).await,
    }
}

fn open_failure(error: OpenError) -> Failure {
    match error {
        OpenError::UnknownFormat => Failure::UnknownFormat,
        OpenError::Damaged => Failure::Damaged(None),
    }
}

fn asked(Request { note, items, submit_box }: Request) -> Asked {
    Asked { note, items, named: submit_box.map(|fingerprint| submit_box::fragment(&fingerprint)) }
}

fn request(
    worker: &Worker,
    owner: Option<JobId>,
    submit_box: blob_api::BoxId,
    Asked { note, items, named: _ }: Asked,
) -> Result<Outcome, Failure> {
    let (ticket, secret) = (TicketId::generate(&mut rng()), RequestSecret::generate(&mut rng()));
    let owner = owner.map(|owner| keys::get(worker, owner)).transpose()?;
    let submit_box = owner.as_ref().and_then(|keys| keys.box_fingerprint(BoxId(submit_box.0)));
    let sealed =
        secret.seal(ticket, &Request { note, items, submit_box }, &mut rng()).map_err(seal_failure)?;
    let kept = owner.map(|keys| secret.keep(keys.identity(), ticket, &mut rng())).transpose();
    let kept = kept.map_err(seal_failure)?.map(Opaque);
    let token_hash = TokenHash::of(&secret.token(ticket).to_bytes()).to_bytes();
    Ok(answer(SubmitAnswer::Requested(Box::new(Requested {
        ticket: blob_api::TicketId(ticket.0),
        token_hash: Token(token_hash),
        sealed: Opaque(sealed),
        kept,
        fragment: Secret(secret.fragment().to_string()),
    }))))
}

fn read(worker: &Worker, id: JobId, ticket: &str, fragment: &str) -> Result<Outcome, Failure> {
    let ticket: blob_api::TicketId = ticket.parse().map_err(|_| Failure::BrokenLink)?;
    // A program that found the link in a sentence may have taken the sentence's end along.
    let fragment = fragment.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let link = TicketLink::parse(fragment).map_err(|_| Failure::BrokenLink)?;
    let form = match &link {
        TicketLink::Mailed(_) => TicketForm::Mailed,
        TicketLink::Requested(_) => TicketForm::Requested,
        TicketLink::Kept(_) => TicketForm::Kept,
    };
    let read = Ticket { ticket: TicketId(ticket.0), link };
    let token = Token(read.link.token(read.ticket).to_bytes());
    worker.keep(id, Kept::Ticket(Rc::new(read)));
    Ok(answer(SubmitAnswer::Read { ticket, token, form }))
}

/// The keys of an answer, if it is by the owner of the box, and to who keeps this receipt.
fn opened(
    receipt: &Receipt,
    (submission, answer): (DeliveryId, DeliveryId),
    email: &str,
    received: &ReceivedGrant,
) -> Result<(Access, VerifiedKey), Failure> {
    let damaged = Failure::Damaged(None);
    let email = LoginName::new(email).map_err(|_| damaged.clone())?;
    let submitter = receipt.secret.identity(submission, &email).map_err(|_| Failure::Internal)?;
    let cards: Result<Vec<_>, _> = received.sender.iter().map(|card| Card::parse(&card.0)).collect();
    let cards = cards.map_err(|_| damaged.clone())?;
    let owner = trust::answering(&cards, &receipt.owner).map_err(|_| damaged.clone())?;
    let grant = received.grant.as_ref().ok_or(Failure::Internal)?;
    let place = Place { delivery: answer, level: Level::Four };
    let access = grant::open(&submitter, place, &owner, Giver::Sender, &grant.0);
    let access = access.map_err(|error| match error {
        // To what another receipt opens.
        GrantError::NotForMe => Failure::BrokenLink,
        GrantError::UnknownFormat => Failure::UnknownFormat,
        GrantError::Damaged | GrantError::OtherPlace | GrantError::NotEntitled | GrantError::BadSignature => {
            damaged
        }
    })?;
    Ok((access, owner))
}

fn find(worker: &Worker, link: JobId) -> Result<Rc<Ticket>, Failure> {
    let any = worker.get(link, |kept| match kept {
        Kept::Ticket(ticket) => Some(Rc::clone(ticket)),
        _ => None,
    })?;
    any.downcast().map_err(|_| Failure::Internal)
}

pub(super) fn answer(answer: SubmitAnswer) -> Outcome {
    Answer::from(MemberAnswer::Submit(answer)).into()
}
