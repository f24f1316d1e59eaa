//! The API: every operation in one list, from which both the router and the description are made.

mod openapi;
mod operation;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use blob_api::ProblemKind::*;
use blob_api::{CONTENT_DIGEST, UPLOAD_COMPLETE, path};

use self::operation::{Operation, delete, get, patch, post, put};
use super::{
    App, account, blob, boxes, credential, delivery, deputy, factor, grant, instance, keys, link, login,
    part, request, setup, submit_box, ticket,
};

/// A SHA-256 as RFC 9530 writes it.
const DIGEST: &str = "^sha-256=:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=:$";

/// The routes of all operations.
pub(super) fn router() -> Router<Arc<App>> {
    let route =
        |router: Router<Arc<App>>, operation: Operation| router.route(operation.path, operation.route);
    operations().into_iter().fold(Router::new(), route)
}

/// The API in OpenAPI's words.
#[derive(Clone, Copy)]
struct Description;

impl IntoResponse for Description {
    fn into_response(self) -> Response {
        static TEXT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", openapi::document(operations())));
        let kind = HeaderValue::from_static("application/json");
        ([(header::CONTENT_TYPE, kind)], TEXT.as_str()).into_response()
    }
}

async fn description() -> Description {
    Description
}

fn operations() -> Vec<Operation> {
    let parts = [
        ("Server", server()),
        ("Set-up", set_up()),
        ("Logging in", log_in()),
        ("Account", own_account()),
        ("Keys", own_keys()),
        ("Inbox and Sent", own_boxes()),
        ("Sending", sending()),
        ("Opening", opening()),
        ("Submit boxes", submit_boxes()),
    ];
    let tagged = |(tag, operations): (&'static str, Vec<Operation>)| {
        operations.into_iter().map(move |operation| operation.tagged(tag))
    };
    parts.into_iter().flat_map(tagged).collect()
}

fn server() -> Vec<Operation> {
    vec![
        get(path::HEALTH, instance::health).is("Is the server alive?"),
        get(path::INSTANCE, instance::get).is("What this server is and allows."),
        get(path::OPENAPI, description).is("This description."),
    ]
}

fn set_up() -> Vec<Operation> {
    vec![
        post(path::SETUP_START, setup::start).is("First half of making the first admin.").or(&[SetupRefused]),
        post(path::SETUP_FINISH, setup::finish).is("Second half.").or(&[SetupRefused]),
    ]
}

fn log_in() -> Vec<Operation> {
    vec![
        post(path::LOGIN_START, login::start).is("First half of logging in."),
        post(path::LOGIN_FINISH, login::finish).is("Second half.").or(&[WrongLogin]),
        post(path::LOGIN_SECOND, login::second)
            .is("The second factor of a login.")
            .or(&[WrongLogin, WrongCode]),
        post(path::CODES, credential::ask_code).is("Asks for a mail with a code that proves a mailbox."),
        post(path::CREDENTIAL_START, credential::start)
            .is("First half of a new account or a new password.")
            .or(&[WrongCode]),
        post(path::CREDENTIAL_FINISH, credential::finish).is("Second half.").or(&[WrongCode]),
        get(path::SESSION, login::session).is("Who is logged in."),
        delete(path::SESSION, login::log_out).is("Logs out, whether or not there was a session."),
    ]
}

fn own_account() -> Vec<Operation> {
    vec![
        get(path::ACCOUNT, account::get).is("All that the account's owner sees of it."),
        patch(path::ACCOUNT, account::change).is("Changes name, language, or whether notices are wanted."),
        post(path::CONFIRM, account::confirm)
            .is("Types the password once more: for ten minutes this session may change how the account logs in.")
            .or(&[WrongLogin]),
        post(path::PASSWORD_START, account::password_start)
            .is("First half of changing the password.")
            .or(&[Unconfirmed]),
        post(path::PASSWORD_FINISH, account::password_finish).is("Second half.").or(&[Unconfirmed]),
        post(path::TOTP, factor::offer_totp).is("Offers a secret for an authenticator app.").or(&[Unconfirmed]),
        delete(path::TOTP, factor::delete_totp)
            .is("Forgets the authenticator app.")
            .or(&[Unconfirmed, NotFound]),
        post(path::TOTP_CONFIRM, factor::confirm_totp)
            .is("Shows that the authenticator app has the secret.")
            .or(&[Unconfirmed, WrongCode]),
        post(path::PASSKEYS, factor::offer_passkey)
            .is("Begins to add a passkey.")
            .or(&[Unconfirmed, NotAllowed, Conflict]),
        post(path::PASSKEY_MADE, factor::add_passkey)
            .is("Adds the passkey that the browser made.")
            .or(&[Unconfirmed, NotAllowed, WrongCode, Conflict]),
        delete(path::PASSKEY, factor::delete_passkey).is("Forgets a passkey.").or(&[Unconfirmed]),
        post(path::RECOVERY_CODES, factor::new_recovery_codes)
            .is("New recovery codes in place of the old ones.")
            .or(&[Unconfirmed, Conflict]),
        delete(path::SESSIONS, account::log_out_everywhere).is("Logs out everywhere, here too."),
        delete(path::OTHER_SESSION, account::log_out_other).is("Logs out somewhere else."),
    ]
}

fn own_keys() -> Vec<Operation> {
    vec![
        get(path::KEYS, keys::get).is("The account's keys, as far as a server may have them."),
        put(path::KEYS, keys::store)
            .is("Puts keys in place of what is there; the password must be typed once more when there are some.")
            .or(&[Unconfirmed, Conflict]),
        put(path::VAULT, keys::store_vault)
            .is("Puts the next version of the vault in place of the one before. Repeating it changes nothing.")
            .or(&[Conflict]),
        post(path::CARDS, keys::cards).is("The cards of accounts."),
        get(path::DEPUTIES, deputy::list).is("Who stands in for the account, and for whom it stands in."),
        put(path::DEPUTIES, deputy::name)
            .is("Names a deputy, who may grant the account's deliveries in its place.")
            .or(&[NotAllowed, NotFound, Conflict]),
        delete(path::DEPUTY, deputy::end).is("Ends that."),
    ]
}

fn own_boxes() -> Vec<Operation> {
    vec![
        get(path::INBOX, boxes::inbox).is("What was sent to the account."),
        get(path::RECEIVED, boxes::received).is("One delivery of it."),
        delete(path::RECEIVED, ticket::delete).is("Deletes a submission, content and entry.").or(&[Conflict]),
        get(path::GRANT, grant::get)
            .is("What the recipient needs to open a delivery of level 3 or 4.")
            .or(&[Expired]),
        post(path::INVITATION, grant::prove)
            .is("An invitation code was used: the sender will check the proof.")
            .or(&[Conflict, Expired]),
        get(path::RELEASES, grant::releases).is("Who waits for the account's grants."),
        put(path::RELEASE, grant::release)
            .is("Grants a delivery to a recipient who waits for it.")
            .or(&[Conflict, Expired]),
        get(path::SENT, boxes::sent).is("What the account has sent."),
        get(path::DELIVERY, boxes::detail).is("One delivery of it, with all that happened to it."),
        patch(path::DELIVERY, delivery::change).is("Gives a sent delivery another end.").or(&[Expired]),
        delete(path::DELIVERY, delivery::end).is("Cancels a draft, revokes a sent delivery.").or(&[Conflict]),
        delete(path::RECIPIENT, delivery::revoke).is("Takes a sent delivery back from one recipient."),
        post(path::REMINDER, delivery::remind)
            .is("Reminds one recipient by a mail, once a day at most.")
            .or(&[Conflict]),
    ]
}

fn sending() -> Vec<Operation> {
    vec![
        get(path::CONTACTS, boxes::contacts).is("Addresses to choose from."),
        post(path::READINESS, boxes::readiness).is("How far addresses are from opening a delivery."),
        post(path::DELIVERIES, delivery::create)
            .is("Begins a delivery.")
            .or(&[NotAllowed, NotFound, Conflict, Expired]),
        get(path::DRAFTS, delivery::drafts).is("What the account has begun and not sent."),
        get(path::BLOBS, delivery::blobs).is("What has arrived of a draft's files.").or(&[Conflict]),
        put(path::PART, part::put)
            .is("One part of a file's ciphertext. Repeating it with the same bytes changes nothing.")
            .header(CONTENT_DIGEST, true, DIGEST, "The part's SHA-256, as RFC 9530 writes it.")
            .header(
                UPLOAD_COMPLETE,
                false,
                r"^\?[01]$",
                "`?1`: part 0 is all of the file, which is complete with it.",
            )
            .or(&[Conflict, DigestMismatch]),
        post(path::COMPLETE, part::complete).is("All parts of a file are there.").or(&[Conflict]),
        delete(path::BLOB, part::remove)
            .is("Takes a file of a draft back, whether or not it exists.")
            .or(&[Conflict]),
        put(path::COVER, delivery::put_cover)
            .is("What links open of a draft: the encrypted manifest of levels 1 to 3.")
            .or(&[Conflict]),
        put(path::SEALED, delivery::put_sealed)
            .is("What only keys open of a draft: the encrypted manifest of levels 3 and 4.")
            .or(&[Conflict]),
        post(path::SEND, delivery::send)
            .is("Makes a delivery visible. Repeating it changes nothing.")
            .or(&[NotAllowed, Conflict, Expired]),
    ]
}

fn opening() -> Vec<Operation> {
    vec![
        get(path::STATE, link::state).is("What the holder of a link may know before opening.").or(&[Expired]),
        post(path::OPENINGS, link::open)
            .is("Opens a delivery; from level 2 on with a session of the recipient's account.")
            .or(&[LoggedOut, WrongPassword, WrongAccount, Conflict, Expired]),
        get(path::COVER, blob::cover).is("What links open."),
        get(path::SEALED, blob::sealed).is("What only keys open."),
        get(path::BLOB, blob::get).is("A file's whole ciphertext, parts joined."),
        post(path::COLLECTED, link::collected)
            .is("The recipient's browser has verified files to their ends."),
    ]
}

fn submit_boxes() -> Vec<Operation> {
    vec![
        get(path::OWN_BOX, submit_box::own).is("The account's submit box.").or(&[NotAllowed]),
        put(path::OWN_BOX, submit_box::store)
            .is("Makes the account's submit box, or changes it. Repeating it changes nothing.")
            .or(&[NotAllowed, Conflict]),
        delete(path::OWN_BOX, submit_box::delete)
            .is("Deletes it, while nothing that was submitted is there.")
            .or(&[NotAllowed, NotFound, Conflict]),
        get(path::BOX, submit_box::public).is("A submit box, as anybody sees it."),
        post(path::TICKETS, submit_box::ask_ticket)
            .is("Asks for a mail with a ticket. The answer is the same for every address."),
        get(path::TICKET, ticket::info)
            .is("What a ticket allows, and what became of what it brought.")
            .or(&[Expired]),
        post(path::SUBMIT, ticket::submit)
            .is("Makes a delivery that a ticket has begun visible to the box's owner. Repeating it changes nothing.")
            .or(&[Conflict]),
        get(path::TICKET_ANSWER, ticket::answer)
            .is("What opens an answer with the card of a receipt.")
            .or(&[Expired]),
        get(path::REQUESTS, request::list).is("What the account asks others for."),
        post(path::REQUESTS, request::create)
            .is("Asks one address for something. Repeating it changes nothing.")
            .or(&[NotAllowed, Conflict]),
        get(path::REQUEST, request::get).is("One request with what it asks for."),
        delete(path::REQUEST, request::withdraw).is("Withdraws it; what was submitted stays."),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::Value;

    /// `UPDATE_OPENAPI=1 cargo test -p blob-server --lib openapi` writes the file.
    #[test]
    fn the_file_of_the_documentation_is_what_openapi_says() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
        let said = super::openapi::document(super::operations());
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(file, format!("{said:#}\n")).unwrap();
        }
        let kept: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let renew = "UPDATE_OPENAPI=1 cargo test -p blob-server --lib openapi";
        assert!(kept == said, "docs/openapi.json is not what the server says; renew it with: {renew}");
    }
}
