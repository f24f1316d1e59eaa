//! The fuzz targets on a stable compiler: random bytes, and bytes a step away from what is accepted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../fuzz/targets.rs"]
#[allow(unreachable_pub, reason = "public for the fuzzer")]
mod targets;

use crypto_core::delivery::seal_cover;
use crypto_core::id::Level;
use crypto_core::link::Link;
use crypto_core::manifest::Manifest;
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
        targets::link_fragment(&data);
        targets::password(&data);
        targets::login_server(&data);
    }

    #[test]
    fn headers(data in header_like(b"SGL1")) {
        targets::file_header(&data);
        targets::file_header(&data[..data.len().min(72)]);
        targets::file_body(&data);
    }

    #[test]
    fn covers(data in header_like(b"SGC1")) {
        targets::cover(&data);
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
