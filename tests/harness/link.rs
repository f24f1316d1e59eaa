//! A link of a delivery, taken apart as a stranger would: by its text.

use anyhow::{Context, Result, ensure};
use base64ct::{Base64UrlUnpadded, Encoding};

/// `http://HOST/d/<delivery>#1.<secret>`, and `.<fingerprint>` behind it when the sender has an identity; or one recipient's
/// own, `#1p.<secret>`, from level 2 on at `/r/`.
#[derive(Clone)]
pub struct Link {
    /// What stands before the path.
    pub origin: String,
    /// First segment of the path: `d` or `r`.
    pub page: String,
    /// 22 characters of base64url.
    pub delivery: String,
    /// What stands after `#`.
    pub fragment: String,
}

impl Link {
    /// Takes a link apart.
    ///
    /// # Errors
    /// When it has another form than this version's.
    pub fn parse(text: &str) -> Result<Self> {
        let (address, fragment) = text.split_once('#').context("a link has a fragment")?;
        let (rest, delivery) = address.rsplit_once('/').context("a link has a path")?;
        let (origin, page) = rest.rsplit_once('/').context("a link has a path of two segments")?;
        ensure!(matches!(page, "d" | "r"), "a link leads to /d/ or /r/");
        ensure!(delivery.len() == 22, "a delivery's id has 22 characters");
        let [origin, page, delivery, fragment] = [origin, page, delivery, fragment].map(str::to_owned);
        let link = Self { origin, page, delivery, fragment };
        ensure!(link.secret_text()?.len() == 43, "a link's secret has 43 characters");
        ensure!(link.secret()?.len() == 32, "a link's secret has 32 bytes");
        Ok(link)
    }

    /// The whole link again.
    pub fn text(&self) -> String {
        format!("{}#{}", self.page(), self.fragment)
    }

    /// The link without its fragment: all that a server ever sees of it.
    pub fn page(&self) -> String {
        format!("{}/{}/{}", self.origin, self.page, self.delivery)
    }

    /// The link as a mail program rewrites it that escapes `#`: the secret has become part of the path.
    pub fn escaped(&self) -> String {
        format!("{}%23{}", self.page(), self.fragment)
    }

    /// The secret as it stands in the link.
    ///
    /// # Errors
    /// When the fragment does not begin as this version's do.
    pub fn secret_text(&self) -> Result<&str> {
        let rest = self.fragment.strip_prefix("1.").or_else(|| self.fragment.strip_prefix("1p."));
        let rest = rest.context("this version's links begin with 1. or 1p.")?;
        Ok(rest.split_once('.').map_or(rest, |(secret, _)| secret))
    }

    /// The secret's 32 bytes.
    ///
    /// # Errors
    /// When it is not base64url.
    pub fn secret(&self) -> Result<Vec<u8>> {
        Base64UrlUnpadded::decode_vec(self.secret_text()?).ok().context("a link's secret is base64url")
    }
}
