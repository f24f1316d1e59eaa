//! What somebody without an account sends into a box: who they are to its owner, and what they keep. SPEC §18.3.
//!
//! Their browser makes an identity for this one submission, from a secret that stands in the link of their receipt and is
//! given to nobody. So the owner's answer can be sealed to somebody who has neither account nor SecuPass.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::codec;
use crate::error::{ParseError, SealError};
use crate::id::{AccountId, DeliveryId, TicketId};
use crate::identity::{Fingerprint, Identity};
use crate::label::{Label, context};
use crate::login::LoginName;
use crate::request::RequestSecret;
use crate::secret::{SecretBytes, secret};
use crate::suite::Hkdf;

/// How the fragments of a ticket's links begin.
const TICKET: &str = "1t";
const REQUEST: &str = "1q";
const RECEIPT: &str = "1r";

secret! {
    /// 32 random bytes from which a submitter's identity follows. They stand in the link of the receipt.
    ReceiptSecret at "crypto_core::submission::ReceiptSecret"
}
secret! {
    /// Proves a ticket to the server: whoever has it may send into the box, and see what became of it.
    TicketToken at "crypto_core::submission::TicketToken"
}

impl TicketToken {
    /// As the server knows it by its hash.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self::build(|token| *token = *bytes)
    }
    /// The 32 bytes that are shown to the server.
    pub fn to_bytes(&self) -> [u8; 32] {
        *self.expose()
    }
}

impl ReceiptSecret {
    /// A new one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::build(|secret| rng.fill_bytes(secret))
    }

    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self::build(|secret| *secret = *bytes)
    }

    /// Who the submitter of this delivery is to the owner of the box: an identity that the same secret gives again.
    ///
    /// > SPEC §18.3: `account key, Ed25519 seed, X-Wing seed = Expand(Extract("", secret), ctx("submitter account" |
    /// > "submitter signing" | "submitter kem", delivery), 32)`; the card names the delivery as account, generation 1, and
    /// > the time 0
    ///
    /// # Errors
    /// [`SealError::CipherFailed`].
    pub fn identity(&self, delivery: DeliveryId, email: &LoginName) -> Result<Identity, SealError> {
        let prk = Hkdf::extract(&[], self.expose());
        let derive =
            |label| SecretBytes::<32>::build(|seed| prk.expand(&context(label, &[&delivery.0]), seed));
        let keys = [Label::SubmitterAccount, Label::SubmitterSigning, Label::SubmitterKem].map(derive);
        Identity::from_seeds(keys.each_ref().map(SecretBytes::expose), AccountId(delivery.0), email)
    }
}

/// What a submitter keeps of what they sent: the link that shows what became of it, and opens the answer.
pub struct Receipt {
    /// For the server.
    pub token: TicketToken,
    /// For the answer.
    pub secret: ReceiptSecret,
    /// Who may answer: the owner of the box.
    pub owner: Fingerprint,
}

/// What a link to a ticket's page carries after `#`.
pub enum TicketLink {
    /// From the mail that the server wrote when somebody asked for a ticket.
    Mailed(TicketToken),
    /// From somebody who asks for documents.
    Requested(RequestSecret),
    /// Kept by somebody who has sent something.
    Kept(Box<Receipt>),
}

impl TicketLink {
    /// Reads what stands after `#`, without the `#`.
    ///
    /// > SPEC §18.4: `"1t." token`, `"1q." secret`, or `"1r." token "." receipt secret "." owner's fingerprint`
    ///
    /// # Errors
    /// [`ParseError::Malformed`].
    pub fn parse(fragment: &str) -> Result<Self, ParseError> {
        let mut parts = fragment.split('.');
        let mut next = || parts.next().ok_or(ParseError::Malformed);
        let link = match next()? {
            TICKET => Self::Mailed(token(next()?)?),
            REQUEST => Self::Requested(RequestSecret::parse(next()?)?),
            RECEIPT => {
                let token = token(next()?)?;
                let mut read = Ok(());
                let text = next()?;
                let secret = ReceiptSecret::build(|bytes| read = codec::read_base64url(text, bytes));
                read?;
                let mut owner = [0; 20];
                codec::read_base64url(next()?, &mut owner)?;
                Self::Kept(Box::new(Receipt { token, secret, owner: Fingerprint::from_bytes(owner) }))
            }
            _ => return Err(ParseError::Malformed),
        };
        if parts.next().is_none() { Ok(link) } else { Err(ParseError::Malformed) }
    }

    /// What the server knows the ticket by.
    pub fn token(&self, ticket: TicketId) -> TicketToken {
        match self {
            Self::Mailed(token) => copy(token),
            Self::Requested(secret) => secret.token(ticket),
            Self::Kept(receipt) => copy(&receipt.token),
        }
    }
}

impl Receipt {
    /// What stands after `#`, without the `#`: 118 characters. With it the answer can be read: keep it.
    pub fn fragment(&self) -> Zeroizing<String> {
        Self::write(&self.token, &self.secret, &self.owner)
    }

    /// The same of its parts.
    pub fn write(token: &TicketToken, secret: &ReceiptSecret, owner: &Fingerprint) -> Zeroizing<String> {
        let parts = [
            &codec::base64url(token.expose()),
            &codec::base64url(secret.expose()),
            &codec::base64url(&owner.to_bytes()),
        ];
        parts.into_iter().fold(Zeroizing::new(RECEIPT.to_owned()), |text, part| {
            Zeroizing::new([text.as_str(), ".", part.as_str()].concat())
        })
    }
}

fn token(text: &str) -> Result<TicketToken, ParseError> {
    let mut read = Ok(());
    let token = TicketToken::build(|bytes| read = codec::read_base64url(text, bytes));
    read.map(|()| token)
}

fn copy(token: &TicketToken) -> TicketToken {
    TicketToken::build(|bytes| *bytes = *token.expose())
}
