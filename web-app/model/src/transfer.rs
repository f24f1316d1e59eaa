//! How far several files are, each and together.

use std::collections::BTreeSet;

use crate::protocol::Progress;

/// What happens to a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// Its turn has not come.
    #[default]
    Waiting,
    /// Bytes move.
    Running,
    /// It rests until somebody lets it go on.
    Paused,
    /// It is there, verified.
    Done,
    /// It was begun before this page was opened, and must be chosen again to go on.
    Missing,
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
    /// Positions of the files of the current [`Batch`].
    batch: BTreeSet<usize>,
}

/// Files that somebody wanted together: one, several, or all; more can join until the last is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// Number of files.
    pub files: usize,
    /// Bytes that arrived.
    pub done: u64,
    /// All bytes.
    pub total: u64,
    /// Whole percent.
    pub percent: u8,
}

/// What a file counts beside its bytes, so that many empty files move the bar as well.
const PER_FILE: u64 = 4096;

impl Transfer {
    /// Files of these sizes, none begun.
    #[must_use]
    pub fn new(sizes: impl IntoIterator<Item = u64>) -> Self {
        let files = sizes.into_iter().map(|total| File { total, ..File::default() }).collect();
        Self { files, ..Self::default() }
    }

    /// Takes in a message of the worker; one about a file that does not exist is ignored.
    pub fn update(&mut self, progress: Progress) {
        self.reconnecting = progress.waiting;
        if let Some(file) = self.files.get_mut(progress.file as usize) {
            file.done = progress.done.min(file.total);
            file.state = match file.state {
                _ if file.done == file.total => State::Done,
                // What was under way when it was paused falls back.
                State::Paused => State::Paused,
                _ => State::Running,
            };
        }
    }

    /// Takes in a message about a file that is being received, and gives back its percent. It stays running until it is
    /// verified, even when all its bytes are here.
    pub fn receive(&mut self, index: usize, progress: Progress) -> u8 {
        self.reconnecting = progress.waiting;
        self.files.get_mut(index).map_or(0, |file| {
            file.done = progress.done.min(file.total);
            // What was under way when it was paused still arrives.
            if file.state != State::Paused {
                file.state = State::Running;
            }
            file.percent()
        })
    }

    /// Several files, by their positions, as if they were one: it runs while any of them does, and is done with the last.
    #[must_use]
    pub fn together(&self, places: &[usize]) -> File {
        /// What is told of many, the most urgent first.
        const URGENT: [State; 5] =
            [State::Running, State::Paused, State::Damaged, State::Failed, State::Missing];
        let files = || places.iter().filter_map(|place| self.files.get(*place));
        let any = |state: &State| files().any(|file| file.state == *state);
        let state = URGENT.into_iter().find(any).unwrap_or_else(|| {
            if any(&State::Waiting) || places.is_empty() { State::Waiting } else { State::Done }
        });
        let (done, total) = bytes(files());
        File { done, total, state }
    }

    /// These files are wanted now, whether their turn has come or not.
    pub fn want(&mut self, files: impl IntoIterator<Item = usize>) {
        if self.batch().is_none() {
            self.batch.clear();
        }
        let all = self.files.len();
        self.batch.extend(files.into_iter().filter(|index| *index < all));
    }

    /// What was wanted and has not begun is wanted no more.
    pub fn want_no_more(&mut self) {
        self.batch.retain(|index| self.files[*index].state != State::Waiting);
    }

    /// What is wanted and not there yet, with what was wanted together with it; `None` when all is there.
    #[must_use]
    pub fn batch(&self) -> Option<Batch> {
        let files = || self.batch.iter().map(|index| &self.files[*index]);
        if files().all(|file| file.state == State::Done) {
            return None;
        }
        let (done, total) = bytes(files());
        Some(Batch { files: self.batch.len(), done, total, percent: percent_of(files()) })
    }

    /// Lets a file that moves rest, or go on.
    pub fn pause(&mut self, index: usize, pause: bool) {
        if let Some(file) = self.files.get_mut(index) {
            file.state = match (file.state, pause) {
                (State::Running, true) => State::Paused,
                (State::Paused, false) => State::Running,
                (other, _) => other,
            };
        }
    }

    /// Lets everything that moves rest, or go on.
    pub fn pause_all(&mut self, pause: bool) {
        (0..self.files.len()).for_each(|index| self.pause(index, pause));
    }

    /// Something else happened to a file.
    pub fn set(&mut self, index: usize, state: State) {
        if let Some(file) = self.files.get_mut(index) {
            if matches!(state, State::Running | State::Waiting) {
                file.done = 0;
            }
            file.state = state;
            if matches!(state, State::Waiting | State::Failed | State::Damaged) {
                self.batch.remove(&index);
            }
        }
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

    /// Bytes of all files together: those that are done, and all.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        bytes(self.files.iter())
    }

    /// Whole percent of all files together, rounded down; 100 only when every file is done.
    #[must_use]
    pub fn percent(&self) -> u8 {
        percent_of(self.files.iter())
    }
}

fn bytes<'a>(files: impl Iterator<Item = &'a File>) -> (u64, u64) {
    files.fold((0, 0), |(arrived, all), file| {
        let done = if file.state == State::Done { file.total } else { file.done };
        (arrived.saturating_add(done), all.saturating_add(file.total))
    })
}

fn percent_of<'a>(files: impl Iterator<Item = &'a File>) -> u8 {
    let (done, total) = files.fold((0_u128, 0_u128), |(arrived, all), file| {
        let whole = u128::from(file.total) + u128::from(PER_FILE);
        let done = if file.state == State::Done { whole } else { u128::from(file.done) };
        (arrived + done, all + whole)
    });
    match (done * 100).checked_div(total) {
        None => 0,
        Some(_) if done == total => 100,
        Some(percent) => u8::try_from(percent.min(99)).unwrap_or(99),
    }
}

fn percent(done: u64, total: u64) -> u8 {
    let percent = (u128::from(done) * 100).checked_div(u128::from(total)).unwrap_or(0);
    u8::try_from(percent.min(99)).unwrap_or(99)
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
    fn a_pause_of_all_holds_what_moves() {
        let mut transfer = Transfer::new([10, 10, 10]);
        transfer.update(at(0, 10));
        transfer.update(at(1, 6));
        transfer.pause_all(true);
        transfer.update(at(1, 4));
        let states = |transfer: &Transfer| transfer.files.iter().map(|file| file.state).collect::<Vec<_>>();
        assert_eq!(states(&transfer), [State::Done, State::Paused, State::Waiting]);
        assert_eq!(transfer.files[1].done, 4);
        transfer.pause_all(false);
        assert_eq!(states(&transfer), [State::Done, State::Running, State::Waiting]);
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
        transfer.set(1, State::Running);
        assert_eq!(transfer.receive(1, at(0, 20)), 99);
        assert_eq!(transfer.files[1].state, State::Running);
        transfer.set(1, State::Done);
        assert_eq!(transfer.files[1].percent(), 100);
        transfer.set(1, State::Waiting);
        assert_eq!(transfer.files[1].percent(), 0);
        transfer.set(7, State::Running);
        assert_eq!(transfer.receive(7, at(0, 1)), 0);
    }

    #[test]
    fn what_is_wanted_counts_together() {
        const KB: u64 = 1024;
        let mut transfer = Transfer::new([12 * KB, 12 * KB, 28 * KB, 12 * KB]);
        let figures =
            |transfer: &Transfer| transfer.batch().map(|batch| (batch.files, batch.done / KB, batch.percent));
        assert_eq!(figures(&transfer), None);
        transfer.want([0, 1, 9]);
        assert_eq!(figures(&transfer), Some((2, 0, 0)));
        transfer.set(0, State::Running);
        transfer.receive(0, at(0, 4 * KB));
        transfer.set(0, State::Done);
        // Between two files it goes on, and another one joins.
        assert_eq!(figures(&transfer), Some((2, 12, 50)));
        transfer.want([2, 0]);
        assert_eq!(figures(&transfer), Some((3, 12, 25)));
        // What failed does not come; what was cancelled is not wanted.
        transfer.set(1, State::Failed);
        assert_eq!(figures(&transfer), Some((2, 12, 33)));
        transfer.set(2, State::Running);
        transfer.want([3]);
        transfer.want_no_more();
        assert_eq!(transfer.batch().map(|batch| batch.files), Some(2));
        transfer.set(2, State::Waiting);
        assert_eq!(figures(&transfer), None);
        // What is wanted then is counted anew.
        transfer.want([3]);
        assert_eq!(figures(&transfer), Some((1, 0, 0)));
    }

    #[test]
    fn pausing() {
        let mut transfer = Transfer::new([10]);
        transfer.pause(0, true);
        assert_eq!(
            (transfer.files[0].state, transfer.batch().map(|batch| batch.done)),
            (State::Waiting, None)
        );
        transfer.want([0]);
        transfer.set(0, State::Running);
        transfer.pause(0, true);
        transfer.receive(0, at(0, 5));
        assert_eq!((transfer.files[0].state, transfer.files[0].done), (State::Paused, 5));
        assert_eq!(transfer.batch().map(|batch| batch.done), Some(5));
        transfer.pause(0, false);
        assert_eq!((transfer.files[0].state, transfer.files[0].done), (State::Running, 5));
    }

    #[test]
    fn four_announcements() {
        let mut quarters = Quarters::default();
        let heard: Vec<u8> = (0..=100).filter_map(|percent| quarters.reached(percent)).collect();
        assert_eq!(heard, [25, 50, 75, 100]);
        assert_eq!(Quarters::default().reached(80), Some(75));
    }
}
