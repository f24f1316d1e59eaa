//! What keeps the account's key: a SecuPass, or a recovery code.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::codec::take;
use crate::error::{KeyError, SealError, UnlockError};
use crate::id::AccountId;
use crate::identity::RecoveryCode;
use crate::kdf::{Password, Profile};
use crate::label::{Label, context};
use crate::secret::{SecretBytes, secret};
use crate::suite::{Hkdf, SUITE};
use crate::wrap;

const HEADER_BYTES: usize = 56;
/// Bytes of a lock.
pub const LOCK_BYTES: usize = HEADER_BYTES + wrap::OVERHEAD + 32;

secret! {
    /// 32 random bytes under everything that an account keeps sealed. It is new with each generation.
    AccountKey at "crypto_core::identity::AccountKey"
}

/// What opens a lock, as its header says it.
#[derive(Clone, Copy)]
enum Kind {
    SecuPass(Profile),
    RecoveryCode,
}

impl Kind {
    /// > SPEC §13.3: 1 and the profile for a SecuPass, 2 and 0 for a recovery code
    const fn bytes(self) -> [u8; 2] {
        match self {
            Self::SecuPass(profile) => [1, profile.number()],
            Self::RecoveryCode => [2, 0],
        }
    }
}

impl AccountKey {
    pub(super) fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::build(|key| rng.fill_bytes(key))
    }

    /// A lock that this SecuPass opens, [`LOCK_BYTES`] long. It takes 64 MiB and some tenths of a second.
    ///
    /// > SPEC §13.3: `K = Argon2id(profile, SecuPass, salt[0..16])`, `lock = wrap(K, header, account key)`
    ///
    /// # Errors
    /// [`KeyError::OutOfMemory`].
    pub fn lock_with_password(
        &self,
        account: AccountId,
        password: &Password,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, KeyError> {
        let header = header(Kind::SecuPass(Profile::One), account, rng);
        let key = stretch(Profile::One, password, &header)?;
        self.lock(&key, &header).map_err(|_| KeyError::OutOfMemory)
    }

    /// A lock that this recovery code opens.
    ///
    /// > SPEC §13.3: `K = Expand(Extract("", numbers), ctx("recovery key", account), 32)`
    ///
    /// # Errors
    /// [`SealError::CipherFailed`].
    pub fn lock_with_code(
        &self,
        account: AccountId,
        code: &RecoveryCode,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, SealError> {
        self.lock(&code.key(account), &header(Kind::RecoveryCode, account, rng))
    }

    /// Opens a lock with a SecuPass.
    ///
    /// # Errors
    /// [`UnlockError::ProfileRefused`] before anything is derived; [`UnlockError::Refused`] when the SecuPass is wrong;
    /// [`UnlockError::Damaged`] for what is no such lock of this account; [`UnlockError::UnknownFormat`],
    /// [`UnlockError::OutOfMemory`].
    pub fn unlock_with_password(
        account: AccountId,
        lock: &[u8],
        password: &Password,
    ) -> Result<Self, UnlockError> {
        let Kind::SecuPass(profile) = check(account, lock)? else { return Err(UnlockError::Damaged) };
        let header = lock.first_chunk::<HEADER_BYTES>().ok_or(UnlockError::Damaged)?;
        let key = stretch(profile, password, header).map_err(|_| UnlockError::OutOfMemory)?;
        Self::unlock(&key, lock)
    }

    /// Opens a lock with a recovery code.
    ///
    /// # Errors
    /// As [`AccountKey::unlock_with_password`].
    pub fn unlock_with_code(
        account: AccountId,
        lock: &[u8],
        code: &RecoveryCode,
    ) -> Result<Self, UnlockError> {
        match check(account, lock)? {
            Kind::RecoveryCode => Self::unlock(&code.key(account), lock),
            Kind::SecuPass(_) => Err(UnlockError::Damaged),
        }
    }

    fn lock(&self, key: &SecretBytes<32>, header: &[u8; HEADER_BYTES]) -> Result<Vec<u8>, SealError> {
        wrap::wrap(key.expose(), header, self.expose())
    }

    fn unlock(key: &SecretBytes<32>, lock: &[u8]) -> Result<Self, UnlockError> {
        let message = wrap::unwrap(key.expose(), HEADER_BYTES, lock).map_err(|_| UnlockError::Refused)?;
        let message = Zeroizing::new(message);
        let key = message.as_slice().try_into().map_err(|_| UnlockError::Damaged)?;
        Ok(Self::build(|bytes| *bytes = key))
    }

    /// > SPEC §13.4: `Expand(Extract("", account key), ctx(label, account), 32)`
    pub(crate) fn derive(&self, label: Label, account: AccountId) -> SecretBytes<32> {
        let prk = Hkdf::extract(&[], self.expose());
        SecretBytes::build(|key| prk.expand(&context(label, &[&account.0]), key))
    }
}

fn stretch(
    profile: Profile,
    password: &Password,
    header: &[u8; HEADER_BYTES],
) -> Result<SecretBytes<32>, KeyError> {
    let [_, rest @ ..] = header.as_chunks::<8>().0 else { return Err(KeyError::OutOfMemory) };
    let mut salt = [0; 16];
    salt.copy_from_slice(rest.as_flattened().get(16..32).unwrap_or(&[0; 16]));
    let mut done = Ok(());
    let key = SecretBytes::build(|key| done = profile.stretch(password.expose(), &salt, key));
    done.map(|()| key)
}

/// > SPEC §13.3: `"SGK1" | suite | kind | profile | 0x00 | account 16 B | salt 32 B`
fn header(kind: Kind, account: AccountId, rng: &mut impl CryptoRng) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    let [kind, profile] = kind.bytes();
    header[..8].copy_from_slice(&[b'S', b'G', b'K', b'1', SUITE, kind, profile, 0]);
    header[8..24].copy_from_slice(&account.0);
    rng.fill_bytes(&mut header[24..]);
    header
}

/// Everything about a lock that can be checked before anything is derived.
fn check(account: AccountId, lock: &[u8]) -> Result<Kind, UnlockError> {
    let mut rest = lock;
    let prefix = take::<8>(&mut rest).map_err(|_| UnlockError::Damaged)?;
    let [m0, m1, m2, version, suite, kind, profile, zero] = *prefix;
    if [m0, m1, m2] != *b"SGK" || !version.is_ascii_digit() {
        return Err(UnlockError::Damaged);
    }
    if version != b'1' || suite != SUITE || zero != 0 {
        return Err(UnlockError::UnknownFormat);
    }
    let kind = match (kind, profile) {
        (1, number) => Kind::SecuPass(Profile::from_number(number).map_err(|_| UnlockError::ProfileRefused)?),
        (2, 0) => Kind::RecoveryCode,
        (2, _) => return Err(UnlockError::ProfileRefused),
        _ => return Err(UnlockError::UnknownFormat),
    };
    if lock.len() != LOCK_BYTES || *take::<16>(&mut rest).map_err(|_| UnlockError::Damaged)? != account.0 {
        return Err(UnlockError::Damaged);
    }
    Ok(kind)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{AccountKey, Kind, LOCK_BYTES, Password, Profile, SUITE, UnlockError, header};
    use crate::id::AccountId;
    use crate::kdf::STRETCHED;
    use rand_core::UnwrapErr;

    /// A server that offers a weak derivation, one that exhausts the browser, or anything else than ours learns nothing:
    /// the SecuPass is not touched.
    #[test]
    fn a_foreign_profile_is_refused_before_anything_is_derived() {
        let account = AccountId([1; 16]);
        let password = Password::new("correct horse").unwrap();
        let before = STRETCHED.get();
        let rng = &mut UnwrapErr(getrandom::SysRng);
        let mut lock = header(Kind::SecuPass(Profile::One), account, rng).to_vec();
        lock.resize(LOCK_BYTES, 0);
        for profile in (0..=u8::MAX).filter(|profile| *profile != Profile::One.number()) {
            lock[6] = profile;
            let refused = AccountKey::unlock_with_password(account, &lock, &password).err();
            assert_eq!(refused, Some(UnlockError::ProfileRefused), "profile {profile}");
        }
        lock[6] = Profile::One.number();
        for (at, byte) in [(0, b'X'), (3, b'2'), (4, SUITE + 1), (5, 3), (7, 1), (8, 2)] {
            let mut other = lock.clone();
            other[at] = byte;
            assert!(AccountKey::unlock_with_password(account, &other, &password).is_err());
        }
        assert!(AccountKey::unlock_with_password(account, &lock[..LOCK_BYTES - 1], &password).is_err());
        assert_eq!(STRETCHED.get(), before);
        assert_eq!(
            AccountKey::unlock_with_password(account, &lock, &password).err(),
            Some(UnlockError::Refused)
        );
        assert_eq!(STRETCHED.get(), before + 1);
    }
}
