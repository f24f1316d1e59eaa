//! Every domain separation label, and how a context string is built from one. SPEC §2.2.

/// What a derived value is for. No two derivations share a label and the same list of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    /// Gate token: proves possession of a link. Fields: delivery.
    Gate,
    /// Salt of the delivery password's Argon2id. Fields: delivery.
    PasswordSalt,
    /// Auth token: proves possession of link and password. Fields: delivery, password profile.
    Auth,
    /// Cover key: opens cover and files at level 1. Fields: delivery, password profile.
    CoverKey,
    /// Gate token of one recipient's link. Fields: delivery.
    PersonalGate,
    /// Wraps the delivery's link secret for one recipient. Fields: delivery.
    PersonalKey,
    /// File key and its commitment. Fields: delivery, blob, level, first 8 bytes of the file header.
    File,
    /// Single-use key of a wrap. Fields: header of the wrap.
    WrapKey,
    /// Commitment of a wrap. Fields: header of the wrap.
    WrapCommitment,
    /// Context of an OPAQUE login. No fields.
    Login,
}

impl Label {
    #[cfg(test)]
    const ALL: [Self; 10] = [
        Self::Gate,
        Self::PasswordSalt,
        Self::Auth,
        Self::CoverKey,
        Self::PersonalGate,
        Self::PersonalKey,
        Self::File,
        Self::WrapKey,
        Self::WrapCommitment,
        Self::Login,
    ];

    const fn text(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::PasswordSalt => "password salt",
            Self::Auth => "auth",
            Self::CoverKey => "cover key",
            Self::PersonalGate => "personal gate",
            Self::PersonalKey => "personal key",
            Self::File => "file",
            Self::WrapKey => "kek",
            Self::WrapCommitment => "com",
            Self::Login => "login",
        }
    }
}

/// > SPEC §2.2: `ctx(label, f1..fn) = "siegel/v1 " || label || 0x00 || (u32be(len f) || f)*`
///
/// The lengths make the encoding injective: no two lists of fields give the same bytes.
pub(crate) fn context(label: Label, fields: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64 + fields.iter().map(|field| 4 + field.len()).sum::<usize>());
    bytes.extend_from_slice(b"siegel/v1 ");
    bytes.extend_from_slice(label.text().as_bytes());
    bytes.push(0);
    for field in fields {
        // No field comes near 4 GiB: they are identifiers, numbers and headers of fixed sizes.
        bytes.extend_from_slice(&(field.len() as u32).to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{Label, context};

    #[test]
    fn labels_differ_and_hold_no_zero() {
        for (i, a) in Label::ALL.iter().enumerate() {
            assert!(!a.text().contains('\0'));
            for b in &Label::ALL[i + 1..] {
                assert_ne!(a.text(), b.text());
            }
        }
    }

    #[test]
    fn context_is_what_the_spec_says() {
        assert_eq!(
            context(Label::Gate, &[b"ab", b""]),
            b"siegel/v1 gate\x00\x00\x00\x00\x02ab\x00\x00\x00\x00"
        );
    }

    #[test]
    fn fields_cannot_run_into_each_other() {
        assert_ne!(context(Label::File, &[b"ab", b"c"]), context(Label::File, &[b"a", b"bc"]));
        assert_ne!(context(Label::File, &[b"a"]), context(Label::File, &[b"a", b""]));
    }
}
