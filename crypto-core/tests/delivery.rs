//! One delivery from end to end, and the limits of a manifest.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{manifest, open_body, rng, seal_file_as};
use crypto_core::access::TokenHash;
use crypto_core::delivery::{MAX_COVER_BYTES, open_cover, seal_cover};
use crypto_core::error::{OpenError, SealError};
use crypto_core::id::{BlobId, Level};
use crypto_core::kdf::Password;
use crypto_core::link::Link;
use crypto_core::manifest::{FileEntry, MAX_FILES, MAX_MESSAGE_BYTES, Manifest};
use crypto_core::stream::{ChunkSize, FileRef, Layout};

#[test]
fn what_is_sent_with_a_password_is_opened_with_link_and_password_only() {
    let password = Password::new("Grünkohl").unwrap();
    let link = Link::generate(&mut rng());
    let sender = link.keys(Some(&password)).unwrap();
    let (gate, auth) = (link.gate().hash(), sender.auth.hash());
    let file = seal_file_as(sender.cover, link.delivery, b"contents");
    let entry = FileEntry {
        content: file.file,
        name: "Übersicht.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        modified: Some(1_700_000_000),
        folder: "Akte 7/Anlagen".to_owned(),
    };
    let sent = manifest(link.delivery, vec![entry]);
    let cover = seal_cover(&file.key, &sent, &mut rng()).unwrap();

    let received = Link::parse(link.delivery, &link.fragment()).unwrap();
    assert!(gate.matches(&received.gate().to_bytes()));
    // With the link alone.
    let without = received.keys(None).unwrap();
    assert!(!auth.matches(&without.auth.to_bytes()));
    assert_eq!(open_cover(&without.cover, link.delivery, Level::One, &cover).err(), Some(OpenError::Damaged));
    // With a wrong password.
    let wrong = received.keys(Some(&Password::new("Rosenkohl").unwrap())).unwrap();
    assert!(!auth.matches(&wrong.auth.to_bytes()));
    assert!(open_cover(&wrong.cover, link.delivery, Level::One, &cover).is_err());
    // With the right one, typed on another keyboard.
    let right = received.keys(Some(&Password::new("Gru\u{308}nkohl").unwrap())).unwrap();
    assert!(auth.matches(&right.auth.to_bytes()));
    let opened =
        open_cover(&right.cover, link.delivery, Level::One, &cover).unwrap_or_else(|e| panic!("{e}"));
    assert!(opened == sent);
    let content = &opened.files[0].content;
    assert_eq!(open_body(&right.cover, link.delivery, content, &file.body()).unwrap(), b"contents");
}

#[test]
fn tokens_of_two_links_differ() {
    let (a, b) = (Link::generate(&mut rng()), Link::generate(&mut rng()));
    assert_ne!(a.delivery, b.delivery);
    assert!(!a.gate().hash().matches(&b.gate().to_bytes()));
    assert!(TokenHash::from_bytes(a.gate().hash().to_bytes()).matches(&a.gate().to_bytes()));
}

#[test]
fn a_fragment_has_45_characters() {
    let fragment = Link::generate(&mut rng()).fragment();
    assert_eq!(fragment.len(), 45);
    // Programs that find links in text leave out a final "." or "-": the last character is neither.
    assert!(fragment.starts_with("1.") && fragment.ends_with(|last: char| last.is_ascii_alphanumeric()));
}

fn entry(number: u128, name: &str) -> FileEntry {
    let layout = Layout::new(5, ChunkSize::STANDARD).unwrap();
    let content = FileRef { blob: BlobId(number.to_be_bytes()), layout, salt: [7; 32] };
    FileEntry {
        content,
        name: name.to_owned(),
        media_type: String::new(),
        modified: None,
        folder: String::new(),
    }
}

fn seal(change: impl FnOnce(&mut Manifest)) -> Result<usize, SealError> {
    let link = Link::generate(&mut rng());
    let key = link.keys(None).unwrap().cover;
    let mut sent = manifest(link.delivery, vec![entry(1, "a"), entry(2, "b")]);
    change(&mut sent);
    let cover = seal_cover(&key, &sent, &mut rng())?;
    let opened = open_cover(&key, link.delivery, Level::One, &cover).unwrap_or_else(|e| panic!("{e}"));
    assert!(opened == sent, "a manifest that can be sealed opens as it was");
    Ok(cover.len())
}

#[test]
fn the_limits_of_a_manifest_hold_when_sealing() {
    assert!(seal(|m| m.subject = "ä".repeat(500)).is_ok());
    assert_eq!(seal(|m| m.subject = "ä".repeat(501)), Err(SealError::TooLarge));
    assert!(seal(|m| m.message = "x".repeat(MAX_MESSAGE_BYTES)).is_ok());
    assert_eq!(seal(|m| m.message = "x".repeat(MAX_MESSAGE_BYTES + 1)), Err(SealError::TooLarge));
    assert!(seal(|m| m.files[0].name = "💾".repeat(255)).is_ok());
    assert_eq!(seal(|m| m.files[0].name = "x".repeat(256)), Err(SealError::TooLarge));
    assert_eq!(seal(|m| m.files[0].name.clear()), Err(SealError::BadInput));
    assert_eq!(seal(|m| m.files[0].media_type = "x".repeat(256)), Err(SealError::TooLarge));
    assert_eq!(seal(|m| m.files[1].content.blob = m.files[0].content.blob), Err(SealError::BadInput));
}

#[test]
fn the_form_of_a_folder_holds_when_sealing() {
    let folder = |folder: &str| seal(|m| m.files[0].folder = folder.to_owned());
    for good in
        ["a", "a/b", "a/ä b/.c/...", "\u{1f4be}", "C:\\x", &format!("{0}/{0}/{0}/{0}", "x".repeat(255))]
    {
        assert!(folder(good).is_ok(), "{good}");
    }
    for bad in ["/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a"] {
        assert_eq!(folder(bad), Err(SealError::BadInput), "{bad}");
    }
    assert!(folder("ab/".repeat(341).trim_end_matches('/')).is_ok());
    assert_eq!(folder(&"x".repeat(256)), Err(SealError::TooLarge));
    assert_eq!(folder(&["abcde"; 171].join("/")), Err(SealError::TooLarge));
}

#[test]
fn files_of_different_folders_may_share_a_name() {
    assert!(seal(|m| m.files[1].name = m.files[0].name.clone()).is_ok());
    assert!(
        seal(|m| {
            m.files[1].name = m.files[0].name.clone();
            m.files[1].folder = "other".to_owned();
        })
        .is_ok()
    );
}

#[test]
fn ten_thousand_files_fit_and_one_more_does_not() {
    let files = |count: usize| {
        (0..count)
            .map(|i| entry(i as u128, &format!("Anlage {i:05} zum Bescheid vom 21. November 2026.pdf")))
            .collect()
    };
    assert!(seal(|m| m.files = files(MAX_FILES)).unwrap() <= MAX_COVER_BYTES);
    assert_eq!(seal(|m| m.files = files(MAX_FILES + 1)), Err(SealError::TooLarge));
    assert_eq!(
        seal(|m| m.files = (0..5000).map(|i| entry(i, &"💾".repeat(255))).collect()),
        Err(SealError::TooLarge)
    );
}

#[test]
fn covers_of_short_messages_have_one_size() {
    let size = seal(|m| m.message = String::new()).unwrap();
    assert_eq!(size, 56 + 48 + 512);
    assert_eq!(seal(|m| m.message = "x".repeat(150)).unwrap(), size);
}
