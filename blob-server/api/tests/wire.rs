//! The wire as its users see it: exact texts, and what is refused.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use blob_api::*;
use serde_json::json;

const ID: DeliveryId = DeliveryId([0xfb; 16]);
const BLOB: BlobId = BlobId([7; 16]);

#[test]
fn identifiers_have_one_text() {
    assert_eq!(ID.to_string(), "-_v7-_v7-_v7-_v7-_v7-w");
    assert_eq!(ID.to_string().parse(), Ok(ID));
    for wrong in ["", "-_v7", "-_v7-_v7-_v7-_v7-_v7-w==", "-_v7-_v7-_v7-_v7-_v7-x", "+/v7+/v7+/v7+/v7+/v7+w"]
    {
        assert_eq!(wrong.parse::<DeliveryId>(), Err(IdError), "{wrong}");
    }
}

#[test]
fn paths_carry_identifiers_and_nothing_else() {
    let (id, blob) = (ID.to_string(), BLOB.to_string());
    assert_eq!(path::part(&ID, &BLOB, 12), format!("/api/deliveries/{id}/blobs/{blob}/parts/12"));
    let filled = [
        path::delivery(&ID),
        path::blobs(&ID),
        path::complete(&ID, &BLOB),
        path::cover(&ID),
        path::send(&ID),
        path::state(&ID),
        path::openings(&ID),
        path::blob(&ID, &BLOB),
        path::collected(&ID),
        path::recipient(&ID, &RecipientId([7; 16])),
        path::reminder(&ID, &RecipientId([7; 16])),
    ];
    for path in filled {
        assert!(path.starts_with(&format!("/api/deliveries/{id}")) && !path.contains('{'), "{path}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let code = || Hidden("123456".to_owned());
    let shown = [
        format!("{:?}", Factor::Totp(code())),
        format!("{:?}", TotpConfirm { code: code() }),
        format!("{:?}", TotpOffer { secret: code(), uri: code() }),
        format!("{:?}", RecoveryCodes { codes: vec![code()] }),
        format!("{:?}", CredentialStart { proof: Token([1; 32]), code: code(), request: Opaque(vec![1]) }),
    ];
    for shown in shown {
        assert!(!shown.contains("123456"), "{shown}");
    }
}

#[test]
fn tokens_do_not_show_themselves() {
    let token = Token([0xab; 32]);
    let text = token.to_text();
    assert_eq!(text.len(), 43);
    assert!(!format!("{token:?}").contains(&text[..4]));
    assert_eq!(Token::from_text(&text), Some(token));
    assert_eq!(Token::from_text(&text[1..]), None);
    let body = OpenDelivery { email: Some("a@b.example".to_owned()), auth: Token([1; 32]) };
    assert!(!format!("{body:?}").contains(&Token([1; 32]).to_text()));
}

#[test]
fn bodies_from_browsers_have_no_unknown_members() {
    let good = json!({ "parts": 1, "size": 88 });
    assert!(serde_json::from_value::<CompleteBlob>(good).is_ok());
    let more = json!({ "parts": 1, "size": 88, "more": 1 });
    assert!(serde_json::from_value::<CompleteBlob>(more).is_err());
    let level = json!({ "level": 5, "password": false, "expires": 0 });
    assert!(serde_json::from_value::<LinkState>(level).is_err(), "levels that do not exist are refused");
}

#[test]
fn the_largest_report_fits_in_a_body() {
    let report = Collected { blobs: vec![BLOB; Collected::MOST] };
    assert!(serde_json::to_vec(&report).unwrap().len() <= MAX_JSON_BYTES);
}

#[test]
fn problems_are_rfc_9457() {
    let problem = Problem { retry_after: Some(30), ..Problem::new(ProblemKind::TooMany) };
    let text = json!({
        "type": "urn:siegel:too-many",
        "status": 429,
        "title": "Too many requests; wait and try again.",
        "retry_after": 30,
    });
    assert_eq!(serde_json::to_value(&problem).unwrap(), text);
    assert_eq!(serde_json::from_value::<Problem>(text).unwrap(), problem);

    let names: BTreeSet<String> =
        ProblemKind::ALL.iter().map(|kind| serde_json::to_value(kind).unwrap().to_string()).collect();
    assert_eq!(names.len(), ProblemKind::ALL.len());
    assert!(names.iter().all(|name| name.starts_with("\"urn:siegel:")));
    assert!(ProblemKind::ALL.iter().all(|kind| (400..=507).contains(&kind.status())));
}

#[test]
fn the_largest_part_is_32_chunks_with_tags_and_the_header() {
    assert_eq!(MAX_PART_BYTES, 8 * 1024 * 1024 + 32 * 16 + 72);
}
