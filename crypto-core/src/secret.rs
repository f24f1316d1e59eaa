//! Secrets are types: each kind its own, wiped when dropped, without `Debug`, `Clone`, `PartialEq` or serialisation.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// `N` secret bytes on the heap, so that moving the owner copies a pointer and not the secret.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct SecretBytes<const N: usize>(Box<[u8; N]>);

impl<const N: usize> SecretBytes<N> {
    /// Built in place: `fill` writes the secret where it stays.
    pub(crate) fn build(fill: impl FnOnce(&mut [u8; N])) -> Self {
        let mut bytes = Box::new([0; N]);
        fill(&mut bytes);
        Self(bytes)
    }

    pub(crate) fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

/// Declares a secret of 32 bytes. The tests in its documentation do not compile, and must not.
macro_rules! secret {
    ($(#[$doc:meta])* $name:ident at $path:literal) => {
        $(#[$doc])*
        ///
        /// It cannot be printed, copied or compared:
        #[doc = concat!("```compile_fail,E0277\nfn f<T: core::fmt::Debug>() {}\nf::<", $path, ">();\n```")]
        #[doc = concat!("```compile_fail,E0277\nfn f<T: Clone>() {}\nf::<", $path, ">();\n```")]
        #[doc = concat!("```compile_fail,E0277\nfn f<T: PartialEq>() {}\nf::<", $path, ">();\n```")]
        pub struct $name($crate::secret::SecretBytes<32>);

        impl $name {
            #[allow(dead_code, reason = "some secrets are only derived, some only generated")]
            pub(crate) fn build(fill: impl FnOnce(&mut [u8; 32])) -> Self {
                Self($crate::secret::SecretBytes::build(fill))
            }
            pub(crate) fn expose(&self) -> &[u8; 32] {
                self.0.expose()
            }
        }
    };
}
pub(crate) use secret;
