//! What each job means: one file a family.

pub(crate) mod keys;
pub(crate) mod login;
pub(crate) mod open;
pub(crate) mod receive;
pub(crate) mod release;
pub(crate) mod send;
pub(crate) mod submit;
pub(crate) mod submit_box;
pub(crate) mod unseal;

use std::{any::Any, future::Future, rc::Rc};

use crypto_core::{
    kdf::Password,
    login::{ClientLogin, ClientRegistration},
};
use getrandom::SysRng;
use rand_core::{CryptoRng, UnwrapErr};
use web_model::{
    letters,
    protocol::{Failure, Job, JobId, MemberJob, Secret},
};

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
            Job::Room { link, wanted } => receive::room(worker, link, wanted).await,
            Job::Download { link, opening, wanted } => {
                receive::download(worker, link, &opening, wanted, attached.ports, reporter, cancel).await
            }
            _ => Err(Failure::Internal),
        }
    }
}

/// For those who have an account.
pub struct Member;

impl Jobs for Member {
    async fn run(worker: &Worker, job: Job, task: Task) -> Result<Outcome, Failure> {
        let job = match job {
            Job::Member(job) => job.open().map_err(|_| Failure::Internal)?,
            // Whoever has an account opens deliveries, too.
            other => return Guest::run(worker, other, task).await,
        };
        let Task { id, attached, reporter, cancel } = task;
        match job {
            MemberJob::RegisterStart { password } => login::register_start(worker, id, &password),
            MemberJob::RegisterFinish { start, email, response } => {
                login::register_finish(worker, start, &email, &response)
            }
            MemberJob::LoginStart { password } => login::login_start(worker, id, &password),
            MemberJob::LoginFinish { start, email, response } => {
                login::login_finish(worker, start, &email, &response)
            }
            MemberJob::Prepare { author, password, terms } => {
                send::prepare(worker, id, &author, &password, terms).await
            }
            MemberJob::Unfinished { author, keys, drafts } => {
                send::unfinished(worker, &author, keys, drafts).await
            }
            MemberJob::GoOn { author, keys, draft, stored } => {
                send::go_on(worker, id, &author, keys, draft, stored).await
            }
            MemberJob::Discard { delivery } => send::discard(worker, delivery).await,
            MemberJob::Upload { prepared, keys, written, files } => {
                let uploading = send::Uploading { prepared, keys, written, files: (files, attached.files) };
                send::upload(worker, uploading, reporter, cancel).await
            }
            MemberJob::Address { prepared, recipients } => send::address(worker, prepared, recipients),
            MemberJob::Grant(granting) => send::grant(worker, *granting, reporter, cancel).await,
            MemberJob::Keys(job) => keys::run(worker, id, job),
            MemberJob::Unseal(job) => unseal::run(worker, id, job, cancel).await,
            MemberJob::Release(job) => release::run(worker, job),
            MemberJob::LookAtBox { card, named, now } => Ok(submit_box::look(&card, named.as_deref(), now)),
            MemberJob::Submit(job) => submit::run(worker, id, job, cancel).await,
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
    Link(Rc<open::ReadLink>),
    /// What was opened by a grant.
    Opened(Rc<receive::Opened>),
    /// [`unseal::Granted`].
    Granted(Rc<dyn Any>),
    /// [`submit::Ticket`].
    Ticket(Rc<dyn Any>),
    /// [`keys::Keys`]. Guests have none, and so their worker need not even know how to drop them.
    Keys(Rc<dyn Any>),
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
    password(typed).map(Some)
}

/// A password in the form in which it is hashed. What is not plain passes the browser's own NFC.
fn password(typed: &Secret) -> Result<Password, Failure> {
    Password::with_nfc(&typed.0, letters::composed).map_err(|_| Failure::UnusablePassword)
}
