//! The server alone, beside nginx: the same bytes down and up by the same client, for one client and for many at once.

use std::{
    fs,
    io::Read,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, ensure};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

use super::{
    Figure, Target,
    beside::{Took, costs, pairs, speeds},
    http::{Connection, Request},
    nginx::Nginx,
    process,
    siegel::{self, Siegel},
    stage::{PART_BYTES, Sample, Stage},
};

/// MiB of the file that one client fetches.
const LARGE: u32 = 512;
/// MiB of the file that each of many clients fetches.
const SMALL: u32 = 16;
const FILES: [u32; 2] = [LARGE, SMALL];
const MANY: u32 = 200;
const ROUNDS: usize = 7;
const MIB: f64 = 1_048_576.0;

/// What all clients of a round do.
#[derive(Clone, Copy)]
enum Work {
    /// Fetch the file of so many MiB so many times.
    Fetch { mib: u32, times: u32 },
    /// Send so many parts.
    Send { parts: u32 },
}

/// Each figure, its clients, and what every one of them does. A round takes about a second where it can.
const LOADS: &[(&str, u32, Work)] = &[
    ("server_download", 1, Work::Fetch { mib: LARGE, times: 4 }),
    ("server_download_200", MANY, Work::Fetch { mib: SMALL, times: 1 }),
    ("server_upload", 1, Work::Send { parts: 128 }),
    ("server_upload_200", MANY, Work::Send { parts: 1 }),
];

/// One of the two servers, as its clients see it.
trait Side: Sync {
    fn port(&self) -> u16;
    /// Whose processor time counts.
    fn processes(&self) -> Result<Vec<u32>>;
    /// Asks for the file of so many MiB.
    fn fetch(&self, mib: u32) -> Request<'_>;
    /// Hands a part over.
    fn send<'a>(&self, client: u32, part: u32, bytes: &'a [u8]) -> Request<'a>;
    /// Deletes what so many clients have sent in this round, so many bytes in all.
    fn forget(&self, clients: u32, bytes: u64) -> Result<()>;
}

/// All loads on both servers. They store in memory, so that no disk hides the difference.
pub(super) fn run(root: &Path, out: &mut dyn FnMut(Figure)) -> Result<()> {
    let folder = siegel::scratch(root)?;
    let theirs = Nginx::start(&folder)?;
    let samples = FILES.map(|mib| Sample::new(&theirs.files(), mib));
    let samples = samples.into_iter().collect::<Result<Vec<_>>>()?;
    let ours = Ours::start(root, &folder, &samples)?;
    for side in [&ours as &dyn Side, &theirs] {
        same_bytes(side, &samples[0].path)?;
    }
    let part = first_part(&samples[0].path)?;
    let server = ours.siegel.process();
    for &(figure, clients, work) in LOADS {
        let mut peaks = Vec::new();
        let pairs = pairs(ROUNDS, |is_ours| {
            if !is_ours {
                return round(&theirs, clients, work, &part).context("nginx");
            }
            process::reset_peak(server)?;
            let took = round(&ours, clients, work, &part)?;
            peaks.push(process::peak(server)? / MIB);
            Ok(took)
        })?;
        let least = Some(Target::AtLeast(0.95));
        out(Figure::compared(figure, "MiB/s", "nginx", &speeds(&pairs), least));
        out(Figure::compared(format!("{figure}_cpu"), "CPU s/GiB", "nginx", &costs(&pairs), None));
        if clients == MANY {
            // The round that does not count for speed is none that may take more memory.
            let most = Some(Target::AtMost(128.0));
            out(Figure::alone(format!("{figure}_memory"), "MiB", &peaks, most));
        }
    }
    Ok(())
}

/// One round of one side.
fn round(side: &dyn Side, clients: u32, work: Work, part: &[u8]) -> Result<Took> {
    let clock = process::Clock::start(&side.processes()?);
    let (seconds, bytes) = match work {
        Work::Fetch { mib, times } => {
            let length = u64::from(mib) << 20;
            let seconds = crowd(side.port(), clients, |_, connection| {
                for _ in 0..times {
                    let received = connection.ask(&side.fetch(mib), |_| {})?;
                    ensure!(received == length, "{received} bytes came instead of {length}");
                }
                Ok(())
            })?;
            (seconds, length * u64::from(times) * u64::from(clients))
        }
        Work::Send { parts } => {
            let seconds = crowd(side.port(), clients, |client, connection| {
                for number in 0..parts {
                    connection.ask(&side.send(client, number, part), |_| {})?;
                }
                Ok(())
            })?;
            (seconds, part.len() as u64 * u64::from(parts) * u64::from(clients))
        }
    };
    let cpu = clock.seconds();
    if matches!(work, Work::Send { .. }) {
        side.forget(clients, bytes)?;
    }
    let mib = bytes as f64 / MIB;
    ensure!(cpu > 0.0, "the server spent no processor time");
    Ok(Took { speed: mib / seconds.as_secs_f64(), cpu: cpu / mib * 1024.0 })
}

/// Lets so many clients do something at the same time, each with a connection of its own that is there before; returns
/// how long it took until all were done.
fn crowd(
    port: u16,
    clients: u32,
    work: impl Fn(u32, &mut Connection) -> Result<()> + Sync,
) -> Result<Duration> {
    let mut connections = (0..clients).map(|_| Connection::open(port)).collect::<Result<Vec<_>>>()?;
    let work = &work;
    let started = Instant::now();
    thread::scope(|scope| {
        let clients = connections.iter_mut().zip(0..);
        let running: Vec<_> =
            clients.map(|(connection, client)| scope.spawn(move || work(client, connection))).collect();
        running.into_iter().try_for_each(|client| client.join().map_err(|_| anyhow!("a client panicked"))?)
    })?;
    Ok(started.elapsed())
}

/// Makes sure that a server gives the file out as it is.
fn same_bytes(side: &dyn Side, path: &Path) -> Result<()> {
    let mut file = fs::File::open(path)?;
    let (mut expected, mut same) = (Vec::new(), true);
    let length = Connection::open(side.port())?.ask(&side.fetch(LARGE), |piece| {
        expected.resize(piece.len(), 0);
        same &= file.read_exact(&mut expected).is_ok() && expected == piece;
    })?;
    ensure!(same && length == file.metadata()?.len(), "a server gave other bytes than it was given");
    Ok(())
}

fn first_part(file: &Path) -> Result<Vec<u8>> {
    let mut part = vec![0; PART_BYTES];
    fs::File::open(file)?.read_exact(&mut part)?;
    Ok(part)
}

/// The product's server with a delivery that was sent and opened, and one that takes parts.
struct Ours {
    siegel: Siegel,
    /// What a sender's requests carry: the session, and where they come from.
    sender: String,
    /// What a recipient's requests carry.
    recipient: String,
    /// The path of the sent delivery.
    sent: String,
    /// The path of the draft.
    draft: String,
    /// The digest of the part that is sent to it.
    digest: String,
    /// Blobs in it that are used up.
    used: AtomicU32,
}

impl Ours {
    /// Somebody logs in by the product's own page and makes both deliveries; the browser ends before anything is
    /// measured.
    fn start(root: &Path, folder: &Path, samples: &[Sample]) -> Result<Self> {
        let mut stage = Stage::new(root, folder)?;
        let port = stage.siegel.port();
        let origin = stage.origin.clone();
        let mut page = stage.new_delivery()?;
        let sender = format!("cookie: {}\r\norigin: {origin}\r\n", page.cookies()?);
        let (sent, draft) = (page.value("bench.begin()")?, page.value("bench.begin()")?);
        let path = |delivery: &Value| {
            let path = delivery["url"].as_str().and_then(|url| url.strip_prefix(&origin));
            path.map(str::to_owned).context("a delivery has an address")
        };
        for (mib, sample) in FILES.into_iter().zip(samples) {
            put_file(port, &blob(&path(&sent)?, mib), &sender, sample)?;
        }
        let token = page.value(&format!("bench.finish({sent})"))?;
        let token = token.as_str().context("an opening has a token")?;
        drop(page);
        let (sent, draft, digest) = (path(&sent)?, path(&draft)?, samples[0].digests[0].clone());
        let Stage { siegel, .. } = stage;
        let recipient = format!("authorization: Bearer {token}\r\n");
        Ok(Self { siegel, sender, recipient, sent, draft, digest, used: AtomicU32::new(0) })
    }
}

/// Sends a file in parts.
fn put_file(port: u16, path: &str, sender: &str, sample: &Sample) -> Result<()> {
    let mut connection = Connection::open(port)?;
    let mut file = fs::File::open(&sample.path)?;
    let mut part = vec![0; PART_BYTES];
    for (number, digest) in (0..).zip(&sample.digests) {
        file.read_exact(&mut part)?;
        connection.ask(&put_part(path, number, &part, sender, digest), |_| {})?;
    }
    let parts = sample.digests.len();
    let whole = json!({ "parts": parts, "size": parts * PART_BYTES }).to_string();
    let complete = Request {
        method: "POST",
        path: format!("{path}/complete"),
        fields: format!("{sender}content-type: application/json\r\n"),
        body: whole.as_bytes(),
    };
    connection.ask(&complete, |_| {}).map(|_| ())
}

fn put_part<'a>(blob: &str, number: u32, bytes: &'a [u8], sender: &str, digest: &str) -> Request<'a> {
    Request {
        method: "PUT",
        path: format!("{blob}/parts/{number}"),
        fields: format!(
            "{sender}content-type: application/octet-stream\r\ncontent-digest: sha-256=:{digest}:\r\n"
        ),
        body: bytes,
    }
}

/// The path of a delivery's blob. Which ids blobs have is their sender's choice.
fn blob(delivery: &str, number: u32) -> String {
    let id = Base64UrlUnpadded::encode_string(&u128::from(number).to_be_bytes());
    format!("{delivery}/blobs/{id}")
}

impl Side for Ours {
    fn port(&self) -> u16 {
        self.siegel.port()
    }

    fn processes(&self) -> Result<Vec<u32>> {
        Ok(vec![self.siegel.process()])
    }

    fn fetch(&self, mib: u32) -> Request<'_> {
        let (path, fields) = (blob(&self.sent, mib), self.recipient.clone());
        Request { method: "GET", path, fields, body: &[] }
    }

    fn send<'a>(&self, client: u32, part: u32, bytes: &'a [u8]) -> Request<'a> {
        let blob = blob(&self.draft, self.used.load(Ordering::Relaxed) + client);
        put_part(&blob, part, bytes, &self.sender, &self.digest)
    }

    fn forget(&self, clients: u32, _bytes: u64) -> Result<()> {
        let mut connection = Connection::open(self.port())?;
        let first = self.used.fetch_add(clients, Ordering::Relaxed);
        for number in first..first + clients {
            let (path, fields) = (blob(&self.draft, number), self.sender.clone());
            connection.ask(&Request { method: "DELETE", path, fields, body: &[] }, |_| {})?;
        }
        Ok(())
    }
}

impl Side for Nginx {
    fn port(&self) -> u16 {
        self.port()
    }

    fn processes(&self) -> Result<Vec<u32>> {
        process::family(self.process())
    }

    fn fetch(&self, mib: u32) -> Request<'_> {
        Request { method: "GET", path: format!("/sample-{mib}"), ..Request::default() }
    }

    fn send<'a>(&self, client: u32, part: u32, bytes: &'a [u8]) -> Request<'a> {
        Request { method: "PUT", path: format!("/sent/{client}-{part}"), body: bytes, ..Request::default() }
    }

    fn forget(&self, _clients: u32, bytes: u64) -> Result<()> {
        let sent = self.files().join("sent");
        let mut kept = 0;
        for file in fs::read_dir(&sent)? {
            kept += file?.metadata()?.len();
        }
        ensure!(kept == bytes, "{kept} of {bytes} bytes were kept");
        Ok(fs::remove_dir_all(sent)?)
    }
}
