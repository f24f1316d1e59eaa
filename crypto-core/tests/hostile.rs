//! A hostile server changes what it stores, at random: nothing but the sealed bytes must ever open.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{SealedFile, manifest, open_body, rng, seal_file, seal_file_as};
use crypto_core::delivery::{open_cover, seal_cover};
use crypto_core::draft::{self, ResumeKey};
use crypto_core::id::{DeliveryId, Level};
use crypto_core::link::Link;
use proptest::prelude::*;
use proptest::sample::Index;

fn opens(file: &SealedFile, body: &[u8]) -> bool {
    open_body(&file.key, file.delivery, &file.file, body).is_some()
}

/// Files of up to five chunks, often at the edges of chunks.
fn plain() -> impl Strategy<Value = Vec<u8>> {
    let size = prop_oneof![
        0..5000_usize,
        (0..5_usize, -2..=2_isize).prop_map(|(n, d)| (n * 1024).saturating_add_signed(d))
    ];
    (size, any::<u8>()).prop_map(|(size, first)| (0..size).map(|i| first.wrapping_add(i as u8)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_opens_as_it_was(plain in plain()) {
        let file = seal_file(&plain);
        prop_assert_eq!(file.body().len() as u64, file.file.layout.blob_bytes());
        prop_assert_eq!(open_body(&file.key, file.delivery, &file.file, &file.body()), Some(plain));
    }

    #[test]
    fn flip(plain in plain(), at in any::<Index>(), bit in 0..8_u8) {
        let file = seal_file(&plain);
        let mut body = file.body();
        let at = at.index(body.len());
        body[at] ^= 1 << bit;
        prop_assert!(!opens(&file, &body));
    }

    #[test]
    fn truncate(plain in plain(), at in any::<Index>()) {
        let file = seal_file(&plain);
        let body = file.body();
        prop_assert!(!opens(&file, &body[..at.index(body.len())]));
    }

    #[test]
    fn extend(plain in plain(), more in proptest::collection::vec(any::<u8>(), 1..2000)) {
        let file = seal_file(&plain);
        prop_assert!(!opens(&file, &[file.body(), more].concat()));
    }

    #[test]
    fn remove_from_the_middle(plain in plain(), a in any::<Index>(), b in any::<Index>()) {
        let file = seal_file(&plain);
        let mut body = file.body();
        let (a, b) = (a.index(body.len()), b.index(body.len()));
        body.drain(a.min(b)..=a.max(b));
        prop_assert!(!opens(&file, &body));
    }

    #[test]
    fn reorder(plain in proptest::collection::vec(any::<u8>(), 1025..5000), order in Just((0..5).collect::<Vec<usize>>()).prop_shuffle()) {
        let file = seal_file(&plain);
        let order: Vec<usize> = order.into_iter().filter(|i| *i < file.chunks.len()).collect();
        prop_assume!(!order.is_sorted());
        let chunks: Vec<u8> = order.iter().flat_map(|i| file.chunks[*i].clone()).collect();
        prop_assert!(!opens(&file, &[file.header.clone(), chunks].concat()));
    }

    #[test]
    fn splice(plain in proptest::collection::vec(any::<u8>(), 1..5000), at in any::<Index>(), same_delivery: bool) {
        let file = seal_file(&plain);
        let other = if same_delivery {
            let link = Link::generate(&mut rng());
            let (a, b) = (link.keys(None).unwrap().cover, link.keys(None).unwrap().cover);
            let (file, other) = (seal_file_as(a, link.delivery, &plain), seal_file_as(b, link.delivery, &plain));
            prop_assert!(!opens(&file, &other.body()));
            other
        } else {
            seal_file(&plain)
        };
        let mut chunks = file.chunks.clone();
        let at = at.index(chunks.len());
        chunks[at] = other.chunks[at].clone();
        prop_assert!(!opens(&file, &[file.header.clone(), chunks.concat()].concat()));
        prop_assert!(!opens(&file, &[other.header.clone(), file.chunks.concat()].concat()));
    }

    #[test]
    fn cover_flip_and_truncate(message in ".{0,600}", at in any::<Index>(), bit in 0..8_u8) {
        let link = Link::generate(&mut rng());
        let key = link.keys(None).unwrap().cover;
        let mut sent = manifest(link.delivery, Vec::new());
        sent.message = message;
        let cover = seal_cover(&key, &sent, &mut rng()).unwrap();
        prop_assert!(open_cover(&key, link.delivery, Level::One, &cover).is_ok_and(|opened| opened == sent));
        let at = at.index(cover.len());
        prop_assert!(open_cover(&key, link.delivery, Level::One, &cover[..at]).is_err());
        let mut flipped = cover.clone();
        flipped[at] ^= 1 << bit;
        prop_assert!(open_cover(&key, link.delivery, Level::One, &flipped).is_err());
    }

    #[test]
    fn draft_flip_and_truncate(notes in proptest::collection::vec(any::<u8>(), 0..600), at in any::<Index>(), bit in 0..8_u8) {
        let (key, link) = (ResumeKey::generate(&mut rng()), Link::generate(&mut rng()));
        let keys = link.keys(None).unwrap();
        let record = draft::seal(&key, &link, &keys, &notes, &mut rng()).unwrap();
        let open = |record: &[u8]| draft::open(&key, link.delivery, record).ok();
        prop_assert!(open(&record).is_some_and(|draft| *draft.notes == notes));
        let at = at.index(record.len());
        prop_assert!(open(&record[..at]).is_none());
        let mut flipped = record.clone();
        flipped[at] ^= 1 << bit;
        prop_assert!(open(&flipped).is_none());
    }

    #[test]
    fn link_flip_and_truncate(at in any::<Index>(), with in any::<char>()) {
        let link = Link::generate(&mut rng());
        let fragment = link.fragment().to_string();
        let at = at.index(fragment.len());
        prop_assert!(Link::parse(link.delivery, &fragment[..at]).is_err());
        let mut changed: Vec<char> = fragment.chars().collect();
        prop_assume!(changed[at] != with);
        changed[at] = with;
        let changed: String = changed.into_iter().collect();
        // Another letter in the secret is another, well-formed link; it must not be this one.
        if let Ok(other) = Link::parse(link.delivery, &changed) {
            prop_assert_ne!(other.gate().to_bytes(), link.gate().to_bytes());
            prop_assert_eq!(other.fragment().to_string(), changed);
        }
    }

    #[test]
    fn gate_auth_and_cover_belong_to_one_delivery(id in any::<[u8; 16]>()) {
        let link = Link::generate(&mut rng());
        let other = Link::parse(DeliveryId(id), &link.fragment()).unwrap();
        prop_assert_ne!(link.gate().to_bytes(), other.gate().to_bytes());
        prop_assert_ne!(link.keys(None).unwrap().auth.to_bytes(), other.keys(None).unwrap().auth.to_bytes());
        prop_assert_ne!(link.gate().to_bytes(), link.keys(None).unwrap().auth.to_bytes());
    }
}

/// Of two deliveries with two files each, every ciphertext opens in its own place and in no other.
#[test]
fn only_the_diagonal_opens() {
    let mut files = Vec::new();
    for _ in 0..2 {
        let link = Link::generate(&mut rng());
        for _ in 0..2 {
            files.push(seal_file_as(link.keys(None).unwrap().cover, link.delivery, &[7; 1500]));
        }
    }
    for (i, place) in files.iter().enumerate() {
        for (j, body) in files.iter().enumerate() {
            assert_eq!(opens(place, &body.body()), i == j, "{j} in the place of {i}");
        }
    }
}
