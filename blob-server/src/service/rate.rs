//! How often one network, or one login name, may ask.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use blob_api::UnixSeconds;
use crypto_core::login::LoginName;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::{Error, waits};
use crate::config::Settings;

/// Login names with their networks, and tokens, that are remembered; beyond that, some are forgotten.
const MOST_REMEMBERED: usize = 20_000;
/// Seconds for which a token that was right is taken for right before it is looked up.
const FORGET_PROOF: i64 = 600;
/// Seconds after which wrong guesses are forgotten.
const FORGET_GUESSES: i64 = 24 * 3600;
/// Seconds after which it is forgotten that a login succeeded.
const FORGET_SUCCESS: i64 = 30 * 24 * 3600;

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

impl Network {
    /// The larger network around it, as text: about what a provider hands out from, so that an address that changes every
    /// night stays within.
    pub(super) fn provider(&self) -> String {
        match self.0 {
            IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() & (u32::MAX << 16)).to_string(),
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 96)).to_string(),
        }
    }
}

/// Limits that live in memory.
pub(super) struct Rates {
    requests: DefaultKeyedRateLimiter<Network>,
    proven_requests: DefaultKeyedRateLimiter<Network>,
    proofs: Mutex<Remembered<TokenHash, ()>>,
    logins: DefaultKeyedRateLimiter<Network>,
    logins_of_name: DefaultKeyedRateLimiter<LoginName>,
    codes: DefaultKeyedRateLimiter<Network>,
    seconds: Mutex<SecondGuesses>,
    pairs: Mutex<Pairs>,
}

/// What is remembered of second factors.
type SecondGuesses = Remembered<LoginName, u32>;

/// What is remembered of a login name at a network.
#[derive(Default)]
struct Pairs {
    /// Logins begun and not finished since the last that succeeded.
    guesses: Remembered<Pair, u32>,
    /// Logins that succeeded.
    known: Remembered<Pair, ()>,
}

/// SHA-256 of a token.
type TokenHash = [u8; 32];
/// A login name at a network.
type Pair = (LoginName, Network);
/// Something remembered for a while, with the time when it last happened.
type Remembered<K, T> = HashMap<K, (T, UnixSeconds)>;

impl Rates {
    pub(super) fn new(settings: &Settings) -> Self {
        let per_second = settings.requests_per_second;
        let ten_times = |rate: NonZeroU32| rate.saturating_mul(NonZeroU32::MIN.saturating_add(9));
        let in_bursts = |rate| RateLimiter::keyed(Quota::per_second(rate).allow_burst(ten_times(rate)));
        Self {
            requests: in_bursts(per_second),
            proven_requests: in_bursts(ten_times(per_second)),
            proofs: Mutex::default(),
            logins: RateLimiter::keyed(Quota::per_minute(settings.logins_per_minute)),
            logins_of_name: RateLimiter::keyed(Quota::per_hour(settings.logins_per_hour)),
            codes: RateLimiter::keyed(Quota::per_hour(settings.codes_per_hour)),
            seconds: Mutex::default(),
            pairs: Mutex::default(),
        }
    }

    /// Counts a request that carries these tokens. Those who lately had a session or an opening may ask ten times as
    /// often: a folder of small files is as many requests as the line carries. It is still their network that counts,
    /// since one who has a link can make many openings.
    pub(super) fn request(
        &self,
        network: Network,
        mut tokens: impl Iterator<Item = TokenHash>,
        now: UnixSeconds,
    ) -> Result<(), Error> {
        let proofs = self.proofs.lock().unwrap_or_else(PoisonError::into_inner);
        let proven = tokens.any(|token| is_fresh(proofs.get(&token), FORGET_PROOF, now));
        drop(proofs);
        check(if proven { &self.proven_requests } else { &self.requests }, &network)
    }

    /// A token was that of a session or an opening.
    pub(super) fn proved(&self, token: TokenHash, now: UnixSeconds) {
        let mut proofs = self.proofs.lock().unwrap_or_else(PoisonError::into_inner);
        remember(&mut proofs, token, (), FORGET_PROOF, now);
    }

    /// Counts a step of set-up or of a new password, which costs as much as a login.
    pub(super) fn registration(&self, network: Network) -> Result<(), Error> {
        check(&self.logins, &network)
    }

    /// Counts a request for a mailed code. The address does not count here: the answer must not depend on it.
    pub(super) fn code(&self, network: Network) -> Result<(), Error> {
        check(&self.codes, &network)
    }

    /// Counts a login that begins. The beginning is what counts: with OPAQUE the client learns from the server's first
    /// answer whether its guess was right, and one who guesses never sends the second message.
    ///
    /// Waits grow for a name and a network together, so a stranger elsewhere cannot lock the owner out. How often a name
    /// is tried from everywhere is bounded as well, by attempts that passed everything else; where somebody logged in
    /// with it in the last thirty days, this bound does not hold, so that strangers cannot use it up for the owner.
    pub(super) fn login(&self, name: &LoginName, network: Network, now: UnixSeconds) -> Result<(), Error> {
        check(&self.logins, &network)?;
        let pair = (name.clone(), network);
        let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, last) = pairs.guesses.get(&pair).copied().unwrap_or((0, now));
        if let Some(seconds) = waits::left(waits::until(count, last), now) {
            return Err(Error::TooMany { seconds });
        }
        if !is_fresh(pairs.known.get(&pair), FORGET_SUCCESS, now) {
            check(&self.logins_of_name, name)?;
        }
        remember(&mut pairs.guesses, pair, count.saturating_add(1), FORGET_GUESSES, now);
        Ok(())
    }

    /// Counts a second factor that is shown. Waits grow for the name alone: whoever comes here has its password, and six
    /// digits are few.
    pub(super) fn second_factor(&self, name: &LoginName, now: UnixSeconds) -> Result<(), Error> {
        let mut seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, last) = seconds.get(name).copied().unwrap_or((0, now));
        if let Some(seconds) = waits::left(waits::until(count, last), now) {
            return Err(Error::TooMany { seconds });
        }
        remember(&mut seconds, name.clone(), count.saturating_add(1), FORGET_GUESSES, now);
        Ok(())
    }

    /// The second factor was right.
    pub(super) fn second_factor_shown(&self, name: &LoginName) {
        self.seconds.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// The login succeeded.
    pub(super) fn logged_in(&self, name: &LoginName, network: Network, now: UnixSeconds) {
        let pair = (name.clone(), network);
        let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        pairs.guesses.remove(&pair);
        remember(&mut pairs.known, pair, (), FORGET_SUCCESS, now);
    }

    /// Forgets who has not asked for long.
    pub(super) fn sweep(&self, now: UnixSeconds) {
        self.requests.retain_recent();
        self.proven_requests.retain_recent();
        let mut proofs = self.proofs.lock().unwrap_or_else(PoisonError::into_inner);
        proofs.retain(|_, entry| is_fresh(Some(entry), FORGET_PROOF, now));
        drop(proofs);
        self.logins.retain_recent();
        self.logins_of_name.retain_recent();
        self.codes.retain_recent();
        let mut seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        seconds.retain(|_, entry| is_fresh(Some(entry), FORGET_GUESSES, now));
        drop(seconds);
        let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        pairs.guesses.retain(|_, entry| is_fresh(Some(entry), FORGET_GUESSES, now));
        pairs.known.retain(|_, entry| is_fresh(Some(entry), FORGET_SUCCESS, now));
    }
}

/// Did it happen less than `lifetime` seconds ago?
fn is_fresh<T>(entry: Option<&(T, UnixSeconds)>, lifetime: i64, now: UnixSeconds) -> bool {
    entry.is_some_and(|(_, last)| now.saturating_sub(*last) < lifetime)
}

/// Remembers that it happened now. When there is no room, what is old goes, or else the older half.
fn remember<K: Hash + Eq, T>(
    memory: &mut Remembered<K, T>,
    key: K,
    value: T,
    lifetime: i64,
    now: UnixSeconds,
) {
    let is_new = !memory.contains_key(&key);
    if is_new && memory.len() >= MOST_REMEMBERED {
        memory.retain(|_, entry| is_fresh(Some(entry), lifetime, now));
    }
    if is_new && memory.len() >= MOST_REMEMBERED {
        let mut times: Vec<_> = memory.values().map(|(_, last)| *last).collect();
        let (_, median, _) = times.select_nth_unstable(MOST_REMEMBERED / 2);
        let median = *median;
        memory.retain(|_, (_, last)| *last > median);
    }
    memory.insert(key, (value, now));
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

    fn rates(flags: &[&str]) -> Rates {
        let flags = std::iter::once(&"siegel").chain(flags).map(Into::into);
        Rates::new(&crate::config::load(flags, []).ok().unwrap())
    }

    fn network(number: u8) -> Network {
        Network(IpAddr::from([192, 0, 2, number]))
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
    fn who_proved_a_right_may_ask_more_often() {
        let (rates, here) = (rates(&["--requests-per-second", "1"]), network(1));
        let asked = |token: u8, now| {
            (0..150).filter(|_| rates.request(here, [[token; 32]].into_iter(), now).is_ok()).count()
        };
        rates.proved([1; 32], 100);
        assert!((10..15).contains(&asked(2, 100)), "a token that may be anybody's");
        assert!((100..115).contains(&asked(1, 100 + FORGET_PROOF - 1)), "the network of both is the same");
        assert!(asked(1, 100 + FORGET_PROOF) < 5, "too long ago");
        rates.sweep(100 + FORGET_PROOF);
        assert!(rates.proofs.lock().unwrap().is_empty());
    }

    #[test]
    fn waits_follow_name_and_network() {
        let (rates, name) = (rates(&[]), LoginName::new("a@b").ok().unwrap());
        let (here, there) = (network(1), network(2));
        for _ in 0..5 {
            rates.login(&name, here, 100).ok().unwrap();
        }
        assert!(matches!(rates.login(&name, here, 100), Err(Error::TooMany { seconds: 30 })));
        assert!(rates.login(&name, there, 100).is_ok());
        assert!(rates.login(&name, here, 130).is_ok());
        assert!(matches!(rates.login(&name, here, 130), Err(Error::TooMany { seconds: 60 })));
        rates.logged_in(&name, here, 130);
        assert!(rates.login(&name, here, 130).is_ok());
    }

    #[test]
    fn attempts_that_must_wait_do_not_use_the_name_up() {
        let flags = ["--logins-per-minute", "1000", "--logins-per-hour", "10"];
        let (rates, name) = (rates(&flags), LoginName::new("a@b").ok().unwrap());
        let begun = (0..200).filter(|_| rates.login(&name, network(1), 100).is_ok()).count();
        assert_eq!(begun, 5);
        assert!(rates.login(&name, network(2), 100).is_ok());
    }

    #[test]
    fn strangers_cannot_use_the_name_up_for_its_owner() {
        let (rates, name) = (rates(&["--logins-per-hour", "10"]), LoginName::new("a@b").ok().unwrap());
        let (owner, traveller) = (network(1), network(2));
        rates.logged_in(&name, owner, 100);
        let begun = (10..200).filter(|number| rates.login(&name, network(*number), 100).is_ok()).count();
        assert!((10..15).contains(&begun), "{begun}");
        assert!(rates.login(&name, traveller, 100).is_err(), "nobody logged in there");
        rates.sweep(100 + FORGET_SUCCESS - 1);
        assert!(rates.login(&name, owner, 100 + FORGET_SUCCESS - 1).is_ok());
        assert!(rates.login(&name, owner, 100 + FORGET_SUCCESS).is_err(), "too long ago");
        // Guessing there is slowed down all the same.
        rates.logged_in(&name, owner, 100);
        let begun = (0..50).filter(|_| rates.login(&name, owner, 100).is_ok()).count();
        assert_eq!(begun, 5);
    }

    #[test]
    fn memory_is_bounded() {
        let (mut memory, name) = (HashMap::new(), LoginName::new("a@b").ok().unwrap());
        for number in 0..2 * MOST_REMEMBERED {
            let network = Network(IpAddr::V6(Ipv6Addr::from_bits((number as u128) << 64)));
            remember(&mut memory, (name.clone(), network), (), FORGET_SUCCESS, number as i64);
            assert!(memory.len() <= MOST_REMEMBERED);
        }
        assert!(memory.len() > MOST_REMEMBERED / 4);
    }
}
