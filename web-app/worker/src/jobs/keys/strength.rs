//! How long a SecuPass would last.

use web_model::secupass::Rating;
use zxcvbn::Score;

/// Looks for what everybody thinks of: words, names, dates, keyboards, repetitions, and the owner's own address.
pub(super) fn of(secupass: &str, email: &str) -> Rating {
    let own: Vec<_> = email.split(['@', '.', '-', '_', '+']).filter(|part| part.len() > 2).collect();
    match zxcvbn::zxcvbn(secupass, &own).score() {
        Score::Zero | Score::One => Rating::Weak,
        Score::Two | Score::Three => Rating::Fair,
        _ => Rating::Strong,
    }
}
