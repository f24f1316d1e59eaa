//! How long to wait before a request is made again.

/// Milliseconds, from one try to the next.
const PAUSES: [u32; REFUSALS] = [300, 700, 1_500, 3_000, 6_000, 12_000, 20_000, LONGEST];
/// How long a lost network goes unprobed at most.
const LONGEST: u32 = 30_000;

/// A server that still refuses after so many pauses, a little more than a minute, is believed. A lost network is waited
/// for as long as the page is open.
pub const REFUSALS: usize = 8;

/// The pause in milliseconds after so many tries in a row that failed before this one.
#[must_use]
pub fn pause_after(tries: usize) -> u32 {
    PAUSES.get(tries).copied().unwrap_or(LONGEST)
}

/// The pause when the server said that it takes no more before so many seconds: never shorter, and longer each time, so
/// that those who were sent away together do not come back together for ever.
#[must_use]
pub fn pause_as_told(tries: usize, seconds: u64) -> u32 {
    let told = u32::try_from(seconds.saturating_mul(1_000)).unwrap_or(u32::MAX);
    told.saturating_add(pause_after(tries))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_growing() {
        let pauses: Vec<u32> = (0..REFUSALS + 2).map(pause_after).collect();
        assert!(pauses.is_sorted() && pauses[0] < 500, "{pauses:?}");
        assert_eq!(pauses[REFUSALS - 1..], [LONGEST; 3]);
        let all: u32 = pauses[..REFUSALS].iter().sum();
        assert!((60_000..90_000).contains(&all), "a refusing server is believed after {all} ms");
    }

    #[test]
    fn what_the_server_says_is_obeyed() {
        for (tries, seconds) in [(0, 0), (0, 1), (3, 60), (20, 3_600)] {
            let pause = u64::from(pause_as_told(tries, seconds));
            assert!(pause > seconds * 1_000, "{pause} after {seconds} s");
            assert!(pause <= seconds * 1_000 + u64::from(LONGEST));
        }
        assert_eq!(pause_as_told(0, u64::MAX), u32::MAX);
    }
}
