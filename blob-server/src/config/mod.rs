//! Settings: flags over environment over file over default.
//!
//! The table below is the only place that knows them. Command line, environment, file, `--help` and the table in
//! docs/OPERATING.md follow from it (a test compares the last).

mod source;
mod value;

use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use std::path::PathBuf;

use blob_api::{Level, MAX_DAYS};

pub use source::{ConfigError, load};
pub use value::{
    Domains, File, Levels, Listen, LogFormat, LogLevel, MailFrom, Name, PublicUrl, Secret, Size,
    SmtpSecurity, SmtpServer, Text, TrustedProxies, Zone,
};

/// A setting, as help and documentation show it.
#[derive(Debug)]
pub struct Setting {
    /// As `siegel.toml` names it. The flag has dashes, the environment `SIEGEL_` and capitals.
    pub name: &'static str,
    /// Its value when nobody sets it.
    pub default: &'static str,
    /// What it does.
    pub help: &'static str,
}

impl Setting {
    /// `SIEGEL_FILE_BYTES` for `file_bytes`.
    pub fn variable(&self) -> String {
        format!("SIEGEL_{}", self.name.to_uppercase())
    }
    /// `file-bytes` for `file_bytes`.
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }
}

macro_rules! settings {
    ($($(#[doc = $help:literal])+ $name:ident: $type:ty = $default:literal,)*) => {
        /// Every setting, read and checked.
        #[derive(Debug, Clone)]
        pub struct Settings {
            $($(#[doc = $help])+ pub $name: $type,)*
        }
        /// Every setting, described.
        pub const SETTINGS: &[Setting] = &[$(
            Setting { name: stringify!($name), default: $default, help: concat!($($help),+).trim_ascii() },
        )*];
        impl Settings {
            fn read(given: &source::Given) -> Result<Self, ConfigError> {
                Ok(Self { $($name: given.read(stringify!($name), $default)?,)* })
            }
        }
    };
}

settings! {
    /// Address and port to listen on. The server speaks plain http: in front of anything but this machine belongs a reverse proxy with TLS.
    listen: Listen = "127.0.0.1:8080",
    /// Folder with everything the server keeps: database and ciphertext.
    data: PathBuf = "data",
    /// The address that people type, such as `https://siegel.example`. With https, session cookies are `Secure` and browsers are told to stay with https. Empty: the address of the request, for trying out on this machine.
    public_url: PublicUrl = "",
    /// What this server calls itself in the page header.
    name: Name = "Siegel",
    /// How much is logged: `error`, `warn`, `info`, `debug` or `trace`.
    log: LogLevel = "info",
    /// How it is logged: `text` or `json`, one line an event, to standard error.
    log_format: LogFormat = "text",
    /// Addresses or networks of reverse proxies, separated by commas. Only their `X-Forwarded-For` is believed. Needs `public_url`.
    trusted_proxies: TrustedProxies = "",
    /// Mail domains whose owners may register as staff, separated by commas. A domain stands for itself alone, not for what is below it.
    staff_domains: Domains = "",
    /// Mail domains whose owners may register as partners: people from outside who may start deliveries to staff.
    partner_domains: Domains = "",
    /// Levels that staff and admins may use, separated by commas.
    staff_levels: Levels = "1, 2, 3, 4",
    /// The level that is preselected for them.
    staff_level: Level = "1",
    /// Levels that partners may use.
    partner_levels: Levels = "1, 2, 3, 4",
    /// The level that is preselected for them.
    partner_level: Level = "1",
    /// Is `true` where nothing of level 4 may be granted or released to a key for which only the server vouches: senders compare words with each recipient first, or hand over an invitation code. Browsers obey it.
    level_4_needs_proof: bool = "false",
    /// Minutes without a request after which a login ends.
    session_idle_minutes: NonZeroU32 = "120",
    /// Hours after which a login ends in any case.
    session_hours: NonZeroU32 = "24",
    /// Largest file, at most 16 TiB.
    file_bytes: Size = "20 GiB",
    /// Largest sum of all files of one delivery.
    delivery_bytes: Size = "20 GiB",
    /// Most files in one delivery, at most 10000.
    files: NonZeroU32 = "10000",
    /// Days a delivery lives unless its sender chooses.
    default_days: NonZeroU16 = "60",
    /// Most days a sender may choose.
    max_days: NonZeroU16 = "90",
    /// Most bytes of ciphertext that the server keeps; 0 is no limit but the disk's.
    storage_bytes: Size = "0",
    /// Bytes of the disk that stay free: uploads that would use them are refused.
    reserve_bytes: Size = "256 MiB",
    /// Hours after which a delivery that nobody went on with is removed, unless it was sent; each part that arrives counts as going on.
    draft_hours: NonZeroU32 = "72",
    /// Hours for which one opening lets a recipient fetch files.
    opening_hours: NonZeroU32 = "24",
    /// Days after its end for which the holder of a link is told that the delivery has expired.
    tombstone_days: NonZeroU32 = "90",
    /// Requests a second that one network address (IPv6: one /64) may make, on average; ten seconds' worth at once. With a session or an opened delivery it may make ten times as many.
    requests_per_second: NonZeroU32 = "100",
    /// Logins a minute that one network address may begin.
    logins_per_minute: NonZeroU32 = "60",
    /// Logins an hour that may be begun for one e-mail address. Networks from which it logged in during the last 30 days are not counted.
    logins_per_hour: NonZeroU32 = "120",
    /// Codes (to register or for a new password) and tickets for submit boxes that may be asked for from one network address in an hour; all of them at once. One mailbox gets three mails an hour at most, of each kind.
    codes_per_hour: NonZeroU32 = "60",
    /// Tickets an hour that are mailed for one submit box; more are asked for in vain. More than `codes_per_hour`, or one network could use up all of them.
    tickets_per_hour: NonZeroU32 = "240",
    /// Hours for which a mailed ticket lets something be submitted.
    ticket_hours: NonZeroU32 = "48",
    /// Connections at a time; more wait.
    connections: NonZeroU32 = "1024",
    /// Connections at a time from one network address (IPv6: one /64); more are closed at once. Those of trusted proxies are not counted, but the requests that run at a time for each address which they tell are: more are refused.
    connections_per_network: NonZeroU32 = "100",
    /// Seconds in which a request's head must have arrived, and for which an idle connection is kept.
    header_seconds: NonZeroU64 = "30",
    /// Seconds without a byte after which an upload or a download is given up.
    body_idle_seconds: NonZeroU64 = "60",
    /// Seconds that running transfers may take to finish when the server is told to stop.
    drain_seconds: NonZeroU64 = "30",
    /// Seconds between two sweeps, which remove what has expired.
    sweep_seconds: NonZeroU64 = "300",
    /// The mail server that takes our mails, with its port, such as `mail.example:587`. Needs `public_url` and `mail_from`. Empty: mails go nowhere but into the development mailbox, the folder `mailbox` below `data`.
    smtp_server: SmtpServer = "",
    /// How the connection to it is protected: `starttls` (usual at port 587), `tls` (usual at port 465), or `none`, which only a server on this machine may have.
    smtp_security: SmtpSecurity = "starttls",
    /// User name for the mail server. Empty: no login.
    smtp_user: Text = "",
    /// Password for it. Whoever may list this machine's processes reads flags, so it belongs into the settings file, or into a file of its own.
    smtp_password: Secret = "",
    /// File that holds the password and nothing else.
    smtp_password_file: File = "",
    /// File with certificates (PEM) of authorities that are believed about the mail server besides the public ones.
    smtp_ca_file: File = "",
    /// Seconds that the mail server may take for one answer.
    smtp_seconds: NonZeroU64 = "60",
    /// The address that mails come from, such as `siegel@siegel.example`. What cannot be delivered comes back to it.
    mail_from: MailFrom = "",
    /// Zone of the times in mails, such as `Europe/Berlin`. Empty: the machine's.
    time_zone: Zone = "",
    /// For rehearsals: seconds by which the server's clock is ahead of the machine's.
    clock_skew_seconds: i64 = "0",
}

/// Most files: the web app and a delivery's manifest are made for so many.
const MOST_FILES: u32 = 10_000;
/// Largest file: 16 TiB.
const MOST_FILE_BYTES: u64 = 1 << 44;
/// Largest delivery: what fits the database's numbers with room for sums, 1 PiB.
const MOST_BYTES: u64 = 1 << 50;

impl Settings {
    /// What must hold between settings.
    fn check(self) -> Result<Self, ConfigError> {
        let contradiction = |text: &str| Err(ConfigError::Contradiction(text.to_owned()));
        if self.default_days > self.max_days {
            return contradiction("default_days is greater than max_days");
        }
        if self.max_days.get() > MAX_DAYS {
            return contradiction("max_days is greater than 3650");
        }
        if self.file_bytes.0 > self.delivery_bytes.0 {
            return contradiction("file_bytes is greater than delivery_bytes");
        }
        if self.file_bytes.0 == 0 || self.delivery_bytes.0 > MOST_BYTES {
            return contradiction("file_bytes must be at least 1 and delivery_bytes at most 1024 TiB");
        }
        if self.file_bytes.0 > MOST_FILE_BYTES {
            return contradiction("file_bytes is greater than 16 TiB");
        }
        if self.files.get() > MOST_FILES {
            return contradiction("files is greater than 10000");
        }
        for (levels, level, role) in [
            (&self.staff_levels, self.staff_level, "staff"),
            (&self.partner_levels, self.partner_level, "partner"),
        ] {
            if !levels.0.contains(&level) {
                return contradiction(&format!("{role}_level is not one of {role}_levels"));
            }
        }
        if !self.trusted_proxies.0.is_empty() && self.public_url.0.is_none() {
            return contradiction(
                "trusted_proxies needs public_url, without which session cookies would not be Secure",
            );
        }
        self.check_mail()?;
        Ok(self)
    }

    /// The same, of what concerns mails.
    fn check_mail(&self) -> Result<(), ConfigError> {
        let contradiction = |text: &str| Err(ConfigError::Contradiction(text.to_owned()));
        let password = self.smtp_password.0.is_some() || self.smtp_password_file.0.is_some();
        let Some((host, _)) = &self.smtp_server.0 else { return Ok(()) };
        if self.public_url.0.is_none() || self.mail_from.0.is_none() {
            return contradiction(
                "smtp_server needs public_url, which links in mails begin with, and mail_from",
            );
        }
        if self.smtp_password.0.is_some() && self.smtp_password_file.0.is_some() {
            return contradiction("smtp_password and smtp_password_file are both set");
        }
        if self.smtp_user.0.is_some() != password {
            return contradiction("smtp_user and a password go together");
        }
        let loopback = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        if self.smtp_security == SmtpSecurity::None && !loopback {
            return contradiction(
                "smtp_security is none, which would send links and the password in the open, and smtp_server is not this machine",
            );
        }
        Ok(())
    }

    /// The origin that browsers see: the public URL's, or that of the address listened on.
    pub fn shown_origin(&self, listening: SocketAddr) -> String {
        match &self.public_url.0 {
            Some(origin) => origin.clone(),
            None if listening.ip().is_loopback() || listening.ip().is_unspecified() => {
                format!("http://localhost:{}", listening.port())
            }
            None => format!("http://{listening}"),
        }
    }
}

/// The table of docs/OPERATING.md.
pub fn markdown_table() -> String {
    let mut table = String::from("| setting | default | what it does |\n|---|---|---|\n");
    for Setting { name, default, help } in SETTINGS {
        let default = if default.is_empty() { "–".to_owned() } else { format!("`{default}`") };
        table.push_str(&format!("| `{name}` | {default} | {help} |\n"));
    }
    table
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    #[test]
    fn the_manual_has_this_table() {
        let manual = include_str!("../../../docs/OPERATING.md");
        assert!(
            manual.contains(&super::markdown_table()),
            "put this into docs/OPERATING.md:\n{}",
            super::markdown_table()
        );
    }
}
