//! What is logged, and how it looks.

use tracing::Subscriber;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;

use crate::config::LogFormat;

/// A subscriber that writes our events from `level` on. Libraries speak only of trouble, whatever the level: at finer ones
/// some of them log what they send and store.
pub fn subscriber<W>(level: tracing::Level, format: LogFormat, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let level = LevelFilter::from_level(level);
    let filter = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("blob_server", level)
        .with_target("siegel", level);
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_target(false);
    match format {
        LogFormat::Text => {
            Box::new(tracing_subscriber::registry().with(lines.with_ansi(false).with_filter(filter)))
        }
        LogFormat::Json => Box::new(tracing_subscriber::registry().with(lines.json().with_filter(filter))),
    }
}
