//! RFC 9106 §5.3, Argon2id: the vector of the standard itself. It uses a secret and associated data, which the product
//! does not; `src/suite/vectors.rs` runs the other published vectors through the product's own functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};

#[test]
fn rfc_9106_argon2id() {
    let mut params = ParamsBuilder::new();
    params.m_cost(32).t_cost(3).p_cost(4).data(AssociatedData::new(&[4; 12]).unwrap());
    let argon2 =
        Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params.build().unwrap())
            .unwrap();
    let mut tag = [0; 32];
    argon2.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
    assert_eq!(
        tag,
        [
            0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b, 0x53, 0xc9,
            0xd0, 0x1e, 0xf0, 0x45, 0x2d, 0x75, 0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9, 0x6b, 0x01, 0xe6, 0x59
        ]
    );
}
