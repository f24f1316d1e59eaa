//! Codes of authenticator apps: RFC 6238 with SHA-1, six digits and steps of 30 seconds, which is what all apps have.

use blob_api::UnixSeconds;
use totp_rs::Builder;

use super::Error;
use crate::store::StoreError;

/// A secret shared with an authenticator app.
pub(super) struct Totp(totp_rs::Totp);

impl Totp {
    pub(super) fn new(secret: Vec<u8>) -> Self {
        // The defaults are those of the first line; one step before and after counts.
        Self(Builder::new().with_secret(secret).build_noncompliant())
    }

    pub(super) fn secret(&self) -> &[u8] {
        self.0.secret().as_bytes()
    }

    /// For typing: base32.
    pub(super) fn secret_text(&self) -> String {
        self.0.secret().to_base32()
    }

    /// For scanning.
    pub(super) fn uri(&self, server: &str, account: &str) -> Result<String, Error> {
        // The colon is what stands between the two.
        let builder = Builder::new()
            .with_secret(self.secret().to_vec())
            .with_issuer(Some(server.replace(':', " ")))
            .with_account_name(account.replace(':', " "));
        Ok(builder.build_noncompliant().to_url().map_err(|_| StoreError::Missing("login name"))?)
    }

    /// The time step of this code, when it is that of now, of the step before or of the one after.
    pub(super) fn step_of(&self, code: &str, now: UnixSeconds) -> Option<u64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        self.0.check(&code, u64::try_from(now).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::Totp;

    /// RFC 6238, appendix B: the codes for SHA-1, of which six digits are used.
    #[test]
    fn rfc_6238() {
        let totp = Totp::new(b"12345678901234567890".to_vec());
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = u64::try_from(time / 30).ok();
            assert_eq!(totp.step_of(code, time), step);
            assert_eq!(totp.step_of(&format!("{} {} ", &code[..3], &code[3..]), time), step);
            assert_eq!((totp.step_of(code, time + 30), totp.step_of(code, time - 30)), (step, step));
            assert_eq!((totp.step_of(code, time + 60), totp.step_of(code, time - 60)), (None, None));
            for wrong in ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"] {
                assert_eq!(totp.step_of(wrong, time), None);
            }
        }
    }

    #[test]
    fn what_apps_scan() {
        let totp = Totp::new(b"12345678901234567890".to_vec());
        let uri = totp.uri("Amt: Siegel", "jörg@amt.example").ok();
        let expected = "otpauth://totp/Amt%20%20Siegel:j%C3%B6rg%40amt.example\
                        ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Amt%20%20Siegel";
        assert_eq!(uri.as_deref(), Some(expected));
    }
}
