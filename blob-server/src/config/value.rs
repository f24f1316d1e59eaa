//! What a setting can be, and how it is read from text.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use std::path::PathBuf;

use axum::http::Uri;
use blob_api::Level;
use crypto_core::login::LoginName;
use ipnet::IpNet;
use jiff::tz::TimeZone;

/// A setting's type.
pub(super) trait Value: Sized {
    /// Completes "must be …".
    const MUST_BE: &'static str;
    /// Reads it; `None` when the text is something else.
    fn read(text: &str) -> Option<Self>;
}

/// Where to listen; `localhost` is 127.0.0.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen(pub SocketAddr);

/// The origin that people type, without path: `None` when it is the request's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(pub Option<String>);

/// One line of text to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(pub String);

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

/// Networks whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedProxies(pub Vec<IpNet>);

/// The least severe event that is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLevel(pub tracing::Level);

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// The mail server's name or address, and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpServer(pub Option<(String, u16)>);

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Not at all.
    None,
    /// From a command on.
    StartTls,
    /// From the first byte on.
    Tls,
}

/// The address that mails come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFrom(pub Option<lettre::Address>);

/// Any text, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub Option<String>);

/// A text that nobody shall read in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub Option<String>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// A file, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File(pub Option<PathBuf>);

/// A time zone; `None` is the machine's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(pub Option<TimeZone>);

/// Levels that an account may use, the lowest first; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels(pub Vec<Level>);

/// Mail domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domains(Vec<String>);

impl Domains {
    /// Is it the domain of this address? The domain itself counts, not what is below it.
    pub fn has(&self, address: &LoginName) -> bool {
        let domain = address.as_str().rsplit('@').next();
        domain.is_some_and(|domain| self.0.iter().any(|own| own == domain))
    }
}

impl PublicUrl {
    /// Do people reach this server by https?
    pub fn is_https(&self) -> bool {
        self.0.as_deref().is_some_and(|origin| origin.starts_with("https://"))
    }
}

impl TrustedProxies {
    /// Is this the address of a trusted proxy?
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl Value for Listen {
    const MUST_BE: &'static str =
        "an address with a port, such as 127.0.0.1:8080, [::1]:8080 or localhost:8080";
    fn read(text: &str) -> Option<Self> {
        match text.strip_prefix("localhost:") {
            Some(port) => Some(Self(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.parse().ok()?))),
            None => text.parse().ok().map(Self),
        }
    }
}

impl Value for PublicUrl {
    const MUST_BE: &'static str = "an address without path, such as https://siegel.example";
    fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self(None));
        }
        let uri: Uri = text.parse().ok()?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"))?;
        let authority = uri.authority()?.as_str().to_lowercase();
        let plain = matches!(uri.path(), "" | "/") && uri.query().is_none() && !authority.contains('@');
        // Browsers leave the default port out of `Origin`.
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        let authority = authority.strip_suffix(default_port).unwrap_or(&authority);
        plain.then(|| Self(Some(format!("{scheme}://{authority}"))))
    }
}

impl Value for Name {
    const MUST_BE: &'static str = "one line of 1 to 60 characters";
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (1..=60).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        fits.then(|| Self(text.to_owned()))
    }
}

impl Value for Size {
    const MUST_BE: &'static str = "a number of bytes, such as 5000000, 500 MiB or 20 GiB";
    fn read(text: &str) -> Option<Self> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let shift = match unit.trim() {
            "" | "B" => 0,
            "KiB" => 10,
            "MiB" => 20,
            "GiB" => 30,
            "TiB" => 40,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(1 << shift).map(Self)
    }
}

impl Value for TrustedProxies {
    const MUST_BE: &'static str = "addresses or networks separated by commas, such as 127.0.0.1, 10.0.0.0/8";
    fn read(text: &str) -> Option<Self> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let network =
            |entry: &str| entry.parse::<IpNet>().ok().or_else(|| Some(entry.parse::<IpAddr>().ok()?.into()));
        entries.map(network).collect::<Option<_>>().map(Self)
    }
}

impl Value for Level {
    const MUST_BE: &'static str = "1 or 2";
    fn read(text: &str) -> Option<Self> {
        Self::try_from(text.trim().parse::<u8>().ok()?).ok()
    }
}

impl Value for Levels {
    const MUST_BE: &'static str = "levels separated by commas, such as 1, 2";
    fn read(text: &str) -> Option<Self> {
        let mut levels = text.split(',').map(Level::read).collect::<Option<Vec<_>>>()?;
        levels.sort();
        levels.dedup();
        Some(Self(levels))
    }
}

impl Value for Domains {
    const MUST_BE: &'static str = "mail domains separated by commas, such as amt.example, stadt.example";
    fn read(text: &str) -> Option<Self> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        // In the form in which login names have them.
        let domain = |entry: &str| {
            let name = LoginName::new(&format!("x@{entry}")).ok()?;
            let domain = name.as_str().strip_prefix("x@")?;
            let plain = domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
            plain.then(|| domain.to_owned())
        };
        entries.map(domain).collect::<Option<_>>().map(Self)
    }
}

impl Value for LogLevel {
    const MUST_BE: &'static str = "error, warn, info, debug or trace";
    fn read(text: &str) -> Option<Self> {
        matches!(text, "error" | "warn" | "info" | "debug" | "trace").then(|| text.parse().ok().map(Self))?
    }
}

impl Value for LogFormat {
    const MUST_BE: &'static str = "text or json";
    fn read(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl Value for SmtpServer {
    const MUST_BE: &'static str = "a name or address with a port, such as mail.example:587";
    fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self(None));
        }
        let (host, port) = text.rsplit_once(':')?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let named = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
        let fits = !host.is_empty() && host.chars().all(named);
        fits.then_some(Self(Some((host.to_lowercase(), port.parse().ok()?))))
    }
}

impl Value for SmtpSecurity {
    const MUST_BE: &'static str = "starttls, tls or none";
    fn read(text: &str) -> Option<Self> {
        match text {
            "starttls" => Some(Self::StartTls),
            "tls" => Some(Self::Tls),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

impl Value for MailFrom {
    const MUST_BE: &'static str = "an e-mail address of plain letters, such as siegel@siegel.example";
    fn read(text: &str) -> Option<Self> {
        match text {
            "" => Some(Self(None)),
            text if text.is_ascii() => text.parse().ok().map(|address| Self(Some(address))),
            _ => None,
        }
    }
}

impl Value for Text {
    const MUST_BE: &'static str = "a text";
    fn read(text: &str) -> Option<Self> {
        Some(Self((!text.is_empty()).then(|| text.to_owned())))
    }
}

impl Value for Secret {
    const MUST_BE: &'static str = "a text";
    fn read(text: &str) -> Option<Self> {
        Some(Self((!text.is_empty()).then(|| text.to_owned())))
    }
}

impl Value for File {
    const MUST_BE: &'static str = "a path";
    fn read(text: &str) -> Option<Self> {
        Some(Self((!text.is_empty()).then(|| text.into())))
    }
}

impl Value for Zone {
    const MUST_BE: &'static str = "a zone that this machine knows, such as Europe/Berlin";
    fn read(text: &str) -> Option<Self> {
        match text {
            "" => Some(Self(None)),
            name => TimeZone::get(name).ok().map(|zone| Self(Some(zone))),
        }
    }
}

impl Value for PathBuf {
    const MUST_BE: &'static str = "a path";
    fn read(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| text.into())
    }
}

impl Value for bool {
    const MUST_BE: &'static str = "true or false";
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

macro_rules! numbers {
    ($($type:ty: $must_be:literal,)*) => {$(
        impl Value for $type {
            const MUST_BE: &'static str = $must_be;
            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )*};
}
numbers! {
    NonZeroU16: "a whole number from 1 to 65535",
    NonZeroU32: "a whole number of at least 1",
    NonZeroU64: "a whole number of at least 1",
    i64: "a whole number",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, size) in
            [("0", 0), ("5", 5), ("7 B", 7), ("1KiB", 1 << 10), ("500 MiB", 500 << 20), ("2 TiB", 2 << 40)]
        {
            assert_eq!(Size::read(text), Some(Size(size)), "{text}");
        }
        for text in ["", "MiB", "5 MB", "-1", "1.5 GiB", "99999999999999999999", "99999999 TiB"] {
            assert_eq!(Size::read(text), None, "{text}");
        }
    }

    #[test]
    fn public_urls() {
        for (text, origin) in [
            ("https://siegel.example", "https://siegel.example"),
            ("https://Siegel.Example:443/", "https://siegel.example"),
            ("http://localhost:8080", "http://localhost:8080"),
        ] {
            assert_eq!(PublicUrl::read(text), Some(PublicUrl(Some(origin.to_owned()))), "{text}");
        }
        for text in ["siegel.example", "ftp://x", "https://x/path", "https://x/?q", "https://u@x", "https://"]
        {
            assert_eq!(PublicUrl::read(text), None, "{text}");
        }
    }

    #[test]
    fn levels_and_domains() {
        assert_eq!(Levels::read("2,1, 2"), Some(Levels(vec![Level::One, Level::Two])));
        for text in ["", "0", "5", "1,", "one"] {
            assert_eq!(Levels::read(text), None, "{text}");
        }
        let name = |text: &str| LoginName::new(text).ok();
        let domains = Domains::read("Amt.Example,stadt.example");
        for (address, own) in [
            ("a@amt.example", true),
            ("A@STADT.example", true),
            ("a@sub.amt.example", false),
            ("a@notamt.example", false),
            ("amt.example@post.example", false),
        ] {
            let has = domains.as_ref().zip(name(address)).map(|(domains, name)| domains.has(&name));
            assert_eq!(has, Some(own), "{address}");
        }
        assert_eq!(Domains::read("").map(|domains| domains.0.len()), Some(0));
        for text in ["@amt.example", "a b", "*.amt.example"] {
            assert_eq!(Domains::read(text), None, "{text}");
        }
    }

    #[test]
    fn addresses() {
        assert_eq!(Listen::read("localhost:0"), Listen::read("127.0.0.1:0"));
        assert_eq!(Listen::read("8080"), None);
        assert_eq!(TrustedProxies::read("127.0.0.1, 10.0.0.0/8").map(|list| list.0.len()), Some(2));
        assert_eq!(TrustedProxies::read("127.0.0.1, nginx"), None);
    }
}
