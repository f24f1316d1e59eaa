//! The fuzz targets on a stable compiler: random bytes, and bytes a step away from what is accepted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../fuzz/targets.rs"]
#[allow(unreachable_pub, reason = "public for the fuzzer")]
mod targets;

use crypto_core::delivery::{open_cover, seal_cover};
use crypto_core::id::Level;
use crypto_core::link::Link;
use crypto_core::manifest::Manifest;
use crypto_core::testkit::seal_any;
use getrandom::SysRng;
use proptest::prelude::*;
use proptest::sample::Index;
use rand_core::UnwrapErr;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Starts as the format starts, so that decoders do not stop at the first byte.
fn header_like(magic: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    (0..12_u8, 0..22_u8, proptest::collection::vec(any::<u8>(), 0..3000)).prop_map(
        move |(suite, log2, rest)| {
            let suite = if suite < 10 { 1 } else { suite };
            [magic, &[suite, log2, 0, 0], &rest].concat()
        },
    )
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn random_bytes(data in proptest::collection::vec(any::<u8>(), 0..400)) {
        targets::file_header(&data);
        targets::file_body(&data);
        targets::cover(&data);
        targets::manifest(&data);
        targets::draft(&data);
        targets::link_fragment(&data);
        targets::password(&data);
        targets::login_server(&data);
    }

    #[test]
    fn headers(data in header_like(b"SGL1")) {
        targets::file_header(&data);
        targets::file_header(&data[..data.len().min(72)]);
    }

    #[test]
    fn bodies(data in proptest::collection::vec(any::<u8>(), 0..5000), log2 in 0..2_u8) {
        targets::file_body(&[&[log2], data.as_slice()].concat());
    }

    #[test]
    fn covers(data in header_like(b"SGC1")) {
        targets::cover(&data);
    }

    #[test]
    fn drafts(data in header_like(b"SGD1"), change: [u8; 3]) {
        targets::draft(&data);
        targets::draft(&[change.as_slice(), &data].concat());
    }

    #[test]
    fn text(data in "\\PC{0,60}", link in "[0-9]{0,4}\\.[A-Za-z0-9_-]{0,44}\\.?[A-Za-z0-9_-]{0,28}") {
        targets::link_fragment(data.as_bytes());
        targets::link_fragment(link.as_bytes());
        targets::password(data.as_bytes());
    }

    #[test]
    fn opaque_sizes(size in prop_oneof![Just(32_usize), Just(64), Just(96), Just(128), Just(192), Just(320)], seed: [u8; 32]) {
        let data: Vec<u8> = seed.into_iter().cycle().take(size).collect();
        targets::login_server(&data);
    }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn people(data in proptest::collection::vec(any::<u8>(), 3..60)) {
        targets::granted::card(&data);
        targets::granted::kept(&data);
        targets::granted::granted(&data);
        targets::submitted::submitted(&data);
    }

    #[test]
    fn codes(data in "\\PC{0,60}", words in "((aalen|alarm|yo-yo|zoologist|x)[ ,.-]){0,14}") {
        targets::granted::code(data.as_bytes());
        targets::granted::code(words.as_bytes());
    }
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn login_clients(seed: [u8; 32], size in prop_oneof![Just(64_usize), Just(320), 0..400_usize]) {
        targets::login_client(&seed.into_iter().cycle().take(size).collect::<Vec<u8>>());
    }
}

/// A true cover of the targets' own delivery, then with one byte changed: the target must see both.
#[test]
fn true_covers() {
    let link = Link::parse(targets::DELIVERY, targets::FRAGMENT).unwrap();
    let manifest = Manifest {
        delivery: link.delivery,
        level: Level::One,
        subject: String::new(),
        message: String::new(),
        created: 0,
        expires: None,
        files: Vec::new(),
        name: String::new(),
        reference: String::new(),
    };
    let cover = seal_cover(&link.keys(None).unwrap().cover, &manifest, &mut UnwrapErr(SysRng)).unwrap();
    targets::cover(&cover);
    proptest!(config(64), |(at: Index, byte: u8)| {
        let mut cover = cover.clone();
        let at = at.index(cover.len());
        cover[at] = byte;
        targets::cover(&cover);
    });
}

/// A true manifest of the targets' own delivery with one file in a folder, alone and padded; then with one byte changed, inserted or
/// left out.
#[test]
fn true_manifests() {
    let file = [
        b"\xa7\x01\x50".as_slice(),
        &[1; 16],
        b"\x02\x61a\x03\x60\x04\x18\x64\x06\x12\x07\x58\x20",
        &[2; 32],
        b"\x08\x63a/b",
    ];
    let manifest = [
        b"\xa7\x01\x01\x02\x50".as_slice(),
        &targets::DELIVERY.0,
        b"\x03\x01\x04\x61s\x05\x61m\x06\x18\x2a\x08\x81",
        &file.concat(),
    ];
    let manifest = manifest.concat();
    let mut padded = [&(manifest.len() as u32).to_be_bytes(), manifest.as_slice()].concat();
    padded.resize(512, 0);
    for (message, pad) in [(&manifest, true), (&padded, false)] {
        let cover =
            seal_any(&targets::KEY, targets::DELIVERY, Level::One, message, pad, &mut UnwrapErr(SysRng));
        assert!(open_cover(&targets::KEY, targets::DELIVERY, Level::One, &cover.unwrap()).is_ok());
        targets::manifest(message);
        proptest!(config(256), |(at: Index, byte: u8)| {
            let at = at.index(message.len());
            let (before, after) = message.split_at(at);
            targets::manifest(&[before, &[byte], after].concat());
            targets::manifest(&[before, &[byte], &after[1..]].concat());
            targets::manifest(&[before, &after[1..]].concat());
        });
    }
}
