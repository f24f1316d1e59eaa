//! A bad line: what carries bytes between browser and server, and cuts, delays or slows them. It knows nothing of what
//! the bytes mean.

use std::{
    future::pending,
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep_until, timeout},
};

use crate::wait::LONG;

/// Most bytes that are carried at a time.
const PIECE: usize = 1 << 16;
/// Most pieces on their way in one direction of one connection: what a long line holds.
const ON_THE_WAY: usize = 64;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the browser to the server.
    Up,
    /// From the server to the browser.
    Down,
}

/// How a line breaks. It stays broken, for new connections too, until [`Line::mend`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Both sides are told at once: TCP's RST. A server that died, a firewall.
    Reset,
    /// Both sides are told that nothing more comes: TCP's FIN. A proxy that gives up.
    Close,
    /// Nobody is told anything. A laptop that slept, a network that changed.
    Stall,
}

/// A running line; it ends when dropped, and all that it carries with it.
pub struct Line {
    port: u16,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    upstream: u16,
    state: watch::Sender<State>,
    plan: Mutex<Option<Plan>>,
    /// When somebody last tried the line while it was broken.
    tried: Mutex<Option<Instant>>,
    ways: [Lane; 2],
}

/// How the line is.
#[derive(Default)]
struct State {
    /// How it is broken, if it is.
    broken: Option<Cut>,
    /// How it broke each time: what a mended line carries anew does not save what it carried then.
    breaks: Vec<Cut>,
}

/// When the line breaks.
struct Plan {
    way: Way,
    left: u64,
    cut: Cut,
}

/// What one direction of all connections has in common.
#[derive(Default)]
struct Lane {
    carried: AtomicU64,
    /// Bytes a second; 0 is as fast as it goes.
    pace: AtomicU64,
    delay: AtomicU64,
    /// When the next byte may leave, by the pace.
    free: Mutex<Option<Instant>>,
}

impl Line {
    /// A perfect line to the server on this port.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(upstream: u16) -> Result<Self> {
        let shared = Arc::new(Shared {
            upstream,
            state: watch::Sender::default(),
            plan: Mutex::default(),
            tried: Mutex::default(),
            ways: Default::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { port, shared, task })
    }

    /// The server's address by this line, as a browser on this machine has it.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Breaks when so many more bytes have gone this way: in the middle of what they belong to.
    pub fn break_after(&self, way: Way, bytes: u64, cut: Cut) {
        *lock(&self.shared.plan) = Some(Plan { way, left: bytes, cut });
    }

    /// Breaks now.
    pub fn break_now(&self, cut: Cut) {
        self.shared.cut(cut);
    }

    /// Waits until it is broken.
    ///
    /// # Errors
    /// When that does not happen in time.
    pub async fn until_broken(&self) -> Result<()> {
        let mut state = self.shared.state.subscribe();
        timeout(LONG, state.wait_for(|state| state.broken.is_some()))
            .await
            .context("the line was never cut")??;
        Ok(())
    }

    /// How long ago somebody last tried it while it was broken.
    pub fn last_tried(&self) -> Option<Duration> {
        lock(&self.shared.tried).map(|last| last.elapsed())
    }

    /// New connections are carried again; those that broke stay so.
    pub fn mend(&self) {
        self.shared.state.send_modify(|state| state.broken = None);
    }

    /// At most so many bytes a second go this way from now on, over all connections; 0 lifts the limit.
    pub fn pace(&self, way: Way, bytes_a_second: u64) {
        self.shared.lane(way).pace.store(bytes_a_second, Ordering::Relaxed);
    }

    /// Each byte takes so long from now on, whichever way it goes.
    pub fn delay(&self, delay: Duration) {
        let delay = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
        for lane in &self.shared.ways {
            lane.delay.store(delay, Ordering::Relaxed);
        }
    }

    /// How many bytes have gone this way.
    pub fn carried(&self, way: Way) -> u64 {
        self.shared.lane(way).carried.load(Ordering::Relaxed)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn lane(&self, way: Way) -> &Lane {
        match way {
            Way::Up => &self.ways[0],
            Way::Down => &self.ways[1],
        }
    }

    fn cut(&self, cut: Cut) {
        self.state.send_modify(|state| {
            state.broken = Some(cut);
            state.breaks.push(cut);
        });
    }

    /// How many of these bytes still pass, and what happens then.
    fn admit(&self, way: Way, bytes: u64) -> (u64, Option<Cut>) {
        let mut slot = lock(&self.plan);
        let Some(plan) = slot.as_mut().filter(|plan| plan.way == way) else { return (bytes, None) };
        if bytes < plan.left {
            plan.left -= bytes;
            return (bytes, None);
        }
        let end = (plan.left, Some(plan.cut));
        *slot = None;
        end
    }
}

impl Lane {
    /// When these bytes may go on.
    fn due(&self, bytes: u64) -> Instant {
        let mut at = Instant::now();
        // None when no pace is set, which is 0.
        let takes = bytes.saturating_mul(1_000_000).checked_div(self.pace.load(Ordering::Relaxed));
        if let Some(takes) = takes {
            let mut free = lock(&self.free);
            at = free.map_or(at, |free| free.max(at));
            *free = Some(at + Duration::from_micros(takes));
        }
        at + Duration::from_micros(self.delay.load(Ordering::Relaxed))
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Aborted with this task.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(connection(Arc::clone(&shared), client));
    }
}

/// Carries one connection to its end. Its errors are the line's: both sides notice them.
async fn connection(shared: Arc<Shared>, mut client: TcpStream) {
    let mut state = shared.state.subscribe();
    let (broken, breaks) = {
        let now = state.borrow_and_update();
        (now.broken, now.breaks.len())
    };
    if let Some(cut) = broken {
        *lock(&shared.tried) = Some(Instant::now());
        return end(cut, &mut [client]).await;
    }
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", shared.upstream)).await else {
        return end(Cut::Reset, &mut [client]).await;
    };
    let (up_from, down_to) = client.split();
    let (down_from, up_to) = server.split();
    let cut = tokio::select! {
        ended = async { tokio::try_join!(carry(&shared, Way::Up, up_from, up_to), carry(&shared, Way::Down, down_from, down_to)) } => {
            if ended.is_ok() { return } else { Cut::Reset }
        }
        state = state.wait_for(|state| state.breaks.len() > breaks) => {
            state.ok().and_then(|state| state.breaks.get(breaks).copied()).unwrap_or(Cut::Reset)
        }
    };
    end(cut, &mut [client, server]).await;
}

/// Carries one direction until its end; the end is carried too.
async fn carry(
    shared: &Shared,
    way: Way,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let lane = shared.lane(way);
    let (sender, mut on_the_way) = mpsc::channel::<(Instant, Bytes)>(ON_THE_WAY);
    let take = async move {
        loop {
            let mut piece = BytesMut::with_capacity(PIECE);
            if from.read_buf(&mut piece).await? == 0 {
                return io::Result::Ok(());
            }
            let due = lane.due(piece.len() as u64);
            if sender.send((due, piece.freeze())).await.is_err() {
                return Ok(());
            }
        }
    };
    let give = async {
        while let Some((due, mut piece)) = on_the_way.recv().await {
            sleep_until(due).await;
            let (passing, cut) = shared.admit(way, piece.len() as u64);
            piece.truncate(usize::try_from(passing).unwrap_or(usize::MAX));
            to.write_all(&piece).await?;
            lane.carried.fetch_add(passing, Ordering::Relaxed);
            if let Some(cut) = cut {
                shared.cut(cut);
                // What is left of this connection ends like all others.
                pending::<()>().await;
            }
        }
        to.shutdown().await
    };
    tokio::try_join!(take, give).map(|_| ())
}

/// Ends both sides of a connection.
async fn end(cut: Cut, sides: &mut [TcpStream]) {
    match cut {
        Cut::Stall => pending().await,
        Cut::Reset => {
            for side in sides {
                // Without it the last bytes would still be delivered, and an orderly end.
                let _ = side.set_zero_linger();
            }
        }
        Cut::Close => {
            for side in &mut *sides {
                let _ = side.shutdown().await;
            }
            // A socket that is dropped with unread bytes is reset: they are read, and lost.
            for side in sides {
                let _ = tokio::io::copy(side, &mut tokio::io::sink()).await;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A server that returns what it gets, and a connection to it by a line.
    async fn echo() -> (Line, TcpStream) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let line = Line::start(listener.local_addr().unwrap().port()).await.unwrap();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = socket.split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        let client = TcpStream::connect(("127.0.0.1", line.port)).await.unwrap();
        (line, client)
    }

    async fn answer_of(client: &mut TcpStream) -> io::Result<String> {
        let mut text = String::new();
        client.read_to_string(&mut text).await.map(|_| text)
    }

    #[tokio::test]
    async fn a_good_line_carries_everything_and_the_end() {
        let (line, mut client) = echo().await;
        client.write_all(b"hello").await.unwrap();
        client.shutdown().await.unwrap();
        assert_eq!(answer_of(&mut client).await.unwrap(), "hello");
        assert_eq!((line.carried(Way::Up), line.carried(Way::Down)), (5, 5));
    }

    #[tokio::test]
    async fn a_cut_lets_exactly_so_many_bytes_pass() {
        for (cut, way) in [(Cut::Reset, Way::Up), (Cut::Reset, Way::Down), (Cut::Close, Way::Down)] {
            let (line, mut client) = echo().await;
            line.break_after(way, 3, cut);
            client.write_all(b"hello").await.unwrap();
            let answer = answer_of(&mut client).await;
            line.until_broken().await.unwrap();
            assert_eq!(line.carried(way), 3);
            match cut {
                Cut::Close => assert_eq!(answer.unwrap(), "hel"),
                _ => assert_eq!(answer.unwrap_err().kind(), io::ErrorKind::ConnectionReset),
            }
            line.mend();
            let mut other = TcpStream::connect(("127.0.0.1", line.port)).await.unwrap();
            other.write_all(b"again").await.unwrap();
            other.shutdown().await.unwrap();
            assert_eq!(answer_of(&mut other).await.unwrap(), "again");
        }
    }

    #[tokio::test]
    async fn a_stalled_line_says_nothing() {
        let (line, mut client) = echo().await;
        line.break_after(Way::Up, 3, Cut::Stall);
        client.write_all(b"hello").await.unwrap();
        line.until_broken().await.unwrap();
        let mut other = TcpStream::connect(("127.0.0.1", line.port)).await.unwrap();
        other.write_all(b"hello").await.unwrap();
        for mut side in [client, other] {
            assert!(timeout(Duration::from_millis(100), side.read_to_end(&mut Vec::new())).await.is_err());
        }
    }

    #[tokio::test]
    async fn a_slow_line_takes_its_time() {
        let (line, mut client) = echo().await;
        line.pace(Way::Up, 1 << 20);
        line.delay(Duration::from_millis(50));
        let start = Instant::now();
        client.write_all(&vec![7; 1 << 18]).await.unwrap();
        client.shutdown().await.unwrap();
        assert_eq!(answer_of(&mut client).await.unwrap().len(), 1 << 18);
        // A quarter of a second for all but the last piece, and the delay there and back.
        assert!(start.elapsed() >= Duration::from_millis(187 + 100), "{:?}", start.elapsed());
    }
}
