//! The end of a submission: what it says is sealed and given to the box.

use blob_api::{BoxId, GiveGrant, Hidden, Opaque, Token, path};
use crypto_core::{
    grant::{self, Access},
    id::RecipientId,
    login::LoginName,
    receipt::{self, ReceivedBlob},
    sealed,
    submission::{Receipt, ReceiptSecret, TicketToken},
    submit_box::{self, BoxCard, VerifiedBox},
};
use web_model::protocol::{Failure, Made, Secret, SubmitAnswer, Submitting};

use super::{Prepared, files::OwnFile, find, seal_failure};
use crate::{
    jobs::rng,
    pipeline::Cancel,
    worker::{Outcome, Worker},
};

pub(crate) async fn submit(
    worker: &Worker,
    Submitting { prepared, letter, email, card, now }: Submitting,
    cancel: Cancel,
) -> Result<Outcome, Failure> {
    let prepared = find(worker, prepared)?;
    let recipient = RecipientId::generate(&mut rng());
    let made = Made {
        recipient: blob_api::RecipientId(recipient.0),
        link: None,
        mail: None,
        grant: None,
        submitter: None,
        receipt: None,
        digest: None,
        sealed_to: None,
    };
    let made = match card {
        None => {
            // The cover is there since the files are.
            let own = prepared.own_link(recipient)?;
            Made { link: Some(own.new), mail: Some(Hidden(own.fragment.0)), ..made }
        }
        Some((card, named)) => {
            let holder = looked_at(&card, named.as_deref(), now).ok_or(Failure::Internal)?;
            let email = LoginName::new(&email).map_err(|_| Failure::Internal)?;
            let receipt = prepared.receipt.as_ref().ok_or(Failure::Internal)?;
            let key = prepared.delivery_key.as_ref().ok_or(Failure::Internal)?;
            let submitter = receipt.identity(prepared.link.delivery, &email).map_err(seal_failure)?;
            let manifest = prepared.manifest(letter)?;
            let part =
                sealed::seal_part(&submitter, key, &manifest, None, &mut rng()).map_err(seal_failure)?;
            prepared.put(&path::sealed(&prepared.delivery()), &part, &cancel).await?;
            let access = Access::new(&prepared.link, key, prepared.level(), &part).map_err(seal_failure)?;
            let given = grant::seal_to_box(&submitter, &access, &holder, now, &mut rng());
            Made {
                grant: Some(GiveGrant {
                    grant: Opaque(given.map_err(seal_failure)?),
                    card: Token(holder.card().hash().0),
                }),
                submitter: Some(Opaque(submitter.card().as_bytes().to_vec())),
                receipt: Some(prepared.kept_link(receipt, &holder)?),
                sealed_to: Some(BoxId(holder.card().id().0)),
                ..made
            }
        }
    };
    let digest = prepared.digest();
    Ok(super::super::submit::answer(SubmitAnswer::Made(Box::new(Made { digest, ..made }))))
}

/// The box, when it may be sealed to.
pub(crate) fn looked_at(card: &Opaque, named: Option<&str>, now: u64) -> Option<VerifiedBox> {
    let named = named.map(submit_box::parse_fragment).transpose().ok()?;
    BoxCard::parse(&card.0).ok()?.check(named, now).ok()
}

impl Prepared {
    /// What stands after `#` in the link that the submitter keeps.
    fn kept_link(&self, receipt: &ReceiptSecret, holder: &VerifiedBox) -> Result<Secret, Failure> {
        let token = self.bearer.as_ref().ok_or(Failure::Internal)?;
        let token = TicketToken::from_bytes(&token.0);
        Ok(Secret(Receipt::write(&token, receipt, &holder.card().owner()).to_string()))
    }

    /// What the server must have, as far as this browser still knows all of it.
    fn digest(&self) -> Option<Token> {
        let received = |file: &OwnFile| {
            let parts = file.track.digests()?;
            Some(ReceivedBlob { blob: file.track.blob, parts })
        };
        let blobs: Option<Vec<_>> = self.files.borrow().iter().map(received).collect();
        let blobs = blobs?;
        Some(Token(receipt::digest(self.link.delivery, &self.sheet.get()?, &blobs)))
    }
}
