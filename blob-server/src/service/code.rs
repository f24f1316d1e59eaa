//! Mailed codes: whoever shows one reads the mailbox.
//!
//! The answer to a request is the same for every address, and so is the work until it is given. What depends on the address
//! (is there an account, may there be one, did it get mails enough) is decided afterwards (`asked.rs`).

use blob_api::{AskCode, CodeAsked, Language, Purpose, Role};
use crypto_core::login::LoginName;

use super::asked::Ask;
use super::email::login_name;
use super::{Error, Network, Service, token};
use crate::mail::Letter;
use crate::store::{Account, Answered, LockedProof, NewProof};

/// Seconds for which a code is good.
pub(super) const LIFETIME: u32 = 30 * 60;
/// Wrong codes that void a proof.
pub(super) const MOST_WRONG: u32 = 5;
/// Mails with codes and hints that one mailbox gets in [`MAILS_WITHIN`] seconds.
const MOST_MAILS: u32 = 3;
/// Proofs are kept for so long, since they count the mails.
const MAILS_WITHIN: i64 = 3600;
/// A code that was asked for.
pub(super) struct AskedCode {
    proof: [u8; 32],
    name: LoginName,
    purpose: Purpose,
    language: Language,
    code: String,
}

impl Service {
    /// Takes a request for a code. Whether a mail follows, nobody learns from the answer.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no address, [`Error::TooMany`] for a network.
    pub async fn ask_code(&self, ask: &AskCode, network: Network) -> Result<CodeAsked, Error> {
        self.rates.code(network)?;
        let name = login_name(&ask.email)?;
        let (proof, token_hash) = token::generate()?;
        let code = format!("{:08}", token::below(100_000_000)?);
        let new = NewProof {
            token_hash,
            email: name.as_str(),
            purpose: ask.purpose,
            code_hash: token::keyed_hash(&proof.0, &[code.as_bytes()]),
        };
        self.meta.create_proof(&new, self.clock.now()).await?;
        let AskCode { purpose, language, .. } = *ask;
        self.asked.push(Ask::Code(AskedCode { proof: token_hash, name, purpose, language, code }))?;
        Ok(CodeAsked { proof, lifetime: LIFETIME })
    }

    /// Reads and writes the same for every address, so that whoever asks next cannot tell either.
    pub(super) async fn decide_code(&self, ask: AskedCode) -> Result<(), Error> {
        let role = self.may_register(&ask.name).await?;
        let Some(mut proof) = self.meta.lock_proof(&ask.proof).await? else { return Ok(()) };
        let account = proof.account().await?;
        let mails = proof.mails_since(self.proofs_since()).await?;
        let answered = if mails < MOST_MAILS {
            answer(ask.purpose, account.is_some(), role)
        } else {
            Answered::Silently
        };
        proof.answer(answered, role.filter(|_| account.is_none())).await?;
        self.mail_answer(&mut proof, ask, answered, account.as_ref()).await?;
        proof.commit().await?;
        self.wake_mails();
        Ok(())
    }

    /// Requests from before this time do not count any more.
    pub(super) fn proofs_since(&self) -> i64 {
        self.clock.now().saturating_sub(MAILS_WITHIN)
    }

    async fn mail_answer(
        &self,
        proof: &mut LockedProof,
        ask: AskedCode,
        answered: Answered,
        account: Option<&Account>,
    ) -> Result<(), Error> {
        let letter = match answered {
            Answered::Silently => return Ok(()),
            Answered::WithHint => Letter::HasAccount,
            Answered::WithCode => {
                Letter::Code { purpose: ask.purpose, code: ask.code, minutes: LIFETIME / 60 }
            }
        };
        let language = account.map_or(ask.language, |account| account.language);
        Ok(proof.enqueue_mail(&self.new_mail(ask.name.as_str(), language, &letter)?).await?)
    }
}

/// What becomes of a request, as far as the address matters.
fn answer(purpose: Purpose, has_account: bool, role: Option<Role>) -> Answered {
    match (purpose, has_account) {
        (Purpose::Register, true) => Answered::WithHint,
        (Purpose::Register, false) if role.is_some() => Answered::WithCode,
        (Purpose::Reset, true) => Answered::WithCode,
        (Purpose::Register | Purpose::Reset, false) => Answered::Silently,
    }
}
