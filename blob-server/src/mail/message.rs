//! From words to a message as it travels (RFC 5322, MIME). Headers are built by lettre, which encodes whatever is not plain.

use std::time::{Duration, SystemTime};

use blob_api::{DeliveryId, UnixSeconds};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};

use super::content::Content;
use super::form;

/// What stands in a message's headers besides its words.
pub(super) struct Head<'a> {
    pub(super) from: &'a Mailbox,
    pub(super) to: Address,
    pub(super) message_id: &'a str,
    /// What groups mails about the same delivery in mail programs.
    pub(super) delivery: Option<DeliveryId>,
    pub(super) date: UnixSeconds,
    /// Where its reader can see to it that no such mail comes again.
    pub(super) unsubscribe: Option<String>,
}

/// The message; `None` when it cannot be built, which no letter of ours is a reason for.
pub(super) fn message(head: Head<'_>, content: &Content) -> Option<Message> {
    let date = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(head.date).unwrap_or_default());
    let mut message = Message::builder()
        .date(date)
        .message_id(Some(format!("<{}>", head.message_id)))
        .from(head.from.clone())
        .to(Mailbox::new(None, head.to))
        .subject(content.subject.as_str())
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    if let Some(address) = content.reply_to.as_deref().and_then(address) {
        message = message.reply_to(Mailbox::new(None, address));
    }
    if let Some(delivery) = head.delivery {
        // Nobody ever gets the message that all of them answer.
        let first = format!("<delivery.{}@{}>", delivery, head.from.email.domain());
        message = message.in_reply_to(first.clone()).references(first);
    }
    if let Some(url) = head.unsubscribe {
        let name = HeaderName::new_from_ascii_str("List-Unsubscribe");
        message = message.raw_header(HeaderValue::new(name, format!("<{url}>")));
    }
    message.multipart(MultiPart::alternative_plain_html(form::text(content), form::html(content))).ok()
}

/// An address as mail servers have it: a domain of other letters in its ASCII form (RFC 5891).
pub(super) fn address(text: &str) -> Option<Address> {
    let (local, domain) = text.rsplit_once('@')?;
    Address::new(local, idna::domain_to_ascii(domain).ok()?).ok()
}
