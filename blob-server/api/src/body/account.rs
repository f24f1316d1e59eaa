//! Accounts: set-up, registration, login, and what an account looks after for itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Language, Rights, Role};
use crate::schema::{DisplayName, Email};
use crate::{AccountId, Hidden, Opaque, PasskeyId, SessionId, Token, UnixSeconds};

/// OPAQUE registration of the first admin, first message.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupStart {
    /// From the one-time link that the server printed.
    pub token: Token,
    /// Will be the login name.
    #[schema(value_type = Email)]
    pub email: String,
    /// OPAQUE `RegistrationRequest`.
    pub request: Opaque,
}

/// The server's OPAQUE answer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RegistrationAnswer {
    /// OPAQUE `RegistrationResponse`.
    pub response: Opaque,
}

/// OPAQUE registration of the first admin, last message.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupFinish {
    /// From the one-time link; used up by this call.
    pub token: Token,
    /// The same address as in [`SetupStart`].
    #[schema(value_type = Email)]
    pub email: String,
    /// How recipients see the sender.
    #[schema(value_type = DisplayName)]
    pub name: String,
    /// For pages and mails.
    pub language: Language,
    /// OPAQUE `RegistrationUpload`.
    pub upload: Opaque,
}

/// Asks for a mail with a code, which proves that the asker reads this mailbox. The answer is the same for every address;
/// what the mail says depends on whether there is an account, and where neither an account is nor may be made, none is sent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskCode {
    /// The mailbox.
    #[schema(value_type = Email)]
    pub email: String,
    /// What the code is wanted for.
    pub purpose: Purpose,
    /// Of the mail, when no account says otherwise.
    pub language: Language,
}

/// What a mailed code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A new account.
    Register,
    /// A new password for an account.
    Reset,
}

/// The answer to [`AskCode`].
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CodeAsked {
    /// Names this request; with the code from the mail it proves the mailbox.
    pub proof: Token,
    /// Seconds for which the code is good.
    pub lifetime: u32,
}

/// A mailbox, proven by the code in the mail. OPAQUE registration, first message.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialStart {
    /// From [`CodeAsked`].
    pub proof: Token,
    /// Eight digits, from the mail. A few wrong ones make the proof void.
    pub code: Hidden,
    /// OPAQUE `RegistrationRequest`.
    pub request: Opaque,
}

/// OPAQUE registration, last message: makes the account, or gives it its new password. Uses the proof up, ends all sessions
/// of the account, and starts none: the browser logs in next.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialFinish {
    /// From [`CodeAsked`], whose code was right in [`CredentialStart`].
    pub proof: Token,
    /// How others see the new account's owner; `None` when the password is reset.
    #[schema(value_type = Option<DisplayName>)]
    pub name: Option<String>,
    /// For pages and mails.
    pub language: Language,
    /// OPAQUE `RegistrationUpload`.
    pub upload: Opaque,
}

/// OPAQUE login, first message.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginStart {
    /// Login name.
    #[schema(value_type = Email)]
    pub email: String,
    /// OPAQUE `CredentialRequest`.
    pub request: Opaque,
}

/// The server's OPAQUE answer; it looks alike for known and unknown addresses.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LoginChallenge {
    /// Names this attempt in [`LoginFinish`]; lives for a minute.
    pub login: Token,
    /// OPAQUE `CredentialResponse`.
    pub response: Opaque,
}

/// OPAQUE login, last message.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginFinish {
    /// From [`LoginChallenge`].
    pub login: Token,
    /// OPAQUE `CredentialFinalization`.
    pub finalization: Opaque,
}

/// The answer to a right password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoginAnswer {
    /// Logged in; the session cookie comes with it.
    Session(Session),
    /// One more proof is needed.
    SecondFactor(SecondFactorNeeded),
}

/// What must be shown besides the password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecondFactorNeeded {
    /// Names this login in [`SecondFactor`]; lives for a few minutes and a few wrong tries.
    pub login: Token,
    /// May a code of the authenticator app be shown?
    pub totp: bool,
    /// The options of `navigator.credentials.get` (WebAuthn's `CredentialRequestOptions` as JSON), when there is a passkey.
    pub passkey: Option<String>,
    /// Recovery codes that are left.
    pub recovery_codes: u8,
}

/// The second factor of a login.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondFactor {
    /// From [`SecondFactorNeeded`].
    pub login: Token,
    /// What is shown.
    pub shown: Factor,
}

/// A second factor, shown.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// Six digits of the authenticator app (RFC 6238).
    Totp(Hidden),
    /// WebAuthn's `PublicKeyCredential` as JSON.
    Passkey(Hidden),
    /// A recovery code, used up by this.
    Recovery(Hidden),
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Names the account, which its card says too.
    pub account: AccountId,
    /// Login name.
    pub email: String,
    /// Display name.
    pub name: String,
    /// What the account is for.
    pub role: Role,
    /// What the policy allows it.
    pub rights: Rights,
    /// For pages and mails.
    pub language: Language,
    /// Has it keys, that is: was a SecuPass chosen?
    pub keys: bool,
}

/// All that an account's owner sees in the settings; the answer to `GET` [`crate::path::ACCOUNT`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountInfo {
    /// Who it is.
    pub session: Session,
    /// When the account was made.
    pub created: UnixSeconds,
    /// Does its owner get mails that they could do without: that somebody has collected a delivery?
    pub notices: bool,
    /// Is an authenticator app set up?
    pub totp: bool,
    /// The passkeys, the oldest first.
    pub passkeys: Vec<PasskeyInfo>,
    /// Recovery codes that are left.
    pub recovery_codes: u8,
    /// Where the account is logged in, the latest use first.
    pub sessions: Vec<SessionInfo>,
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PasskeyInfo {
    /// Names it.
    pub passkey: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub created: UnixSeconds,
    /// When it was last shown.
    pub used: Option<UnixSeconds>,
}

/// Somewhere the account is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionInfo {
    /// Names it; it is not its token.
    pub session: SessionId,
    /// Login time.
    pub created: UnixSeconds,
    /// Last use, exact to a minute.
    pub used: UnixSeconds,
    /// Browser and system, as far as the browser told, such as “Firefox, Linux”; empty when it told nothing we know.
    pub agent: String,
    /// The session that asks.
    pub current: bool,
}

/// What an account's owner changes about it; what is absent stays.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeAccount {
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DisplayName>)]
    pub name: Option<String>,
    /// For pages and mails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// From [`AccountInfo`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notices: Option<bool>,
}

/// A new password for the account that is logged in; OPAQUE registration, first message.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordStart {
    /// OPAQUE `RegistrationRequest`.
    pub request: Opaque,
}

/// OPAQUE registration, last message. Ends all other sessions of the account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordFinish {
    /// OPAQUE `RegistrationUpload`.
    pub upload: Opaque,
}

/// A new secret for an authenticator app; it counts when a code of it was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TotpOffer {
    /// Base32, for typing.
    pub secret: Hidden,
    /// `otpauth://` address, for scanning.
    pub uri: Hidden,
}

/// Shows that the authenticator app has the secret.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpConfirm {
    /// Six digits.
    pub code: Hidden,
}

/// What a new passkey is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PasskeyOffer {
    /// The options of `navigator.credentials.create` (WebAuthn's `CredentialCreationOptions` as JSON).
    pub options: String,
}

/// A passkey that the browser made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyMade {
    /// What its owner calls it.
    #[schema(value_type = DisplayName)]
    pub name: String,
    /// WebAuthn's `PublicKeyCredential` as JSON.
    pub credential: String,
}

/// The first factor besides the password was added, or new codes were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecoveryCodes {
    /// Each works once; shown now and never again. Empty when there are codes from before.
    pub codes: Vec<Hidden>,
}
