//! A line between browser and server: a relay that counts what passes, and lets it pass no faster than a real line would.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::sync_channel,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

/// Read at a time: small beside what a line carries in a blink.
const PIECE: usize = 256 << 10;
/// Pieces that may be on the line, which bounds what a relay holds; more than any line of ours has room for.
const ON_THE_LINE: usize = 16;

/// What a line is like. All connections share it; each direction has its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// Bits a second, in each direction.
    pub(super) bits_per_second: f64,
    /// From here to there and back.
    pub(super) round_trip: Duration,
}

/// A running relay; new connections end with the process.
pub(super) struct Relay {
    port: u16,
    received: Arc<AtomicU64>,
}

/// One direction of the line.
struct Lane {
    line: Line,
    /// When the last bit that was accepted will have left.
    busy_until: Mutex<Instant>,
    passed: Arc<AtomicU64>,
}

impl Relay {
    /// Starts a relay before the server on this port.
    pub(super) fn start(server: u16, line: Line) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let received = Arc::new(AtomicU64::new(0));
        let up = Arc::new(Lane::new(line, Arc::default()));
        let down = Arc::new(Lane::new(line, Arc::clone(&received)));
        thread::spawn(move || {
            for browser in listener.incoming().flatten() {
                let (up, down) = (Arc::clone(&up), Arc::clone(&down));
                thread::spawn(move || {
                    // On a real line it takes a round trip until a connection stands.
                    thread::sleep(line.round_trip);
                    let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { return };
                    let _ = browser.set_nodelay(true).and_then(|()| server.set_nodelay(true));
                    let (Ok(from_browser), Ok(to_server)) = (browser.try_clone(), server.try_clone()) else {
                        return;
                    };
                    thread::spawn(move || up.carry(from_browser, to_server));
                    down.carry(server, browser);
                });
            }
        });
        Ok(Self { port, received })
    }

    /// Its port.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Bytes that the browser has been sent so far, heads included.
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

impl Lane {
    fn new(line: Line, passed: Arc<AtomicU64>) -> Self {
        Self { line, busy_until: Mutex::new(Instant::now()), passed }
    }

    /// Carries bytes until one of the two ends.
    fn carry(&self, mut from: TcpStream, mut to: TcpStream) {
        let Ok(source) = from.try_clone() else { return };
        let (sender, line) = sync_channel::<(Instant, Vec<u8>)>(ON_THE_LINE);
        let arriving = thread::spawn(move || {
            for (arrival, bytes) in line {
                thread::sleep(arrival.saturating_duration_since(Instant::now()));
                if to.write_all(&bytes).is_err() {
                    let _ = source.shutdown(Shutdown::Both);
                    return;
                }
            }
            let _ = to.shutdown(Shutdown::Write);
        });
        let mut piece = vec![0; PIECE];
        while let Ok(read @ 1..) = from.read(&mut piece) {
            self.passed.fetch_add(read as u64, Ordering::Relaxed);
            let left = self.send(read);
            thread::sleep(left.saturating_duration_since(Instant::now()));
            if sender.send((left + self.line.round_trip / 2, piece[..read].to_vec())).is_err() {
                break;
            }
        }
        drop(sender);
        let _ = arriving.join();
    }

    /// Puts bytes on the line and says when the last of them has left.
    #[allow(clippy::cast_precision_loss, reason = "a piece is small")]
    fn send(&self, bytes: usize) -> Instant {
        let takes = Duration::from_secs_f64(bytes as f64 * 8.0 / self.line.bits_per_second);
        let mut busy_until = self.busy_until.lock().unwrap_or_else(PoisonError::into_inner);
        *busy_until = (*busy_until).max(Instant::now()) + takes;
        *busy_until
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_fast_as_it_says() {
        let echo = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = echo.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = echo.accept().unwrap();
            let mut asked = vec![0; 1 << 20];
            stream.read_exact(&mut asked).unwrap();
            stream.write_all(&asked).unwrap();
        });
        let line = Line { bits_per_second: 80e6, round_trip: Duration::from_millis(40) };
        let relay = Relay::start(port, line).unwrap();
        let started = Instant::now();
        let mut client = TcpStream::connect(("127.0.0.1", relay.port())).unwrap();
        let sent: Vec<u8> = (0..1_u32 << 18).flat_map(u32::to_le_bytes).collect();
        client.write_all(&sent).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut back = Vec::new();
        client.read_to_end(&mut back).unwrap();
        assert!(back == sent && relay.received() == 1 << 20);
        // Two times 1 MiB at 10 MB/s, a round trip to connect and one to be answered. Slower it may be, never faster.
        let least = Duration::from_secs_f64(2.0 * 1.048_576 / 10.0 + 0.08);
        assert!(started.elapsed() >= least, "{:?}", started.elapsed());
    }
}
