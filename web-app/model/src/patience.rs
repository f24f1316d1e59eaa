//! How long a connection may be silent before it counts as dead.
//!
//! A sleeping laptop or a changed network leaves connections behind that never end by themselves. On a fast line a few
//! seconds of silence tell; on a slow one, buffers on the way swallow a whole part at once, and its acknowledgement comes
//! minutes later. What tells them apart is how long requests that arrived had been silent.

use std::collections::VecDeque;

/// How long a request may be silent when nothing else is known, in milliseconds.
const USUAL: f64 = 45_000.0;
/// No line is given up sooner.
const LEAST: f64 = 8_000.0;
/// No silence is longer than this and life.
const MOST: f64 = 20.0 * 60_000.0;
/// A line that was never silent for longer than a second is not still for four without a reason.
const MARGIN: f64 = 4.0;
/// Silences that are remembered.
const REMEMBERED: usize = 16;
/// Those that end within a second are one: reads of a download are many.
const TOGETHER: f64 = 1_000.0;

/// One direction to or from the server, over all connections.
#[derive(Debug, Default)]
pub struct Line {
    /// How long requests that arrived were silent, the newest last.
    survived: VecDeque<Silence>,
    /// The last time that anything moved.
    moved: f64,
    /// Silences in a row that ended a request although the server could be reached.
    mistaken: u32,
}

#[derive(Debug, Clone, Copy)]
struct Silence {
    ended: f64,
    lasted: f64,
    /// Bytes of the request.
    size: f64,
}

impl Line {
    /// Bytes have moved on some connection.
    pub fn moved(&mut self, now: f64) {
        self.moved = now;
    }

    /// A request of so many bytes arrived that had been silent for so long at a time.
    pub fn survived(&mut self, now: f64, lasted: f64, size: f64) {
        self.moved = now;
        self.mistaken = 0;
        let lasted = lasted.min(MOST);
        match self.survived.back_mut().filter(|last| now - last.ended < TOGETHER) {
            Some(last) => {
                last.lasted = last.lasted.max(lasted);
                last.size = last.size.min(size);
            }
            None => {
                self.survived.push_back(Silence { ended: now, lasted, size });
                if self.survived.len() > REMEMBERED {
                    self.survived.pop_front();
                }
            }
        }
    }

    /// A request was given up, but the server answers: perhaps it would have arrived.
    pub fn mistaken(&mut self) {
        self.mistaken += 1;
    }

    /// When a request of so many bytes on which something moved last at `moved` counts as dead, unless something moves
    /// before. One that stands still beside others waits for longer than a line on which nothing moves at all.
    #[must_use]
    pub fn dead_at(&self, moved: f64, size: f64) -> f64 {
        let lenient = |patience: f64| (patience * 2_f64.powf(f64::from(self.mistaken))).min(MOST);
        let alone = moved + lenient(self.known(size).max(USUAL));
        let all = moved.max(self.moved) + lenient(self.known(size).max(LEAST));
        alone.min(all)
    }

    /// The patience that follows from what arrived: infinitely much of it from nothing is as good as the usual.
    fn known(&self, size: f64) -> f64 {
        // A small body says little about how long buffers take to empty themselves of a large one.
        let scaled = |silence: &Silence| silence.lasted * (size / silence.size.max(1.0)).max(1.0);
        let longest = self.survived.iter().map(scaled).reduce(f64::max);
        longest.map_or(USUAL, |longest| (MARGIN * longest).min(USUAL))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: f64 = 8_388_608.0;

    /// A line on which parts were silent for so long before they arrived, one every ten seconds.
    fn line(silences: &[f64]) -> (Line, f64) {
        let (mut line, mut now) = (Line::default(), 0.0);
        for silence in silences {
            now += 10_000.0;
            line.survived(now, *silence, PART);
        }
        (line, now)
    }

    /// How long a part is waited for on which nothing has moved since `now`.
    fn patience((line, now): &(Line, f64)) -> f64 {
        line.dead_at(*now, PART) - now
    }

    #[test]
    fn what_is_not_known_takes_the_usual_time() {
        assert_eq!(patience(&line(&[])), USUAL);
    }

    #[test]
    fn a_fast_line_is_given_up_soon_and_a_slow_one_is_not() {
        assert_eq!(patience(&line(&[20.0, 300.0, 50.0])), LEAST);
        assert_eq!(patience(&line(&[20.0, 5_000.0, 50.0])), 20_000.0);
        assert_eq!(patience(&line(&[40_000.0])), USUAL);
        let settled = [vec![40_000.0], vec![100.0; REMEMBERED]].concat();
        assert_eq!(patience(&line(&settled)), LEAST, "what was long ago is forgotten");
    }

    #[test]
    fn small_bodies_say_little_about_large_ones() {
        let mut line = Line::default();
        line.survived(0.0, 50.0, 1_000.0);
        assert_eq!(line.dead_at(0.0, PART), USUAL);
        assert_eq!(line.dead_at(0.0, 1_000.0), LEAST);
    }

    #[test]
    fn one_that_stands_still_beside_others_is_waited_for() {
        let (mut line, now) = line(&[100.0]);
        line.moved(now + 7_000.0);
        assert_eq!(line.dead_at(now, PART), now + 7_000.0 + LEAST);
        line.moved(now + 44_000.0);
        assert_eq!(line.dead_at(now, PART), now + USUAL);
    }

    /// A server that has become slow, or buffers that take minutes: each mistake doubles the patience until it arrives.
    #[test]
    fn nothing_that_lives_is_cut_for_ever() {
        let mut line = line(&[100.0]);
        let mut tries = 0;
        while patience(&line) < 10.0 * 60_000.0 {
            line.0.mistaken();
            tries += 1;
        }
        assert!((5..9).contains(&tries), "{tries}");
        for _ in 0..2_000 {
            line.0.mistaken();
        }
        assert_eq!(patience(&line), MOST);
        line.0.survived(line.1, 100.0, PART);
        assert_eq!(patience(&line), LEAST);
    }

    #[test]
    fn reads_that_come_together_count_once() {
        let mut line = Line::default();
        line.survived(0.0, 9_000.0, 1.0);
        for read in 1..100 {
            line.survived(f64::from(read), 1.0, 1.0);
        }
        assert_eq!((line.survived.len(), line.dead_at(99.0, 1.0)), (1, 99.0 + 36_000.0));
    }
}
