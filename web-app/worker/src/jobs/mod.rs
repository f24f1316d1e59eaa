//! What each job means: one file a family.

pub(crate) mod login;
pub(crate) mod open;
pub(crate) mod send;

use std::{future::Future, rc::Rc};

use crypto_core::{
    kdf::Password,
    login::{ClientLogin, ClientRegistration},
};
use getrandom::SysRng;
use rand_core::{CryptoRng, UnwrapErr};
use web_model::protocol::{Failure, Job, JobId, Secret};

use crate::{
    pipeline::Cancel,
    worker::{Attached, Outcome, Reporter, Worker},
};

/// The jobs of one worker, beside those that steer others.
pub trait Jobs: 'static {
    /// Does a job; [`Failure::Internal`] when it is the other worker's.
    fn run(worker: &Worker, job: Job, task: Task) -> impl Future<Output = Result<Outcome, Failure>>;
}

/// What comes with a job.
pub struct Task {
    pub(crate) id: JobId,
    pub(crate) attached: Attached,
    pub(crate) reporter: Reporter,
    pub(crate) cancel: Cancel,
}

/// For those who come with a link.
pub struct Guest;

impl Jobs for Guest {
    async fn run(worker: &Worker, job: Job, task: Task) -> Result<Outcome, Failure> {
        let Task { id, attached, reporter, cancel } = task;
        match job {
            Job::ReadLink { delivery, fragment } => open::read_link(worker, id, &delivery, &fragment.0),
            Job::Prove { link, password } => open::prove(worker, link, &password),
            Job::Unwrap { link, level, recipient, sealed } => {
                open::unwrap(worker, link, level, recipient, &sealed.0)
            }
            Job::OpenCover { link, level, opening } => {
                open::open_cover(worker, link, level, &opening, cancel).await
            }
            Job::Room { link, wanted } => open::room(worker, link, wanted).await,
            Job::Download { link, opening, wanted } => {
                open::download(worker, link, &opening, wanted, attached.ports, reporter, cancel).await
            }
            _ => Err(Failure::Internal),
        }
    }
}

/// For those who have an account.
pub struct Member;

impl Jobs for Member {
    async fn run(worker: &Worker, job: Job, task: Task) -> Result<Outcome, Failure> {
        let Task { id, attached, reporter, cancel } = task;
        match job {
            Job::RegisterStart { password } => login::register_start(worker, id, &password),
            Job::RegisterFinish { start, email, response } => {
                login::register_finish(worker, start, &email, &response)
            }
            Job::LoginStart { password } => login::login_start(worker, id, &password),
            Job::LoginFinish { start, email, response } => {
                login::login_finish(worker, start, &email, &response)
            }
            Job::Prepare { account, password, terms } => {
                send::prepare(worker, id, &account, &password, terms).await
            }
            Job::Unfinished { account, drafts } => send::unfinished(worker, &account, drafts).await,
            Job::GoOn { account, draft, stored } => send::go_on(worker, id, &account, draft, stored).await,
            Job::Discard { delivery } => send::discard(worker, delivery).await,
            Job::Upload { prepared, written, files } => {
                send::upload(worker, prepared, written, files, attached.files, reporter, cancel).await
            }
            Job::Address { prepared, recipients } => send::address(worker, prepared, recipients),
            // Whoever has an account opens deliveries, too.
            other => Guest::run(worker, other, Task { id, attached, reporter, cancel }).await,
        }
    }
}

/// What a job leaves for the next ones. Dropping it wipes the keys.
pub(crate) enum Kept {
    /// An OPAQUE registration between its two messages.
    Registration(ClientRegistration),
    /// An OPAQUE login between its two messages.
    Login(Box<ClientLogin>),
    /// A delivery to be sent.
    Prepared(Rc<send::Prepared>),
    /// A link that was read, and what was opened with it.
    Link(Rc<open::Opened>),
}

/// `crypto.getRandomValues`. A browser without it stops here: there is no other source.
pub(crate) fn rng() -> impl CryptoRng {
    UnwrapErr(SysRng)
}

/// A delivery's password; `None` when nothing was typed.
fn optional_password(typed: &Secret) -> Result<Option<Password>, Failure> {
    if typed.0.is_empty() {
        return Ok(None);
    }
    Password::new(&typed.0).map(Some).map_err(|_| Failure::UnusablePassword)
}
