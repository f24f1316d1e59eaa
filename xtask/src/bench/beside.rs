//! Two sides of a comparison, in turn.

use anyhow::Result;

use super::rounds;

/// What a transfer took.
#[derive(Clone, Copy)]
pub(super) struct Took {
    /// MiB a second.
    pub(super) speed: f64,
    /// Processor seconds for each GiB, of all processes whose work is compared.
    pub(super) cpu: f64,
}

/// Runs both sides in turn, ours when told `true`; which is first changes from round to round. One round before counts
/// for nothing: it fills caches and compiles what there is to compile.
pub(super) fn pairs(usual: usize, mut run: impl FnMut(bool) -> Result<Took>) -> Result<Vec<(Took, Took)>> {
    let mut pairs = Vec::new();
    for round in 0..=rounds(usual) {
        let pair = if round % 2 == 0 {
            let ours = run(true)?;
            (ours, run(false)?)
        } else {
            let theirs = run(false)?;
            (run(true)?, theirs)
        };
        if round > 0 {
            pairs.push(pair);
        }
    }
    Ok(pairs)
}

/// How fast both sides were.
pub(super) fn speeds(pairs: &[(Took, Took)]) -> Vec<(f64, f64)> {
    pairs.iter().map(|(ours, theirs)| (ours.speed, theirs.speed)).collect()
}

/// What both sides cost.
pub(super) fn costs(pairs: &[(Took, Took)]) -> Vec<(f64, f64)> {
    pairs.iter().map(|(ours, theirs)| (ours.cpu, theirs.cpu)).collect()
}
