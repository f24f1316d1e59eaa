//! A delivery is granted to a thousand people: what a sender's browser does before it sends, for measuring.
//!
//! `cargo run --release --package crypto-core --example grant_to_many`, then one line on standard input for each time.

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};

use crypto_core::grant::{self, Access, GRANT_BYTES};
use crypto_core::id::{AccountId, Level};
use crypto_core::identity::{Card, Identity};
use crypto_core::link::Link;
use crypto_core::login::LoginName;
use crypto_core::manifest::Manifest;
use crypto_core::sealed::{self, DeliveryKey};
use crypto_core::trust::Pins;
use getrandom::SysRng;
use rand_core::UnwrapErr;

const PEOPLE: usize = 1_000;
const NOW: u64 = 1_795_000_000;

/// A sender, a delivery, and those it is for.
pub(crate) struct Crowd {
    sender: Identity,
    access: Access,
    /// As the server shows them.
    cards: Vec<(LoginName, Vec<u8>)>,
}

impl Crowd {
    /// All of them have keys.
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let rng = &mut UnwrapErr(SysRng);
        let mut make = |email: &LoginName| Identity::create(AccountId::generate(rng), email, 1, NOW, rng);
        let sender = make(&LoginName::new("ada@example.org")?)?;
        let mut cards = Vec::with_capacity(PEOPLE);
        for number in 0..PEOPLE {
            let email = LoginName::new(&format!("bob{number}@example.org"))?;
            let card = make(&email)?.card().as_bytes().to_vec();
            cards.push((email, card));
        }
        let rng = &mut UnwrapErr(SysRng);
        let (link, key) = (Link::generate(rng), DeliveryKey::generate(rng));
        let manifest = Manifest {
            delivery: link.delivery,
            level: Level::Four,
            subject: "To all".to_owned(),
            message: String::new(),
            created: NOW,
            expires: None,
            files: Vec::new(),
            name: String::new(),
            reference: String::new(),
        };
        let part = sealed::seal_part(&sender, &key, &manifest, None, rng)?;
        Ok(Self { access: Access::new(&link, &key, Level::Four, &part)?, sender, cards })
    }

    /// Reads and checks each card, remembers it, and grants to it; gives the bytes of all grants.
    pub(crate) fn grant(&self) -> Result<usize, Box<dyn Error>> {
        let rng = &mut UnwrapErr(SysRng);
        let (mut pins, mut bytes) = (Pins::default(), 0);
        for (email, card) in &self.cards {
            let key = pins.verify(email, &[Card::parse(card)?])?;
            pins.remember(&key, NOW)?;
            bytes += grant::seal(&self.sender, &self.access, &key, NOW, rng)?.len();
        }
        Ok(bytes)
    }
}

#[allow(dead_code, reason = "measured in a browser as well, where there is no main")]
fn main() -> Result<(), Box<dyn Error>> {
    let crowd = Crowd::new()?;
    writeln!(stdout(), "ready")?;
    for line in stdin().lock().lines() {
        line?;
        assert_eq!(crowd.grant()?, PEOPLE * GRANT_BYTES);
        writeln!(stdout(), "done")?;
    }
    Ok(())
}
