//! How fast a transfer moves, and how long it still takes.
//!
//! Somebody looks at it about once a second, whatever happens in between. Only time in which something could move counts:
//! pauses and lost connections are rests.

use std::collections::{BTreeMap, VecDeque};

use crate::transfer::{State, Transfer};

/// Milliseconds over which the speed is averaged.
const WINDOW: f64 = 10_000.0;
/// Milliseconds that must have been looked at before anything is said.
const LEAST: f64 = 2_500.0;
/// How far a new estimate may differ from the shown one before it takes its place: a time left that counts down evenly
/// helps more than one that is always exact.
const TOLERANCE: f64 = 0.15;

/// What is shown of a [`Pace`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Speed.
    pub bytes_a_second: u64,
    /// Time left, rounded to what is worth reading; `None` when nothing moves.
    pub seconds_left: Option<u64>,
}

/// The pace of one thing that moves.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pace {
    /// One for each look, the oldest first, about [`WINDOW`] back.
    marks: VecDeque<Mark>,
    /// Clock and bytes at the last look; none after a rest.
    last: Option<(f64, u64)>,
    /// Milliseconds left, counting down.
    left: Option<f64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Mark {
    /// Milliseconds without rests.
    time: f64,
    /// Bytes that went over the line, those sent twice included.
    moved: u64,
}

impl Pace {
    /// At this time (in milliseconds, of a clock that only goes forward) so many bytes are done and so many are left.
    pub fn look(&mut self, now: f64, done: u64, left: u64) {
        let newest = self.marks.back().copied().unwrap_or_default();
        let Some((then, before)) = self.last.replace((now, done)) else {
            if self.marks.is_empty() {
                self.marks.push_back(newest);
            }
            return;
        };
        let passed = (now - then).max(0.0);
        // What is lost with a connection and sent again has moved twice; it never moves backwards.
        let mark = Mark { time: newest.time + passed, moved: newest.moved + done.saturating_sub(before) };
        self.marks.push_back(mark);
        while self.marks.get(1).is_some_and(|second| mark.time - second.time >= WINDOW) {
            self.marks.pop_front();
        }
        self.left = self.estimate(left).map(|estimate| match self.left.map(|left| left - passed) {
            Some(expected) if (estimate - expected).abs() <= expected * TOLERANCE => expected,
            _ => estimate,
        });
    }

    /// Nothing can move until the next look.
    pub fn rest(&mut self) {
        self.last = None;
    }

    /// Speed and time left; `None` during a rest, and as long as too little was seen.
    #[must_use]
    pub fn figures(&self) -> Option<Figures> {
        self.last?;
        // Not negative, and cut off at the range's end.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let bytes_a_second = (self.bytes_a_millisecond()? * 1000.0).round() as u64;
        Some(Figures { bytes_a_second, seconds_left: self.left.map(readable) })
    }

    // Sizes and speeds are figures to be read, not to be counted with.
    #[allow(clippy::cast_precision_loss)]
    fn bytes_a_millisecond(&self) -> Option<f64> {
        let (first, last) = (self.marks.front()?, self.marks.back()?);
        let time = last.time - first.time;
        (time >= LEAST).then(|| (last.moved - first.moved) as f64 / time)
    }

    /// Milliseconds for so many bytes.
    #[allow(clippy::cast_precision_loss)]
    fn estimate(&self, bytes: u64) -> Option<f64> {
        self.bytes_a_millisecond().filter(|speed| *speed > 0.0).map(|speed| bytes as f64 / speed)
    }
}

/// Whole seconds in steps that grow with their number: nobody reads “37 seconds” better than “40 seconds”.
fn readable(milliseconds: f64) -> u64 {
    // Not negative, and cut off at the range's end.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let seconds = (milliseconds.max(0.0) / 1000.0).ceil() as u64;
    let step = match seconds {
        0..=5 => 1,
        6..=30 => 5,
        _ => 10,
    };
    seconds.div_ceil(step).max(1).saturating_mul(step)
}

/// The paces of a transfer: of all that belongs together, and of each file that is moving.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Paces {
    overall: Pace,
    files: BTreeMap<usize, Pace>,
}

impl Paces {
    /// Looks at a transfer, of which so many bytes count as a whole: those that are done, and all. It rests while nothing
    /// moves or the connection is lost.
    pub fn look(&mut self, now: f64, transfer: &Transfer, (done, total): (u64, u64)) {
        if transfer.reconnecting {
            return self.rest();
        }
        let running =
            |index: &usize| transfer.files.get(*index).is_some_and(|file| file.state == State::Running);
        self.files.retain(|index, _| running(index));
        for (index, file) in transfer.files.iter().enumerate().filter(|(index, _)| running(index)) {
            self.files.entry(index).or_default().look(now, file.done, file.total - file.done);
        }
        if self.files.is_empty() {
            self.overall.rest();
        } else {
            self.overall.look(now, done, total.saturating_sub(done));
        }
    }

    fn rest(&mut self) {
        self.overall.rest();
        self.files.values_mut().for_each(Pace::rest);
    }

    /// Of all files together.
    #[must_use]
    pub fn overall(&self) -> Option<Figures> {
        self.overall.figures()
    }

    /// Of one file; `None` when it does not move.
    #[must_use]
    pub fn file(&self, index: usize) -> Option<Figures> {
        self.files.get(&index)?.figures()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::protocol::Progress;

    const MB: u64 = 1 << 20;

    /// Looks every second for so many seconds, at this speed, with so much left at the end.
    fn drive(pace: &mut Pace, from: (f64, u64), seconds: u32, speed: u64, total: u64) -> (f64, u64) {
        let (mut now, mut done) = from;
        for _ in 0..seconds {
            (now, done) = (now + 1000.0, done + speed);
            pace.look(now, done, total - done);
        }
        (now, done)
    }

    #[test]
    fn nothing_is_said_too_early_then_speed_and_time() {
        let mut pace = Pace::default();
        assert_eq!(pace.figures(), None);
        pace.look(500.0, 0, 100 * MB);
        let at = drive(&mut pace, (500.0, 0), 2, MB, 100 * MB);
        assert_eq!(pace.figures(), None);
        drive(&mut pace, at, 1, MB, 100 * MB);
        assert_eq!(pace.figures(), Some(Figures { bytes_a_second: MB, seconds_left: Some(100) }));
    }

    #[test]
    fn what_was_there_before_has_not_moved() {
        let mut pace = Pace::default();
        pace.look(0.0, 900 * MB, 100 * MB);
        drive(&mut pace, (0.0, 900 * MB), 5, MB, 1000 * MB);
        assert_eq!(pace.figures().unwrap().bytes_a_second, MB);
    }

    #[test]
    fn the_last_ten_seconds_count() {
        let mut pace = Pace::default();
        pace.look(0.0, 0, 1000 * MB);
        let at = drive(&mut pace, (0.0, 0), 60, MB, 1000 * MB);
        let at = drive(&mut pace, at, 5, 3 * MB, 1000 * MB);
        assert_eq!(pace.figures().unwrap().bytes_a_second, 2 * MB);
        drive(&mut pace, at, 5, 3 * MB, 1000 * MB);
        assert_eq!(pace.figures().unwrap().bytes_a_second, 3 * MB);
    }

    #[test]
    fn the_time_left_counts_down_evenly_though_the_speed_trembles() {
        let mut pace = Pace::default();
        let total = 200 * MB;
        let (mut now, mut done) = (0.0, 0);
        pace.look(now, done, total);
        let mut shown = Vec::new();
        for second in 0..100_u64 {
            (now, done) = (now + 1000.0, done + [MB / 2, 3 * MB / 2, MB][(second % 3) as usize]);
            pace.look(now, done, total - done);
            shown.extend(pace.figures().and_then(|figures| figures.seconds_left));
        }
        assert!(shown.is_sorted_by(|before, after| before >= after), "{shown:?}");
        assert_eq!(shown.last(), Some(&100));
    }

    #[test]
    fn a_slower_line_corrects_the_time_left() {
        let mut pace = Pace::default();
        pace.look(0.0, 0, 200 * MB);
        let at = drive(&mut pace, (0.0, 0), 20, 2 * MB, 200 * MB);
        assert_eq!(pace.figures().unwrap().seconds_left, Some(80));
        drive(&mut pace, at, 10, MB, 200 * MB);
        assert_eq!(pace.figures().unwrap().seconds_left, Some(150));
    }

    #[test]
    fn rests_do_not_count_and_nothing_moves_backwards() {
        let mut pace = Pace::default();
        pace.look(0.0, 0, 100 * MB);
        let (now, done) = drive(&mut pace, (0.0, 0), 10, MB, 100 * MB);
        pace.rest();
        assert_eq!(pace.figures(), None);
        // An hour later the part that was under way starts again.
        let at = (now + 3_600_000.0, done - MB);
        pace.look(at.0, at.1, 100 * MB - at.1);
        assert_eq!(pace.figures().unwrap(), Figures { bytes_a_second: MB, seconds_left: Some(90) });
        drive(&mut pace, at, 3, MB, 100 * MB);
        assert_eq!(pace.figures().unwrap().bytes_a_second, MB);
        pace.look(at.0 + 4000.0, 0, 100 * MB);
        assert!(pace.figures().unwrap().bytes_a_second < MB);
    }

    #[test]
    fn a_standstill_has_no_end() {
        let mut pace = Pace::default();
        pace.look(0.0, 0, 10 * MB);
        let at = drive(&mut pace, (0.0, 0), 5, MB, 10 * MB);
        drive(&mut pace, at, 15, 0, 10 * MB);
        assert_eq!(pace.figures(), Some(Figures { bytes_a_second: 0, seconds_left: None }));
    }

    #[test]
    fn times_that_are_read_well() {
        let shown = [0.0, 900.0, 5_000.0, 5_001.0, 11_000.0, 30_000.0, 31_000.0, 95_000.0].map(readable);
        assert_eq!(shown, [1, 1, 5, 10, 15, 30, 40, 100]);
        assert!(readable(f64::INFINITY) > 1 << 60);
    }

    #[test]
    fn each_file_and_all_together() {
        let mut transfer = Transfer::new([10 * MB, 20 * MB, 30 * MB]);
        let mut paces = Paces::default();
        let step = |file, done, waiting| Progress { file, done, total: 0, waiting };
        for second in 0..=6_u32 {
            let moved = u64::from(second) * MB;
            transfer.update(step(1, moved, false));
            transfer.update(step(2, 2 * moved, false));
            paces.look(f64::from(second) * 1000.0, &transfer, transfer.bytes());
        }
        let speed = |figures: Option<Figures>| figures.map(|figures| figures.bytes_a_second / MB);
        assert_eq!([0, 1, 2].map(|index| speed(paces.file(index))), [None, Some(1), Some(2)]);
        assert_eq!(paces.overall().unwrap(), Figures { bytes_a_second: 3 * MB, seconds_left: Some(15) });
        // A lost connection takes no time.
        transfer.update(step(1, 6 * MB, true));
        paces.look(1_000_000.0, &transfer, transfer.bytes());
        assert_eq!((paces.overall(), paces.file(1)), (None, None));
        transfer.update(step(1, 6 * MB, false));
        paces.look(1_000_500.0, &transfer, transfer.bytes());
        assert_eq!(speed(paces.overall()), Some(3));
        // What no longer moves has no pace.
        transfer.update(step(1, 20 * MB, false));
        transfer.update(step(2, 30 * MB, false));
        paces.look(1_001_000.0, &transfer, transfer.bytes());
        assert_eq!(paces.file(1), None);
    }
}
