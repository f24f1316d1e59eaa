//! Growing waits against guessing.

use blob_api::UnixSeconds;

/// Wrong guesses that cost nothing: people mistype.
const FREE: u32 = 5;
/// The first wait in seconds; each further one is twice as long.
const FIRST: u64 = 30;
/// The longest wait in seconds. With it some 24 guesses a day remain. Who may guess at all can keep those waiting whose
/// guesses are counted together: for a login the same network, for a delivery everyone who has the link.
const LONGEST: u64 = 3600;

/// Seconds to wait after this many wrong guesses in a row.
pub(super) fn after(wrong: u32) -> u64 {
    match wrong.checked_sub(FREE) {
        None => 0,
        Some(doublings) => FIRST.saturating_mul(1 << doublings.min(32)).min(LONGEST),
    }
}

/// Seconds from `now` until `until`; `None` when it has passed.
pub(super) fn left(until: UnixSeconds, now: UnixSeconds) -> Option<u64> {
    u64::try_from(until.saturating_sub(now)).ok().filter(|seconds| *seconds > 0)
}

/// `now` plus the wait after this many wrong guesses.
pub(super) fn until(wrong: u32, now: UnixSeconds) -> UnixSeconds {
    now.saturating_add_unsigned(after(wrong))
}

#[cfg(test)]
mod tests {
    use super::{after, left};

    #[test]
    fn waits_grow_up_to_an_hour() {
        let waits: Vec<_> = (0..=13).map(after).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(after(u32::MAX), 3600);
    }

    #[test]
    fn a_wait_ends() {
        assert_eq!((left(30, 10), left(10, 10), left(5, 10)), (Some(20), None, None));
    }
}
