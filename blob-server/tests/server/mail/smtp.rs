//! A mail server that fails as it is told, once for each fault, and takes everything else.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// A step of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Greeting,
    Hello,
    Login,
    Sender,
    Recipient,
    Data,
    Message,
}

impl Step {
    pub const ALL: [Self; 7] =
        [Self::Greeting, Self::Hello, Self::Login, Self::Sender, Self::Recipient, Self::Data, Self::Message];
}

/// What happens at a step instead of a yes.
#[derive(Debug, Clone)]
pub enum Fault {
    /// This answer.
    Answer(&'static str),
    /// The connection ends without one.
    Cut,
    /// There is none.
    Silence,
    /// It comes so much later; a mail is taken before.
    Late(Duration),
}

/// A mail that was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    pub message: Vec<u8>,
}

#[derive(Default)]
struct State {
    faults: Vec<(Step, Fault)>,
    taken: Vec<Taken>,
    connections: usize,
    heard: String,
    without_utf8: bool,
}

/// The server. It listens as long as it lives.
pub struct Smtp {
    port: u16,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Smtp {
    pub async fn start() -> Self {
        Self::at(0).await
    }

    pub async fn at(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let (port, state) = (listener.local_addr().unwrap().port(), Arc::<Mutex<State>>::default());
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                shared.lock().unwrap().connections += 1;
                let state = Arc::clone(&shared);
                // A client that goes away ends its conversation.
                connections.spawn(async move { converse(stream, &state).await });
            }
        });
        Self { port, state, task }
    }

    /// Settings of a server that hands its mails over here.
    pub fn settings(&self) -> Vec<String> {
        settings(self.port)
    }

    /// From now on this happens at that step, once.
    pub fn fail(&self, step: Step, fault: Fault) {
        self.lock().faults.push((step, fault));
    }

    /// Have all faults happened?
    pub fn failed_all(&self) -> bool {
        self.lock().faults.is_empty()
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.lock().taken.clone()
    }

    pub fn connections(&self) -> usize {
        self.lock().connections
    }

    /// The commands of all conversations.
    pub fn heard(&self) -> String {
        self.lock().heard.clone()
    }

    /// It no longer takes addresses that are not ASCII.
    pub fn forget_utf8(&self) {
        self.lock().without_utf8 = true;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same for tests in which answers do not come at all.
pub fn impatient(settings: Vec<String>) -> Vec<String> {
    [settings, vec!["--smtp-seconds".to_owned(), "1".to_owned()]].concat()
}

/// A port where nobody listens before [`Smtp::at`] does: it is bound meanwhile, so that the system gives it to nobody else.
pub fn unattended() -> (u16, TcpSocket) {
    let held = TcpSocket::new_v4().unwrap();
    held.set_reuseaddr(true).unwrap();
    held.bind(([127, 0, 0, 1], 0).into()).unwrap();
    (held.local_addr().unwrap().port(), held)
}

pub fn settings(port: u16) -> Vec<String> {
    let server = format!("127.0.0.1:{port}");
    let flags = [
        ("--smtp-server", server.as_str()),
        ("--smtp-security", "none"),
        ("--smtp-user", "siegel"),
        ("--smtp-password", "s3cret of the mail server"),
        // Whoever waits for an answer no longer than this machine may be busy hears that a mail failed which was taken.
        ("--smtp-seconds", "60"),
        ("--mail-from", "siegel@amt.example"),
        ("--public-url", "https://siegel.example"),
    ];
    flags.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value.to_owned()]).collect()
}

/// What happens at this step, when it is not a yes.
fn fault(state: &Mutex<State>, step: Step) -> Option<Fault> {
    let mut state = state.lock().unwrap();
    let found = state.faults.iter().position(|(at, _)| *at == step);
    found.map(|found| state.faults.remove(found).1)
}

/// Answers a step, well or as it was told to; `None` ends the connection.
async fn answer(state: &Mutex<State>, step: Step, yes: &str, writer: &mut OwnedWriteHalf) -> Option<bool> {
    say(fault(state, step), yes, writer).await
}

async fn say(fault: Option<Fault>, yes: &str, writer: &mut OwnedWriteHalf) -> Option<bool> {
    let (text, taken) = match &fault {
        None => (yes, true),
        Some(Fault::Answer(text)) => (*text, false),
        Some(Fault::Late(wait)) => {
            tokio::time::sleep(*wait).await;
            (yes, true)
        }
        Some(Fault::Cut) => return None,
        Some(Fault::Silence) => {
            // Longer than any client waits here; its end is this task's.
            tokio::time::sleep(Duration::from_secs(3600)).await;
            return None;
        }
    };
    writer.write_all(format!("{text}\r\n").as_bytes()).await.ok()?;
    Some(taken)
}

async fn converse(stream: TcpStream, state: &Mutex<State>) -> Option<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let writer = &mut writer;
    answer(state, Step::Greeting, "220 test ESMTP", writer).await?;
    let (mut from, mut to) = (String::new(), Vec::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        state.lock().unwrap().heard.push_str(&line);
        let line = line.trim_end();
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "EHLO" => {
                let utf8 = if state.lock().unwrap().without_utf8 { "" } else { "250-SMTPUTF8\r\n" };
                let hello = format!("250-test\r\n{utf8}250-8BITMIME\r\n250 AUTH PLAIN");
                answer(state, Step::Hello, &hello, writer).await?;
            }
            "AUTH" => {
                answer(state, Step::Login, "235 yes", writer).await?;
            }
            "MAIL" => {
                if answer(state, Step::Sender, "250 yes", writer).await? {
                    (from, to) = (rest.to_owned(), Vec::new());
                }
            }
            "RCPT" => {
                if answer(state, Step::Recipient, "250 yes", writer).await? {
                    to.push(rest.to_owned());
                }
            }
            "DATA" => {
                if answer(state, Step::Data, "354 go on", writer).await? {
                    let message = message(&mut reader).await?;
                    let taken = Taken { from: from.clone(), to: std::mem::take(&mut to), message };
                    let take = || state.lock().unwrap().taken.push(taken);
                    match fault(state, Step::Message) {
                        late @ Some(Fault::Late(_)) => {
                            take();
                            say(late, "250 taken", writer).await?;
                        }
                        fault => {
                            if say(fault, "250 taken", writer).await? {
                                take();
                            }
                        }
                    }
                }
            }
            "RSET" | "NOOP" => writer.write_all(b"250 yes\r\n").await.ok()?,
            "QUIT" => return writer.write_all(b"221 bye\r\n").await.ok(),
            _ => writer.write_all(b"502 what\r\n").await.ok()?,
        }
    }
}

/// Up to the line with a dot alone (RFC 5321 §4.5.2).
async fn message(reader: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        match line.strip_prefix(b".") {
            Some(b"\r\n") => return Some(message),
            Some(rest) => message.extend_from_slice(rest),
            None => message.extend_from_slice(&line),
        }
    }
}
