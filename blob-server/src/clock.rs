//! The one source of time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use blob_api::UnixSeconds;

/// Tells the time in whole seconds. Every rule about expiry, waiting and sweeping asks this clock, so that a test or a
/// rehearsal can shift it; clones share the shift.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    stopped: Option<UnixSeconds>,
    shift: Arc<AtomicI64>,
}

impl Clock {
    /// The machine's time plus `seconds`.
    pub fn shifted(seconds: i64) -> Self {
        Self { stopped: None, shift: Arc::new(AtomicI64::new(seconds)) }
    }

    /// A clock that stands at this moment and moves by [`Clock::advance`] alone, so that a slow machine changes no test.
    pub fn stopped() -> Self {
        Self { stopped: Some(Self::default().now()), shift: Arc::default() }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn now(&self) -> UnixSeconds {
        self.stopped.unwrap_or_else(machine).saturating_add(self.shift.load(Ordering::Relaxed))
    }

    /// Moves the clock forward by `seconds`.
    pub fn advance(&self, seconds: i64) {
        self.shift.fetch_add(seconds, Ordering::Relaxed);
    }
}

fn machine() -> UnixSeconds {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    i64::try_from(since_1970).unwrap_or(i64::MAX)
}
