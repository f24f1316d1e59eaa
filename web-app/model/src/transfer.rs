//! How far several files are, each and together.

use crate::protocol::Progress;

/// What happens to a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// Its turn has not come.
    #[default]
    Waiting,
    /// Bytes move.
    Running,
    /// It is there, verified.
    Done,
    /// It stopped.
    Failed,
    /// What came is not what was sent.
    Damaged,
}

/// One file on its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct File {
    /// Bytes that arrived.
    pub done: u64,
    /// All bytes.
    pub total: u64,
    /// What happens to it.
    pub state: State,
}

impl File {
    /// Whole percent, rounded down; 100 only for a file that is done.
    #[must_use]
    pub fn percent(&self) -> u8 {
        match self.state {
            State::Done => 100,
            _ => percent(self.done, self.total),
        }
    }
}

/// The files of one delivery on their way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transfer {
    /// In the delivery's order.
    pub files: Vec<File>,
    /// The connection is lost and is being tried again.
    pub reconnecting: bool,
}

/// What a file counts beside its bytes, so that many empty files move the bar as well.
const PER_FILE: u64 = 4096;

impl Transfer {
    /// Files of these sizes, none begun.
    #[must_use]
    pub fn new(sizes: impl IntoIterator<Item = u64>) -> Self {
        let files = sizes.into_iter().map(|total| File { total, ..File::default() }).collect();
        Self { files, reconnecting: false }
    }

    /// Takes in a message of the worker; one about a file that does not exist is ignored.
    pub fn update(&mut self, progress: Progress) {
        self.reconnecting = progress.waiting;
        if let Some(file) = self.files.get_mut(progress.file as usize) {
            file.done = progress.done.min(file.total);
            file.state = if file.done == file.total { State::Done } else { State::Running };
        }
    }

    /// Takes in a message about a file that is being received, and gives back its percent. It stays running until it is
    /// verified, even when all its bytes are here.
    pub fn receive(&mut self, index: usize, progress: Progress) -> u8 {
        self.reconnecting = progress.waiting;
        self.files.get_mut(index).map_or(0, |file| {
            (file.done, file.state) = (progress.done.min(file.total), State::Running);
            file.percent()
        })
    }

    /// Several files, by their positions, as if they were one: it runs while any of them does, and is done with the last.
    #[must_use]
    pub fn together(&self, places: &[usize]) -> File {
        /// What is told of many, the most urgent first.
        const URGENT: [State; 3] = [State::Running, State::Damaged, State::Failed];
        let files = || places.iter().filter_map(|place| self.files.get(*place));
        let any = |state: &State| files().any(|file| file.state == *state);
        let state = URGENT.into_iter().find(any).unwrap_or_else(|| {
            if any(&State::Waiting) || places.is_empty() { State::Waiting } else { State::Done }
        });
        let done = |file: &File| if file.state == State::Done { file.total } else { file.done };
        File {
            done: files().fold(0, |sum, file| sum.saturating_add(done(file))),
            total: files().fold(0, |sum, file| sum.saturating_add(file.total)),
            state,
        }
    }

    /// Something else happened to a file.
    pub fn set(&mut self, index: usize, state: State) {
        if let Some(file) = self.files.get_mut(index) {
            if matches!(state, State::Running | State::Waiting) {
                file.done = 0;
            }
            file.state = state;
        }
    }

    /// Whole percent of the files that are running, `None` when none is.
    #[must_use]
    pub fn running_percent(&self) -> Option<u8> {
        let running: Vec<File> =
            self.files.iter().copied().filter(|file| file.state == State::Running).collect();
        (!running.is_empty()).then(|| Self { files: running, reconnecting: false }.percent())
    }

    /// Everything arrived.
    pub fn finish(&mut self) {
        self.reconnecting = false;
        for file in &mut self.files {
            (file.done, file.state) = (file.total, State::Done);
        }
    }

    /// Everything that was not done stopped.
    pub fn fail(&mut self) {
        self.reconnecting = false;
        for file in &mut self.files {
            if file.state != State::Done {
                file.state = State::Failed;
            }
        }
    }

    /// Back to the start, as when the sender tries again; what arrived is kept by the server and goes fast.
    pub fn restart(&mut self) {
        *self = Self::new(self.files.iter().map(|file| file.total).collect::<Vec<_>>());
    }

    /// Whole percent of all files together, rounded down; 100 only when every file is done.
    #[must_use]
    pub fn percent(&self) -> u8 {
        let weigh = |file: &File| match file.state {
            State::Done => u128::from(file.total) + u128::from(PER_FILE),
            _ => u128::from(file.done),
        };
        let done: u128 = self.files.iter().map(weigh).sum();
        let total: u128 = self.files.iter().map(|file| u128::from(file.total) + u128::from(PER_FILE)).sum();
        match (done * 100).checked_div(total) {
            None => 0,
            Some(_) if done == total => 100,
            Some(percent) => u8::try_from(percent.min(99)).unwrap_or(99),
        }
    }
}

fn percent(done: u64, total: u64) -> u8 {
    let percent = (u128::from(done) * 100).checked_div(u128::from(total)).unwrap_or(0);
    u8::try_from(percent.min(99)).unwrap_or(99)
}

/// Seconds that are left when the rest goes as fast as what is done; `None` while that cannot be told yet.
#[must_use]
pub fn remaining(elapsed_seconds: f64, percent: u8) -> Option<u64> {
    if elapsed_seconds < 3.0 || !(1..100).contains(&percent) {
        return None;
    }
    let left = elapsed_seconds * f64::from(100 - percent) / f64::from(percent);
    // Not negative, and cut off at the range's end.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Some(left.ceil() as u64)
}

/// Which quarters of a transfer were read out already: a screen reader hears four sentences, not a hundred.
#[derive(Debug, Default)]
pub struct Quarters(u8);

impl Quarters {
    /// The quarter to announce now (25, 50, 75 or 100), if a new one was reached.
    pub fn reached(&mut self, percent: u8) -> Option<u8> {
        let quarter = percent.min(100) / 25 * 25;
        (quarter > self.0).then(|| {
            self.0 = quarter;
            quarter
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn at(file: u32, done: u64) -> Progress {
        Progress { file, done, total: 0, waiting: false }
    }

    #[test]
    fn percents() {
        let mut transfer = Transfer::new([1_000_000, 0, 3_000_000]);
        assert_eq!(transfer.percent(), 0);
        transfer.update(at(0, 500_000));
        assert_eq!((transfer.files[0].percent(), transfer.percent()), (50, 12));
        assert_eq!(transfer.files[0].state, State::Running);
        transfer.update(at(0, 1_000_000));
        transfer.update(at(1, 0));
        assert_eq!((transfer.files[1].state, transfer.files[1].percent()), (State::Done, 100));
        transfer.update(at(2, 2_999_999));
        assert_eq!((transfer.files[2].percent(), transfer.percent()), (99, 99));
        transfer.update(at(2, u64::MAX));
        assert_eq!(transfer.percent(), 100);
    }

    #[test]
    fn edges() {
        assert_eq!(Transfer::default().percent(), 0);
        let mut empty = Transfer::new([0]);
        assert_eq!((empty.percent(), empty.files[0].percent()), (0, 0));
        empty.update(at(9, 1));
        empty.finish();
        assert_eq!(empty.percent(), 100);
        let mut huge = Transfer::new([u64::MAX, u64::MAX]);
        huge.update(at(0, u64::MAX));
        assert_eq!(huge.percent(), 50);
    }

    #[test]
    fn failing_keeps_what_is_done() {
        let mut transfer = Transfer::new([10, 10]);
        transfer.update(at(0, 10));
        transfer.update(Progress { file: 1, done: 3, total: 10, waiting: true });
        assert!(transfer.reconnecting);
        transfer.fail();
        assert_eq!([transfer.files[0].state, transfer.files[1].state], [State::Done, State::Failed]);
        assert!(!transfer.reconnecting);
        transfer.restart();
        assert_eq!(transfer, Transfer::new([10, 10]));
    }

    #[test]
    fn a_folder_is_its_files() {
        let mut transfer = Transfer::new([10, 20, 70]);
        let state = |transfer: &Transfer, places: &[usize]| transfer.together(places).state;
        assert_eq!(transfer.together(&[0, 2]), File { done: 0, total: 80, state: State::Waiting });
        transfer.set(0, State::Done);
        transfer.update(at(2, 30));
        assert_eq!(transfer.together(&[0, 2]), File { done: 40, total: 80, state: State::Running });
        assert_eq!((state(&transfer, &[0]), state(&transfer, &[0, 1])), (State::Done, State::Waiting));
        transfer.set(2, State::Failed);
        assert_eq!(state(&transfer, &[0, 1, 2]), State::Failed);
        transfer.set(1, State::Damaged);
        assert_eq!(state(&transfer, &[0, 1, 2]), State::Damaged);
        assert_eq!(transfer.together(&[]), File::default());
        assert_eq!(transfer.together(&[9]).total, 0);
    }

    #[test]
    fn received_files_are_done_only_when_verified() {
        let mut transfer = Transfer::new([10, 20]);
        assert_eq!(transfer.running_percent(), None);
        transfer.set(1, State::Running);
        assert_eq!(transfer.receive(1, at(0, 20)), 99);
        assert_eq!(transfer.files[1].state, State::Running);
        assert_eq!(transfer.running_percent(), Some(0));
        transfer.set(1, State::Done);
        assert_eq!((transfer.running_percent(), transfer.files[1].percent()), (None, 100));
        transfer.set(1, State::Waiting);
        assert_eq!(transfer.files[1].percent(), 0);
        transfer.set(7, State::Running);
        assert_eq!(transfer.receive(7, at(0, 1)), 0);
    }

    #[test]
    fn time_that_is_left() {
        assert_eq!(remaining(10.0, 50), Some(10));
        assert_eq!(remaining(9.0, 90), Some(1));
        assert_eq!(remaining(2.0, 50), None);
        assert_eq!(remaining(10.0, 0), None);
        assert_eq!(remaining(10.0, 100), None);
    }

    #[test]
    fn four_announcements() {
        let mut quarters = Quarters::default();
        let heard: Vec<u8> = (0..=100).filter_map(|percent| quarters.reached(percent)).collect();
        assert_eq!(heard, [25, 50, 75, 100]);
        assert_eq!(Quarters::default().reached(80), Some(75));
    }
}
