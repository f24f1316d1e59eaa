//! `siegel`: the server.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use blob_server::clock::Clock;
use blob_server::config::{self, ConfigError, Settings};
use blob_server::http::Assets;
use blob_server::logging;
use blob_server::server::Server;
use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::util::SubscriberInitExt;

fn main() -> ExitCode {
    // What this process makes is for its user alone.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    raise_file_limit();
    let settings = match config::load(std::env::args_os(), std::env::vars_os()) {
        Ok(settings) => settings,
        Err(ConfigError::CommandLine(error)) => error.exit(),
        Err(error) => return refuse(&error.into()),
    };
    start_logging(&settings);
    match run(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error),
    }
}

/// Takes as many file descriptors as the system allows: a connection with a download holds up to four, and the usual soft
/// limit of 1024 is less than our connections need.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    // Where it is refused, connections wait for descriptors instead of being refused.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// One sentence, and an exit status that says: do not simply start again.
fn refuse(error: &anyhow::Error) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{error}");
    ExitCode::from(2)
}

fn start_logging(settings: &Settings) {
    logging::subscriber(settings.log.0, settings.log_format, std::io::stderr).init();
    // A panic's message may hold anything; its place is what helps.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a defect: please report it");
    }));
}

#[tokio::main]
async fn run(settings: Settings) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("The server cannot listen for signals.")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("The server cannot listen for signals.")?;
    let clock = Clock::shifted(settings.clock_skew_seconds);
    let assets = Assets::embedded();
    let without_web_app = assets.is_empty();
    let server = Server::bind(settings.clone(), clock, assets).await?;
    announce(&server, &settings, without_web_app).context("The server cannot write to its output.")?;
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping; running transfers may finish");
    };
    if !server.serve(stop).await {
        tracing::warn!("some transfers did not finish in time and were cut");
    }
    Ok(())
}

/// What runs where, in plain words, on standard output: the set-up link must not get into a log.
fn announce(server: &Server, settings: &Settings, without_web_app: bool) -> std::io::Result<()> {
    let out = &mut std::io::stdout().lock();
    let (address, origin) = (server.address(), settings.shown_origin(server.address()));
    let data = settings.data.canonicalize()?;
    writeln!(out, "Siegel {} runs at {origin} (listening on {address}).", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "Everything it keeps lies in {}.", data.display())?;
    if settings.clock_skew_seconds != 0 {
        let seconds = settings.clock_skew_seconds;
        writeln!(
            out,
            "ATTENTION: this is a rehearsal. The clock is shifted by {seconds} seconds, and what is expired by it is deleted."
        )?;
    }
    if without_web_app {
        writeln!(out, "It was built without its web app: `cargo xtask serve` builds both.")?;
    }
    if let Some(mailbox) = server.mailbox() {
        writeln!(out, "No mail server is set: mails stay here, to be read on this machine at {mailbox}")?;
    }
    if let Some(token) = &server.setup_token {
        writeln!(
            out,
            "There is no admin yet. Open this link to become it; it works once, and only until the server stops:"
        )?;
        writeln!(out, "\n    {origin}/setup#{}\n", token.to_text())?;
    }
    writeln!(out, "Stop it with Ctrl+C.")?;
    out.flush()
}
