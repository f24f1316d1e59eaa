//! How often one network, or one login name, may ask.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use blob_api::UnixSeconds;
use crypto_core::login::LoginName;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::{Error, waits};
use crate::config::Settings;

/// Login names with wrong guesses that are remembered; beyond that, some are forgotten.
const MOST_REMEMBERED: usize = 20_000;
/// Seconds after which wrong guesses are forgotten.
const FORGET_AFTER: i64 = 24 * 3600;

/// Who asks, as coarsely as limits need it: an IPv4 address or an IPv6 /64, which is what one customer gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(v6) => Self(IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)))),
            v4 => Self(v4),
        }
    }
}

/// Limits that live in memory.
pub(super) struct Rates {
    requests: DefaultKeyedRateLimiter<Network>,
    logins: DefaultKeyedRateLimiter<Network>,
    logins_of_name: DefaultKeyedRateLimiter<LoginName>,
    guesses: Mutex<HashMap<(LoginName, Network), Guesses>>,
}

/// Logins begun and not finished since the last that succeeded.
#[derive(Clone, Copy)]
struct Guesses {
    count: u32,
    last: UnixSeconds,
}

impl Rates {
    pub(super) fn new(settings: &Settings) -> Self {
        let per_second = settings.requests_per_second;
        let burst = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(9));
        Self {
            requests: RateLimiter::keyed(Quota::per_second(per_second).allow_burst(burst)),
            logins: RateLimiter::keyed(Quota::per_minute(settings.logins_per_minute)),
            logins_of_name: RateLimiter::keyed(Quota::per_hour(settings.logins_per_hour)),
            guesses: Mutex::default(),
        }
    }

    /// Counts a request.
    pub(super) fn request(&self, network: Network) -> Result<(), Error> {
        check(&self.requests, &network)
    }

    /// Counts a step of set-up, which costs as much as a login.
    pub(super) fn setup(&self, network: Network) -> Result<(), Error> {
        check(&self.logins, &network)
    }

    /// Counts a login that begins. The beginning is what counts: with OPAQUE the client learns from the server's first
    /// answer whether its guess was right, and one who guesses never sends the second message.
    ///
    /// Waits grow for a name and a network together, so a stranger elsewhere cannot lock the owner out; how often a name
    /// is tried from everywhere is bounded as well.
    pub(super) fn login(&self, name: &LoginName, network: Network, now: UnixSeconds) -> Result<(), Error> {
        check(&self.logins, &network)?;
        check(&self.logins_of_name, name)?;
        let mut guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        if guesses.len() >= MOST_REMEMBERED {
            forget(&mut guesses, now);
        }
        let entry = guesses.entry((name.clone(), network)).or_insert(Guesses { count: 0, last: now });
        if let Some(seconds) = waits::left(waits::until(entry.count, entry.last), now) {
            return Err(Error::TooMany { seconds });
        }
        *entry = Guesses { count: entry.count.saturating_add(1), last: now };
        Ok(())
    }

    /// The login succeeded.
    pub(super) fn logged_in(&self, name: &LoginName, network: Network) {
        self.guesses.lock().unwrap_or_else(PoisonError::into_inner).remove(&(name.clone(), network));
    }

    /// Forgets who has not asked for long.
    pub(super) fn sweep(&self, now: UnixSeconds) {
        self.requests.retain_recent();
        self.logins.retain_recent();
        self.logins_of_name.retain_recent();
        let mut guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        guesses.retain(|_, entry| now.saturating_sub(entry.last) < FORGET_AFTER);
    }
}

/// Makes room: what is old, or else the older half.
fn forget(guesses: &mut HashMap<(LoginName, Network), Guesses>, now: UnixSeconds) {
    guesses.retain(|_, entry| now.saturating_sub(entry.last) < FORGET_AFTER);
    if guesses.len() >= MOST_REMEMBERED {
        let mut times: Vec<_> = guesses.values().map(|entry| entry.last).collect();
        let (_, median, _) = times.select_nth_unstable(MOST_REMEMBERED / 2);
        let median = *median;
        guesses.retain(|_, entry| entry.last > median);
    }
}

fn check<K: Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<(), Error> {
    limiter.check_key(key).map_err(|not_until| {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        Error::TooMany { seconds: wait.as_secs().saturating_add(1) }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn rates() -> Rates {
        Rates::new(&crate::config::load(["siegel".into()], []).ok().unwrap())
    }

    #[test]
    fn one_customer_is_one_network() {
        let network = |text: &str| Network::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.2"), network("192.0.2.1"));
    }

    #[test]
    fn waits_follow_name_and_network() {
        let (rates, name) = (rates(), LoginName::new("a@b").ok().unwrap());
        let (here, there) = (Network(IpAddr::from([192, 0, 2, 1])), Network(IpAddr::from([192, 0, 2, 2])));
        for _ in 0..5 {
            rates.login(&name, here, 100).ok().unwrap();
        }
        assert!(matches!(rates.login(&name, here, 100), Err(Error::TooMany { seconds: 30 })));
        assert!(rates.login(&name, there, 100).is_ok());
        assert!(rates.login(&name, here, 130).is_ok());
        assert!(matches!(rates.login(&name, here, 130), Err(Error::TooMany { seconds: 60 })));
        rates.logged_in(&name, here);
        assert!(rates.login(&name, here, 130).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let (mut guesses, name) = (HashMap::new(), LoginName::new("a@b").ok().unwrap());
        for number in 0..MOST_REMEMBERED {
            let network = Network(IpAddr::V6(Ipv6Addr::from_bits((number as u128) << 64)));
            guesses.insert((name.clone(), network), Guesses { count: 1, last: number as i64 });
        }
        forget(&mut guesses, MOST_REMEMBERED as i64);
        assert!(guesses.len() < MOST_REMEMBERED);
        assert!(!guesses.is_empty());
    }
}
