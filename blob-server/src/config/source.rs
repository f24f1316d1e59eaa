//! Where settings come from, and which source wins.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Arg, Command};

use super::value::Value;
use super::{SETTINGS, Settings};

/// The settings file that is read when it exists and no other is named.
const DEFAULT_FILE: &str = "siegel.toml";
/// Names the settings file.
const FILE_VARIABLE: &str = "SIEGEL_CONFIG";
/// Variables with our prefix that steer building and testing and are not settings of the server.
const TOOLING: &[&str] = &[
    "SIEGEL_BIN",
    "SIEGEL_CHROMEDRIVER",
    "SIEGEL_CHROMIUM",
    "SIEGEL_PICTURES",
    "SIEGEL_WEB_DIST",
    FILE_VARIABLE,
];

/// Where a value was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// On the command line.
    Flag,
    /// In the environment.
    Environment,
    /// In a settings file.
    File(PathBuf),
    /// Nowhere.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("the command line"),
            Self::Environment => f.write_str("the environment"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("the program"),
        }
    }
}

/// Why the server does not start: one sentence that names the setting and where it came from.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The command line cannot be read, or asks for help or the version.
    #[error("{0}")]
    CommandLine(clap::Error),
    /// The settings file cannot be read.
    #[error("The settings file {} cannot be read: {error}.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The settings file is not TOML.
    #[error("The settings file {} is not valid TOML: {message}.", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        message: String,
    },
    /// A name that is no setting.
    #[error("There is no setting `{name}`, which {place} names; docs/OPERATING.md has the list.")]
    Unknown {
        /// As written.
        name: String,
        /// Where.
        place: Source,
    },
    /// A value that cannot be read.
    #[error("The setting `{name}` from {place} must be {must_be}; it is `{value}`.")]
    Invalid {
        /// Setting.
        name: &'static str,
        /// Where.
        place: Source,
        /// As written.
        value: String,
        /// What it must be.
        must_be: &'static str,
    },
    /// Two settings that do not fit together.
    #[error("The settings contradict each other: {0}.")]
    Contradiction(String),
}

/// What was given for each setting, as text, by the strongest source.
#[derive(Debug, Default)]
pub(super) struct Given {
    values: BTreeMap<&'static str, (String, Source)>,
}

impl Given {
    /// The value of a setting.
    pub(super) fn read<T: Value>(&self, name: &'static str, default: &str) -> Result<T, ConfigError> {
        let (value, place) = match self.values.get(name) {
            Some((value, place)) => (value.as_str(), place.clone()),
            None => (default, Source::Default),
        };
        T::read(value).ok_or_else(|| ConfigError::Invalid {
            name,
            place,
            value: value.to_owned(),
            must_be: T::MUST_BE,
        })
    }

    fn add_flags(&mut self, flags: &clap::ArgMatches) {
        for setting in SETTINGS {
            if let Some(value) = flags.get_one::<String>(setting.name) {
                self.values.insert(setting.name, (value.clone(), Source::Flag));
            }
        }
    }

    fn add_environment(
        &mut self,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<(), ConfigError> {
        for (name, value) in variables {
            let Some(name) =
                name.to_str().filter(|name| name.starts_with("SIEGEL_") && !TOOLING.contains(name))
            else {
                continue;
            };
            let setting = SETTINGS.iter().find(|setting| setting.variable() == name);
            let unknown = || ConfigError::Unknown { name: name.to_owned(), place: Source::Environment };
            let setting = setting.ok_or_else(unknown)?.name;
            self.values.insert(setting, (value.to_string_lossy().into_owned(), Source::Environment));
        }
        Ok(())
    }

    fn add_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| ConfigError::NotToml {
            path: path.to_owned(),
            message: error.message().trim_end_matches('.').to_owned(),
        })?;
        let place = Source::File(path.to_owned());
        for (name, value) in table {
            let setting = SETTINGS.iter().find(|setting| setting.name == name);
            let unknown = || ConfigError::Unknown { name: name.clone(), place: place.clone() };
            let setting = setting.ok_or_else(unknown)?.name;
            self.values.insert(setting, (plain_text(&value), place.clone()));
        }
        Ok(())
    }
}

/// A TOML value as it would be written on the command line; an array becomes a list with commas.
fn plain_text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(values) => values.iter().map(plain_text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Reads command line (with the program's name first), environment and settings file.
///
/// # Errors
/// A sentence for the operator; `--help` and `--version` come as [`ConfigError::CommandLine`].
pub fn load(
    command_line: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Settings, ConfigError> {
    let flags = command().try_get_matches_from(command_line).map_err(ConfigError::CommandLine)?;
    let environment: Vec<_> = environment.into_iter().collect();
    let from_environment =
        environment.iter().find(|(name, _)| name == FILE_VARIABLE).map(|(_, value)| value.into());
    let file = flags.get_one::<String>("config").map(PathBuf::from).or(from_environment);

    let mut given = Given::default();
    if let Some((path, text)) = read_file(file)? {
        given.add_file(&path, &text)?;
    }
    given.add_environment(environment.into_iter())?;
    given.add_flags(&flags);
    Settings::read(&given)?.check()
}

/// The settings file's text. A file that is named must exist; the default one need not.
fn read_file(named: Option<PathBuf>) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let must_exist = named.is_some();
    let path = named.unwrap_or_else(|| DEFAULT_FILE.into());
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => Ok(None),
        Err(error) => Err(ConfigError::Unreadable { path, error }),
    }
}

fn command() -> Command {
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .help(format!("Settings file, TOML [default: {DEFAULT_FILE} if it exists] [env: {FILE_VARIABLE}]"));
    let about = "Siegel: end-to-end encrypted delivery. Each setting can also stand in the settings file, under its \
                 name with underscores, and in the environment; flags win over the environment, and that over the file.";
    let settings = SETTINGS.iter().map(|setting| {
        let (default, variable) = (setting.default, setting.variable());
        let default = if default.is_empty() { String::new() } else { format!(" [default: {default}]") };
        Arg::new(setting.name)
            .long(setting.flag())
            .value_name("VALUE")
            .allow_hyphen_values(true)
            .help(format!("{}{default} [env: {variable}]", setting.help))
    });
    Command::new("siegel")
        .args_override_self(true)
        .version(env!("CARGO_PKG_VERSION"))
        .about(about)
        .arg(config)
        .args(settings)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn loaded(flags: &[&str], environment: &[(&str, &str)]) -> Result<Settings, String> {
        let flags = std::iter::once("siegel").chain(flags.iter().copied()).map(OsString::from);
        let environment =
            environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        load(flags, environment).map_err(|error| error.to_string())
    }

    fn file(text: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        std::fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (folder, path)
    }

    #[test]
    fn defaults_are_valid() {
        assert_eq!(loaded(&[], &[]).unwrap().files.get(), 10_000);
    }

    #[test]
    fn flags_win_over_environment_over_file() {
        let (_folder, path) = file(
            "files = 2\nmax_days = 80\npublic_url = \"https://amt.example\"\n\
             trusted_proxies = [\"10.0.0.1\", \"10.1.0.0/16\"]\nname = \"Amt\"",
        );
        let settings = loaded(
            &["--config", &path, "--files", "4"],
            &[("SIEGEL_FILES", "3"), ("SIEGEL_MAX_DAYS", "70"), ("PATH", "/bin"), ("SIEGEL_BIN", "x")],
        )
        .unwrap();
        assert_eq!((settings.files.get(), settings.max_days.get()), (4, 70));
        assert_eq!((settings.name.0.as_str(), settings.trusted_proxies.0.len()), ("Amt", 2));
    }

    #[test]
    fn a_wrong_setting_is_named_with_its_place() {
        let (_folder, path) = file("files = 0");
        for (error, parts) in [
            (loaded(&["--files", "many"], &[]), ["`files`", "the command line", "`many`"]),
            (loaded(&[], &[("SIEGEL_FILE_BYTES", "5 MB")]), ["`file_bytes`", "the environment", "`5 MB`"]),
            (
                loaded(&[], &[("SIEGEL_FILLES", "5")]),
                ["`SIEGEL_FILLES`", "the environment", "docs/OPERATING.md"],
            ),
            (loaded(&["--config", &path], &[]), ["`files`", "s.toml", "at least 1"]),
            (loaded(&["--config", "/nonexistent.toml"], &[]), ["/nonexistent.toml", "cannot be read", ""]),
            (loaded(&["--default-days", "91"], &[]), ["default_days", "max_days", ""]),
            (loaded(&["--trusted-proxies", "10.0.0.1"], &[]), ["trusted_proxies", "public_url", "Secure"]),
            (loaded(&["--files", "10001"], &[]), ["files is greater than 10000", "", ""]),
            (
                loaded(&["--smtp-server", "mail.example"], &[]),
                ["`smtp_server`", "with a port", "`mail.example`"],
            ),
            (loaded(&["--smtp-server", "mail.example:25"], &[]), ["smtp_server", "public_url", "mail_from"]),
            (loaded(&["--time-zone", "Mars/Olympus"], &[]), ["`time_zone`", "Europe/Berlin", "Mars/Olympus"]),
            (loaded(&["--mail-from", "Amt <a@b.example>"], &[]), ["`mail_from`", "e-mail address", ""]),
            (
                loaded(&["--file-bytes", "17592186044417", "--delivery-bytes", "100 TiB"], &[]),
                ["file_bytes is greater than 16 TiB", "", ""],
            ),
        ] {
            let error = error.err().unwrap();
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn the_greatest_limits_are_allowed() {
        let flags = ["--files", "10000", "--file-bytes", "16 TiB", "--delivery-bytes", "1024 TiB"];
        assert!(loaded(&flags, &[]).is_ok());
    }

    #[test]
    fn a_mail_server_needs_what_belongs_to_it() {
        let with = |more: &[&'static str]| {
            let needed = ["--public-url", "https://x", "--mail-from", "a@b.example"];
            loaded(&[&needed[..], more].concat(), &[])
        };
        for (flags, fault) in [
            (&["--smtp-server", "mail.example:587"][..], None),
            (&["--smtp-server", "[::1]:25", "--smtp-security", "none"], None),
            (&["--smtp-server", "mail.example:25", "--smtp-security", "none"], Some("not this machine")),
            (&["--smtp-server", "m:25", "--smtp-user", "u"], Some("a password go together")),
            (&["--smtp-server", "m:25", "--smtp-password", "s3cret"], Some("a password go together")),
            (
                &[
                    "--smtp-server",
                    "m:25",
                    "--smtp-user",
                    "u",
                    "--smtp-password",
                    "s3cret",
                    "--smtp-password-file",
                    "f",
                ],
                Some("both set"),
            ),
            (&["--smtp-server", "m:25", "--smtp-user", "u", "--smtp-password", "s3cret"], None),
        ] {
            match (with(flags), fault) {
                (Ok(settings), None) => assert!(!format!("{settings:?}").contains("s3cret")),
                (Err(error), Some(fault)) => {
                    assert!(error.contains(fault) && !error.contains("s3cret"), "{error}")
                }
                (outcome, _) => assert!(outcome.is_err() == fault.is_some(), "{flags:?}"),
            }
        }
    }

    #[test]
    fn an_unknown_name_in_the_file_is_refused() {
        let (_folder, path) = file("colour = \"blue\"");
        assert!(loaded(&[], &[("SIEGEL_CONFIG", &path)]).err().unwrap().contains("`colour`"));
        let (_folder, path) = file("files = = 3");
        assert!(loaded(&["--config", &path], &[]).err().unwrap().contains("not valid TOML"));
    }
}
