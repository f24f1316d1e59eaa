//! How long a request has been silent, and when that is too long: what [`web_model::patience`] decides, for all transfers
//! of this worker.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use web_model::patience::Line;

use super::timer::now;

thread_local! {
    static UP: RefCell<Line> = RefCell::default();
    static DOWN: RefCell<Line> = RefCell::default();
}

/// Where the bytes go.
#[derive(Clone, Copy)]
pub(super) enum Way {
    Up,
    Down,
}

impl Way {
    fn with<T>(self, act: impl FnOnce(&mut Line) -> T) -> T {
        let act = |line: &RefCell<Line>| act(&mut line.borrow_mut());
        match self {
            Self::Up => UP.with(act),
            Self::Down => DOWN.with(act),
        }
    }
}

/// The server answers, although a request was silent for too long.
pub(super) fn mistaken() {
    Way::Up.with(Line::mistaken);
    Way::Down.with(Line::mistaken);
}

/// One request, or one read of a download.
pub(super) struct Silence {
    way: Way,
    size: f64,
    since: Cell<f64>,
    longest: Cell<f64>,
}

impl Silence {
    /// It begins, with a body of so many bytes.
    pub(super) fn begin(way: Way, size: f64) -> Rc<Self> {
        Rc::new(Self { way, size, since: Cell::new(now()), longest: Cell::default() })
    }

    /// Something moved.
    pub(super) fn broken(&self) {
        let now = now();
        self.longest.set(self.longest.get().max(now - self.since.replace(now)));
        self.way.with(|line| line.moved(now));
    }

    /// It arrived.
    pub(super) fn ended(&self) {
        self.broken();
        self.way.with(|line| line.survived(self.since.get(), self.longest.get(), self.size));
    }

    /// When it counts as dead, unless something moves before.
    pub(super) fn dead_at(&self) -> f64 {
        self.way.with(|line| line.dead_at(self.since.get(), self.size))
    }
}
