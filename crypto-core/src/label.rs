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
    /// Fingerprint of an identity. Fields: account, address, signature key.
    Fingerprint,
    /// What a card's signature covers. Fields: body.
    Card,
    /// What the signature of a card's predecessor covers. Fields: body.
    CardSuccession,
    /// Wraps the account's key under a recovery code. Fields: account.
    RecoveryKey,
    /// Last word of a recovery code. No fields.
    RecoveryCheck,
    /// Wraps an identity's seeds. Fields: account.
    IdentityKey,
    /// Wraps the vault. Fields: account.
    VaultKey,
    /// The owner's half of the key of a draft at level 3 or 4. Fields: account.
    DraftKey,
    /// Wraps a draft at level 3 or 4. Fields: delivery.
    OwnDraft,
    /// What HPKE binds a grant to. Fields: header of the grant.
    Grant,
    /// What a grant's signature covers. Fields: everything before it.
    GrantSignature,
    /// What a sender states of a cover or sealed part. Fields: header and commitment, card hash, cover hash, manifest hash.
    Statement,
    /// Secret of an invited recipient's own link. Fields: delivery.
    InvitationLink,
    /// Salt of an invitation code's Argon2id. Fields: delivery, recipient.
    InvitationCode,
    /// Key that proves an invited card. Fields: delivery, recipient.
    InvitationMac,
    /// Wraps what an invitation offers. Fields: delivery, recipient.
    InvitationKey,
    /// What the proof of an invited card covers. Fields: delivery, recipient, inviter's fingerprint, address, card hash.
    Invite,
    /// What the signature of a deputation covers. Fields: the deputation.
    Deputation,
    /// Fingerprint of a box. Fields: box, signature key.
    BoxFingerprint,
    /// What the signature of a box's card covers. Fields: body.
    BoxCard,
    /// Account key of a submitter's identity. Fields: delivery.
    SubmitterAccount,
    /// Ed25519 seed of a submitter's identity. Fields: delivery.
    SubmitterSigning,
    /// X-Wing seed of a submitter's identity. Fields: delivery.
    SubmitterKem,
    /// Token of a requested ticket. Fields: ticket.
    RequestToken,
    /// Wraps what a request asks for. Fields: ticket.
    RequestKey,
    /// Wraps the secrets of requests for who made them. Fields: account.
    KeptRequest,
    /// Hashed: what a submission's receipt covers. Fields: delivery, hash of its sheet, its blobs with hashes.
    Receipt,
}

impl Label {
    #[cfg(test)]
    const ALL: [Self; 37] = [
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
        Self::Fingerprint,
        Self::Card,
        Self::CardSuccession,
        Self::RecoveryKey,
        Self::RecoveryCheck,
        Self::IdentityKey,
        Self::VaultKey,
        Self::DraftKey,
        Self::OwnDraft,
        Self::Grant,
        Self::GrantSignature,
        Self::Statement,
        Self::InvitationLink,
        Self::InvitationCode,
        Self::InvitationMac,
        Self::InvitationKey,
        Self::Invite,
        Self::Deputation,
        Self::BoxFingerprint,
        Self::BoxCard,
        Self::SubmitterAccount,
        Self::SubmitterSigning,
        Self::SubmitterKem,
        Self::RequestToken,
        Self::RequestKey,
        Self::KeptRequest,
        Self::Receipt,
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
            Self::Fingerprint => "fp",
            Self::Card => "card",
            Self::CardSuccession => "card succession",
            Self::RecoveryKey => "recovery key",
            Self::RecoveryCheck => "recovery check",
            Self::IdentityKey => "identity key",
            Self::VaultKey => "vault key",
            Self::DraftKey => "draft key",
            Self::OwnDraft => "own draft",
            Self::Grant => "grant",
            Self::GrantSignature => "grant signature",
            Self::Statement => "statement",
            Self::InvitationLink => "invitation link",
            Self::InvitationCode => "invitation code",
            Self::InvitationMac => "invitation mac",
            Self::InvitationKey => "invitation key",
            Self::Invite => "invite",
            Self::Deputation => "deputation",
            Self::BoxFingerprint => "box fp",
            Self::BoxCard => "box card",
            Self::SubmitterAccount => "submitter account",
            Self::SubmitterSigning => "submitter signing",
            Self::SubmitterKem => "submitter kem",
            Self::RequestToken => "request token",
            Self::RequestKey => "request key",
            Self::KeptRequest => "kept request",
            Self::Receipt => "receipt",
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
