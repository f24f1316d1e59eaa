//! Submit boxes: anybody sends something in, with a ticket that proves the mailbox and without an account.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{GiveGrant, Language, Level, NewLink};
use crate::schema::{
    BoxCard, BoxName, Days, DisplayName, Email, FileType, Fragment, Greeting, KeyDigits, SubmitterCard,
};
use crate::{BoxId, DeliveryId, Hidden, Opaque, RecipientId, RecipientState, TicketId, Token, UnixSeconds};

/// A box as its owner sets it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BoxSettings {
    /// Made by the owner's browser, since keys are bound to it; the same for the box's whole life.
    pub id: BoxId,
    /// Its name in links; no two boxes have the same. Lower-case letters, digits and dashes.
    #[schema(value_type = BoxName)]
    pub name: String,
    /// What stands above its page.
    #[schema(value_type = DisplayName)]
    pub title: String,
    /// What it says to submitters in German, of several lines; may be empty.
    #[schema(value_type = Greeting)]
    pub greeting_de: String,
    /// The same in English.
    #[schema(value_type = Greeting)]
    pub greeting_en: String,
    /// Most bytes of one submission; the server's own limit holds as well.
    pub max_bytes: u64,
    /// Extensions of the files that are welcome, in lower case and without the dot; none: all are. The submitter's browser
    /// looks at them, which is the only one that knows names.
    #[schema(value_type = Vec<FileType>, max_items = 50)]
    pub types: Vec<String>,
    /// Does it take submissions?
    pub is_on: bool,
    /// Does a submission's content go once its files are with the owner?
    pub delete_after_download: bool,
    /// Days that a submission lives.
    #[schema(value_type = Days)]
    pub days: u16,
    /// What submissions are sealed to, at most [`BoxSettings::MOST_CARD_BYTES`] long. `None`: the box works at level 2.
    #[schema(value_type = Option<BoxCard>)]
    pub card: Option<Opaque>,
}

impl BoxSettings {
    /// Most bytes of [`BoxSettings::card`].
    pub const MOST_CARD_BYTES: usize = 1600;
    /// Lengths that [`BoxSettings::name`] may have.
    pub const NAME_CHARS: core::ops::RangeInclusive<usize> = 3..=40;
    /// Most characters of a greeting.
    pub const GREETING_CHARS: usize = 2000;
    /// Most of [`BoxSettings::types`].
    pub const MOST_TYPES: usize = 50;
    /// Most characters of one of them.
    pub const TYPE_CHARS: usize = 10;
}

/// The account's box; the answer to `GET` [`crate::path::OWN_BOX`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnBox {
    /// Counts the changes, from 1; 0 when there is no box.
    pub revision: u32,
    /// The box, if there is one.
    pub settings: Option<BoxSettings>,
}

/// Makes the account's box, or changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreBox {
    /// The revision that stands there now, 0 for nothing: of two browsers at once one wins.
    pub replaces: u32,
    /// What stands there from now on.
    pub settings: BoxSettings,
}

/// A box as anybody sees it; the answer to `GET` [`crate::path::BOX`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublicBox {
    /// Names it for its keys.
    pub id: BoxId,
    /// Its name in links.
    pub name: String,
    /// What stands above its page.
    pub title: String,
    /// The owner's display name.
    pub owner: String,
    /// What it says to submitters in German.
    pub greeting_de: String,
    /// The same in English.
    pub greeting_en: String,
    /// How well submissions are protected: four with a card, else two.
    pub level: Level,
    /// From [`BoxSettings`].
    pub card: Option<Opaque>,
    /// Most bytes of one submission.
    pub max_bytes: u64,
    /// From [`BoxSettings`].
    pub types: Vec<String>,
    /// Days that a submission lives.
    pub days: u16,
}

/// Asks for a ticket: a mail with a link under which something can be submitted. The answer is the same for every address.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskTicket {
    /// The submitter's mailbox.
    #[schema(value_type = Email)]
    pub email: String,
    /// Of the mails to them.
    pub language: Language,
}

/// Makes a delivery that a ticket has begun visible to the box's owner, whom the server fills in as its only recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Submit {
    /// The owner as recipient; made by the submitter's browser.
    pub recipient: RecipientId,
    /// At level 2 the owner's link.
    pub link: Option<NewLink>,
    /// At level 2 the part of that link after `#`, which the server mails to the owner and then forgets.
    #[schema(value_type = Option<Fragment>)]
    pub mail: Option<Hidden>,
    /// At level 4 the delivery's keys, sealed to the box's card; with another card in use nothing is stored.
    pub grant: Option<GiveGrant>,
    /// At level 4 the submitter's own card for this one submission, at most [`Submit::MOST_CARD_BYTES`] long.
    #[schema(value_type = Option<SubmitterCard>)]
    pub submitter: Option<Opaque>,
    /// At level 4 the fingerprint of the key that it is sealed to, for the mail that confirms it: seven groups of five digits. The
    /// server cannot check it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<KeyDigits>)]
    pub sealed_to: Option<String>,
    /// Of the mail that confirms it.
    pub language: Language,
}

impl Submit {
    /// Most bytes of [`Submit::submitter`].
    pub const MOST_CARD_BYTES: usize = 1800;
}

/// It was submitted: what the server attests to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Submitted {
    /// When.
    pub at: UnixSeconds,
    /// When it ends.
    pub expires: UnixSeconds,
    /// SHA-256 over all that is stored of it.
    pub digest: Token,
}

/// What the bearer of a ticket sees of it; the answer to `GET` [`crate::path::TICKET`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TicketInfo {
    /// The box that it is for.
    #[serde(rename = "box")]
    pub submit_box: PublicBox,
    /// The mailbox that it went to.
    pub email: String,
    /// Until when a submission can be begun with it.
    pub expires: UnixSeconds,
    /// Can a submission be begun with it now?
    pub live: bool,
    /// Can something be added now to what was submitted?
    pub may_add: bool,
    /// Present when the owner asked for something.
    pub request: Option<RequestInfo>,
    /// What was submitted with it, the earliest first.
    pub submissions: Vec<Submission>,
    /// What the owner answered, the earliest first.
    pub answers: Vec<TicketAnswer>,
}

impl TicketInfo {
    /// How often something may be added to what was submitted with a ticket.
    pub const MOST_ADDITIONS: u32 = 20;
    /// Drafts of a ticket at a time.
    pub const MOST_DRAFTS: u32 = 5;
}

/// What the owner of a box asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RequestInfo {
    /// From [`crate::CreateRequest`].
    pub sealed: Opaque,
    /// When it is due.
    pub due: Option<UnixSeconds>,
    /// How often something may be submitted.
    pub uses: u16,
    /// How often something was.
    pub used: u16,
}

/// Something that was submitted, as its submitter sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Submission {
    /// Its id.
    pub delivery: DeliveryId,
    /// How well it is protected.
    pub level: Level,
    /// When it was submitted.
    pub sent: UnixSeconds,
    /// When it ends or ended.
    pub expires: UnixSeconds,
    /// Its files.
    pub files: u32,
    /// Bytes of its ciphertext.
    pub bytes: u64,
    /// From [`Submitted`].
    pub digest: Token,
    /// How far it is with the box's owner.
    pub state: RecipientState,
    /// Did they delete it before its time was over?
    pub deleted: bool,
}

/// What a box's owner answered, as the submitter sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TicketAnswer {
    /// Its id.
    pub delivery: DeliveryId,
    /// The submission that it answers.
    pub answer_to: DeliveryId,
    /// How well it is protected.
    pub level: Level,
    /// Does the submitter's own card open it, which needs no account? Ask [`crate::path::TICKET_ANSWER`].
    pub by_card: bool,
    /// The owner's display name.
    pub sender: String,
    /// When it was sent.
    pub sent: UnixSeconds,
    /// When it ends or ended.
    pub expires: UnixSeconds,
    /// How far it is with the submitter.
    pub state: RecipientState,
}

/// What makes a delivery in the inbox a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubmissionInfo {
    /// The box's name.
    pub box_name: String,
    /// The box's title.
    pub title: String,
    /// The ticket that it came with: the server has seen its bearer read the sender's mailbox, and nobody has seen more.
    pub ticket: TicketId,
    /// Was it added to an earlier one of this ticket?
    pub is_addition: bool,
    /// Does its content go once its files are with the account?
    pub deletes: bool,
    /// Had the account asked for it?
    pub request: bool,
    /// At level 4 the submitter's own card for it, which an answer can be granted to; in lists it is left out.
    pub submitter: Option<Opaque>,
}
