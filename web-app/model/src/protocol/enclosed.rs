//! A message within a message.

use core::marker::PhantomData;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{decode, encode};

/// A `T` that is read only by who opens it: whoever passes it on need not know what a `T` may be. `Debug` hides it.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Enclosed<T>(Vec<u8>, PhantomData<fn() -> T>);

impl<T: Serialize> Enclosed<T> {
    /// Encloses it.
    pub fn new(message: &T) -> Self {
        // It cannot fail for the types of the protocol; if it did, whoever opens nothing would say so.
        Self(encode(message).unwrap_or_default(), PhantomData)
    }
}

impl<T: DeserializeOwned> Enclosed<T> {
    /// What is enclosed.
    ///
    /// # Errors
    /// When it is no `T`.
    pub fn open(&self) -> Result<T, postcard::Error> {
        decode(&self.0)
    }
}

impl<T> core::fmt::Debug for Enclosed<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Enclosed(hidden)")
    }
}
