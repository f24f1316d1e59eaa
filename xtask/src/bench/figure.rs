//! One measured figure, as a line of JSON and as a row of docs/PERFORMANCE.md.

use serde::{Deserialize, Serialize};

/// What a figure must reach: its ratio where it has one, its value otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Target {
    /// So much or more.
    AtLeast(f64),
    /// So much or less.
    AtMost(f64),
}

impl Target {
    fn met(self, measured: f64) -> bool {
        match self {
            Self::AtLeast(limit) => measured >= limit,
            Self::AtMost(limit) => measured <= limit,
        }
    }
}

/// One measured figure. Values are medians over the rounds; the ratio is the median of the rounds' own ratios, because
/// what disturbs one round disturbs both of its sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Figure {
    /// Its name, unique, with the part of the bench in front: `upload_loopback`.
    pub(super) figure: String,
    /// What was measured, in `unit`.
    pub(super) value: f64,
    /// `MiB/s`, `ms`, `MiB`, …
    pub(super) unit: String,
    /// What was measured beside it, in the same run and rounds.
    pub(super) ratio_to: Option<String>,
    /// That one's value, in `unit`.
    pub(super) reference: Option<f64>,
    /// `value` / `reference`.
    pub(super) ratio: Option<f64>,
    /// What it must reach.
    pub(super) target: Option<Target>,
    /// Whether it does; nothing where nothing is demanded.
    pub(super) met: Option<bool>,
    /// How often it was measured.
    pub(super) rounds: usize,
}

impl Figure {
    /// Something measured side by side with something else: one pair `(ours, theirs)` for each round.
    pub(super) fn compared(
        figure: impl Into<String>,
        unit: &str,
        ratio_to: &str,
        pairs: &[(f64, f64)],
        target: Option<Target>,
    ) -> Self {
        let ratio = median(pairs.iter().map(|(ours, theirs)| ours / theirs));
        Self {
            figure: figure.into(),
            value: median(pairs.iter().map(|(ours, _)| *ours)),
            unit: unit.to_owned(),
            ratio_to: Some(ratio_to.to_owned()),
            reference: Some(median(pairs.iter().map(|(_, theirs)| *theirs))),
            ratio: Some(ratio),
            target,
            met: target.map(|target| target.met(ratio)),
            rounds: pairs.len(),
        }
    }

    /// Something measured alone.
    pub(super) fn alone(
        figure: impl Into<String>,
        unit: &str,
        values: &[f64],
        target: Option<Target>,
    ) -> Self {
        let value = median(values.iter().copied());
        Self {
            figure: figure.into(),
            value,
            unit: unit.to_owned(),
            ratio_to: None,
            reference: None,
            ratio: None,
            target,
            met: target.map(|target| target.met(value)),
            rounds: values.len(),
        }
    }
}

/// The middle one; the mean of the two in the middle when their number is even; not a number when there are none.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match (values.len() / 2, values.len() % 2) {
        (0, 0) => f64::NAN,
        (middle, 0) => f64::midpoint(values[middle - 1], values[middle]),
        (middle, _) => values[middle],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_counts() {
        let odd = median([9.0, 1.0, 2.0].into_iter());
        let even = median([4.0, 1.0, 2.0, 9.0].into_iter());
        assert!((odd - 2.0).abs() < f64::EPSILON && (even - 3.0).abs() < f64::EPSILON);
        assert!(median(std::iter::empty()).is_nan());
    }

    #[test]
    fn a_ratio_is_that_of_its_rounds() {
        // The second round was disturbed: both sides were slow.
        let figure = Figure::compared(
            "f",
            "MiB/s",
            "g",
            &[(90.0, 100.0), (9.0, 10.0), (80.0, 100.0)],
            Some(Target::AtLeast(0.85)),
        );
        assert_eq!((figure.ratio, figure.met, figure.rounds), (Some(0.9), Some(true), 3));
    }

    #[test]
    fn a_value_alone_meets_its_own_target() {
        let most = Some(Target::AtMost(450.0));
        assert_eq!(Figure::alone("f", "kB", &[449.0], most).met, Some(true));
        assert_eq!(Figure::alone("f", "kB", &[451.0], most).met, Some(false));
        assert_eq!(Figure::alone("f", "kB", &[451.0], None).met, None);
    }
}
