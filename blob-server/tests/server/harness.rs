//! A running server, people who use it, and deliveries to try it with.

use std::io::Write;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once, PoisonError};

use base64ct::{Base64, Encoding};
use blob_api::*;
use blob_server::clock::Clock;
use blob_server::config::{self, LogFormat};
use blob_server::http::Assets;
use blob_server::server::{Server, ServerError};
use blob_server::service::Service;
use blob_server::store::{MetaStore, NewAccount};
use crypto_core::access::TokenHash;
use crypto_core::kdf::Password;
use crypto_core::login::{ClientLogin, ClientRegistration, LoginName, Record};
use rand_core::UnwrapErr;
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const DAY: i64 = 86_400;
pub const HOUR: i64 = 3600;
pub const ADMIN_NAME: &str = "Erika Muster";
pub const PASSWORD: &str = "correct horse battery staple";

/// Everything that any server of this process logged, written as the real program writes it at its finest level.
pub static LOG: LogBuffer = LogBuffer(Mutex::new(Vec::new()));

pub struct LogBuffer(Mutex<Vec<u8>>);

impl LogBuffer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}
impl Write for &LogBuffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn start_logging() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = blob_server::logging::subscriber(tracing::Level::TRACE, LogFormat::Text, || &LOG);
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// A server in this process, and the folder it keeps things in.
pub struct Running {
    pub folder: Arc<TempDir>,
    pub clock: Clock,
    pub service: Arc<Service>,
    site: Site,
    stop: oneshot::Sender<()>,
    served: JoinHandle<bool>,
}

/// A server as those see it who ask it.
#[derive(Clone)]
pub struct Site {
    pub setup_token: Option<Token>,
    pub client: Client,
    address: SocketAddr,
    /// Origin of the pages that ask, where it is not the address'.
    page_origin: Option<String>,
}

impl Deref for Running {
    type Target = Site;
    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Running {
    /// On a fresh folder, with these settings.
    pub async fn start(settings: &[&str]) -> Self {
        Self::start_in(Arc::new(tempfile::tempdir().unwrap()), Clock::stopped(), settings).await
    }

    pub async fn start_in(folder: Arc<TempDir>, clock: Clock, settings: &[&str]) -> Self {
        let server = bind(folder.path(), clock.clone(), settings).await.ok().unwrap();
        let (address, service, setup_token) =
            (server.address(), server.service(), server.setup_token.clone());
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(server.serve(async {
            let _ = stopped.await;
        }));
        Self { folder, clock, service, site: Site::new(address, setup_token), stop, served }
    }

    /// With an admin who is logged in.
    pub async fn with_admin(settings: &[&str]) -> (Self, Person) {
        let server = Self::start(settings).await;
        server.set_up("admin@amt.example").await;
        let admin = server.log_in("admin@amt.example", PASSWORD).await;
        (server, admin)
    }

    /// Stops it; true when everything that ran could finish.
    pub async fn stop(self) -> bool {
        let Self { service, stop, served, .. } = self;
        drop(service);
        stop.send(()).unwrap();
        served.await.unwrap()
    }

    /// Stops it and starts it again on the same folder, with the same clock.
    pub async fn restart(self, settings: &[&str]) -> Self {
        let (folder, clock) = (Arc::clone(&self.folder), self.clock.clone());
        self.stop().await;
        Self::start_in(folder, clock, settings).await
    }

    /// An admin, and a colleague, both logged in. The latter did not need a mail.
    pub async fn with_colleague() -> (Self, Person, Person) {
        let server = Self::start(&[]).await;
        let (_, upload) = server.register("colleague@amt.example", PASSWORD).await;
        server.set_up("admin@amt.example").await;
        server.add_account("colleague@amt.example", "Karl", Role::Staff, &upload).await;
        let admin = server.log_in("admin@amt.example", PASSWORD).await;
        let colleague = server.log_in("colleague@amt.example", PASSWORD).await;
        (server, admin, colleague)
    }

    /// An account, by the way that is only open to whoever has the database.
    pub async fn add_account(&self, email: &str, name: &str, role: Role, upload: &Opaque) {
        let record = Record::from_upload(&upload.0).unwrap().to_bytes();
        let new = NewAccount {
            public_id: AccountId(random()),
            email,
            name,
            role,
            language: Language::De,
            record: &record,
        };
        self.database().await.create_account(&new, self.clock.now()).await.unwrap();
    }

    /// The server's database, from outside.
    pub async fn database(&self) -> MetaStore {
        MetaStore::open(&self.folder.path().join("siegel.db")).await.unwrap()
    }

    /// Number of files below the blob folder, unfinished ones included.
    pub fn stored_files(&self) -> usize {
        files_below(&self.folder.path().join("blobs")).len()
    }

    /// The same server, asked by pages of this origin from now on.
    pub fn at(mut self, origin: &str) -> Self {
        self.site.page_origin = Some(origin.to_owned());
        self
    }

    /// The same server, asked over HTTP/2 from now on.
    pub fn over_http2(mut self) -> Self {
        self.site.client = Client::builder().http2_prior_knowledge().build().unwrap();
        self
    }
}

/// Every file below a folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

impl Site {
    pub fn new(address: SocketAddr, setup_token: Option<Token>) -> Self {
        Self { setup_token, client: Client::new(), address, page_origin: None }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A request as a page of this server makes it.
    pub fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let origin = self.page_origin.clone().unwrap_or_else(|| self.origin());
        self.foreign_call(method, path).header(ORIGIN, origin)
    }

    /// A request without `Origin`.
    pub fn foreign_call(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.origin()))
    }

    pub async fn get(&self, path: &str) -> Response {
        self.call(Method::GET, path).send().await.unwrap()
    }

    /// First half of registering someone: what would be stored for them.
    pub async fn register(&self, email: &str, password: &str) -> (Token, Opaque) {
        let token = self.setup_token.clone().unwrap();
        let (client, request) =
            ClientRegistration::start(Password::new(password).unwrap(), &mut rng()).unwrap();
        let start = SetupStart { token: token.clone(), email: email.to_owned(), request: Opaque(request) };
        let answer: RegistrationAnswer = ok(self.call(Method::POST, path::SETUP_START).json(&start)).await;
        let name = LoginName::new(email).unwrap();
        (token, Opaque(client.finish(&name, &answer.response.0, &mut rng()).unwrap()))
    }

    /// Makes the first admin.
    pub async fn set_up(&self, email: &str) {
        let (token, upload) = self.register(email, PASSWORD).await;
        let finish = SetupFinish {
            token,
            email: email.to_owned(),
            name: ADMIN_NAME.to_owned(),
            language: Language::De,
            upload,
        };
        let response = self.call(Method::POST, path::SETUP_FINISH).json(&finish).send().await.unwrap();
        assert_eq!(response.status(), 204);
    }

    /// The first half of a login: what the second one is to send.
    pub async fn begin_log_in(&self, email: &str, password: &str) -> LoginFinish {
        let (client, request) = ClientLogin::start(Password::new(password).unwrap(), &mut rng()).unwrap();
        let start = LoginStart { email: email.to_owned(), request: Opaque(request) };
        let challenge: LoginChallenge = ok(self.call(Method::POST, path::LOGIN_START).json(&start)).await;
        let finalization = client.finish(&LoginName::new(email).unwrap(), &challenge.response.0, &mut rng());
        // A browser stops here when the password is wrong; an attacker goes on with whatever.
        let finalization = Opaque(finalization.unwrap_or(vec![7; 64]));
        LoginFinish { login: challenge.login, finalization }
    }

    /// Both halves of a login; the answer of the second.
    pub async fn try_log_in(&self, email: &str, password: &str) -> Response {
        let finish = self.begin_log_in(email, password).await;
        self.call(Method::POST, path::LOGIN_FINISH).json(&finish).send().await.unwrap()
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Person {
        let response = self.try_log_in(email, password).await;
        assert_eq!(response.status(), 200);
        Person::with_cookie_of(&response)
    }

    /// A delivery with these files, sent; each file's bytes lie in parts of `part_bytes`.
    pub async fn send(&self, sender: &Person, files: &[&[u8]], part_bytes: usize) -> Sealed {
        let sealed = Sealed::new(files);
        sealed.create(self, sender).await;
        for (blob, bytes) in &sealed.files {
            sealed.upload(self, sender, blob, bytes, part_bytes).await;
        }
        sealed.put_cover(self, sender, COVER_BYTES).await;
        let _: Sent = ok(sender.call(self, Method::POST, &path::send(&sealed.id)).json(&to_anyone())).await;
        sealed
    }
}

/// Starts a server, or tells why not.
pub async fn bind(folder: &Path, clock: Clock, settings: &[&str]) -> Result<Server, ServerError> {
    start_logging();
    let folder = folder.to_str().unwrap();
    let flags = ["siegel", "--listen", "127.0.0.1:0", "--reserve-bytes", "0", "--data", folder];
    let settings = config::load(flags.iter().chain(settings).map(Into::into), []).ok().unwrap();
    Server::bind(settings, clock, assets()).await
}

pub const COVER_BYTES: &[u8] = b"an encrypted manifest";

fn assets() -> Assets {
    let file = |name: &str, text: &'static str| (name.to_owned(), text.into());
    Assets::new([
        file("guest-index.html", "<!doctype html>guest"),
        file("guest-index.html.br", "page in brotli"),
        file("member-index.html", "<!doctype html>member"),
        file("favicon.svg", "<svg/>"),
        file("assets/app-0123.js", "script"),
        file("assets/app-0123.js.br", "script in brotli"),
        file("assets/app-0123.js.gz", "script in gzip"),
        file("assets/app-4567.wasm", "wasm"),
        file("preview.html", "<!doctype html>frame"),
        file("assets/preview-8901.js", "script of the frame"),
    ])
}

/// Someone logged in.
pub struct Person {
    pub cookie: String,
    /// What somebody without an account shows.
    pub ticket: Option<Token>,
}

impl Person {
    /// Whom an answer logs in.
    pub fn with_cookie_of(response: &Response) -> Self {
        let cookie = response.headers()[SET_COOKIE].to_str().unwrap();
        Self { cookie: cookie.split(';').next().unwrap().to_owned(), ticket: None }
    }

    pub fn call(&self, server: &Site, method: Method, path: &str) -> RequestBuilder {
        let request = server.call(method, path);
        match &self.ticket {
            Some(ticket) => request.bearer_auth(ticket.to_text()),
            None => request.header(COOKIE, &self.cookie),
        }
    }
}

/// Sends to nobody by name: the link is for whoever has it.
pub fn to_anyone() -> SendDelivery {
    SendDelivery {
        recipients: Vec::new(),
        listed: false,
        note: None,
        language: Language::En,
        own_grant: None,
        deputies: Vec::new(),
    }
}

/// What a sender's browser makes.
pub struct Sealed {
    pub id: DeliveryId,
    pub gate: Token,
    pub auth: Token,
    pub resume: Token,
    pub files: Vec<(BlobId, Vec<u8>)>,
}

impl Sealed {
    pub fn new(files: &[&[u8]]) -> Self {
        let files = files.iter().map(|bytes| (BlobId(random()), bytes.to_vec())).collect();
        let [gate, auth, resume] = [(); 3].map(|()| Token(random()));
        Self { id: DeliveryId(random()), gate, auth, resume, files }
    }

    pub fn create_body(&self) -> CreateDelivery {
        let hash = |token: &Token| Token(TokenHash::of(&token.0).to_bytes());
        CreateDelivery {
            delivery: self.id,
            level: Level::One,
            gate_hash: Some(hash(&self.gate)),
            auth_hash: hash(&self.auth),
            password: true,
            days: 7,
            answer_to: None,
            resume: self.resume.clone(),
        }
    }

    pub async fn create(&self, server: &Site, sender: &Person) {
        let request = sender.call(server, Method::POST, path::DELIVERIES).json(&self.create_body());
        assert_eq!(request.send().await.unwrap().status(), 201);
    }

    pub async fn put_part(
        &self,
        server: &Site,
        sender: &Person,
        blob: &BlobId,
        number: u32,
        bytes: &[u8],
    ) -> Response {
        let request = sender.call(server, Method::PUT, &path::part(&self.id, blob, number));
        request.header(CONTENT_DIGEST, digest(bytes)).body(bytes.to_vec()).send().await.unwrap()
    }

    pub async fn upload(
        &self,
        server: &Site,
        sender: &Person,
        blob: &BlobId,
        bytes: &[u8],
        part_bytes: usize,
    ) {
        let parts: Vec<_> = bytes.chunks(part_bytes).collect();
        for (number, part) in parts.iter().enumerate() {
            assert_eq!(self.put_part(server, sender, blob, number as u32, part).await.status(), 204);
        }
        let complete = CompleteBlob { parts: parts.len() as u32, size: bytes.len() as u64 };
        let request = sender.call(server, Method::POST, &path::complete(&self.id, blob)).json(&complete);
        assert_eq!(request.send().await.unwrap().status(), 204);
    }

    pub async fn put_cover(&self, server: &Site, sender: &Person, bytes: &[u8]) {
        let request = sender.call(server, Method::PUT, &path::cover(&self.id)).body(bytes.to_vec());
        assert_eq!(request.send().await.unwrap().status(), 204);
    }

    pub async fn state(&self, server: &Site) -> Response {
        server
            .call(Method::GET, &path::state(&self.id))
            .bearer_auth(self.gate.to_text())
            .send()
            .await
            .unwrap()
    }

    pub async fn try_open(&self, server: &Site, auth: &Token) -> Response {
        let open = OpenDelivery { email: Some("Rita@Post.example".to_owned()), auth: auth.clone() };
        let request = server.call(Method::POST, &path::openings(&self.id)).bearer_auth(self.gate.to_text());
        request.json(&open).send().await.unwrap()
    }

    pub async fn open(&self, server: &Site) -> Token {
        let opening: Opening = read(self.try_open(server, &self.auth).await).await;
        opening.token
    }

    pub fn fetch(&self, server: &Site, opening: &Token, path: &str) -> RequestBuilder {
        server.call(Method::GET, path).bearer_auth(opening.to_text())
    }
}

/// `Content-Digest` of a part.
pub fn digest(bytes: &[u8]) -> String {
    digest_text(&Sha256::digest(bytes).into())
}

pub fn digest_text(digest: &[u8; 32]) -> String {
    format!("sha-256=:{}:", Base64::encode_string(digest))
}

/// The JSON body of a good answer.
pub async fn ok<T: DeserializeOwned>(request: RequestBuilder) -> T {
    read(request.send().await.unwrap()).await
}

pub async fn read<T: DeserializeOwned>(response: Response) -> T {
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{status} {text}");
    serde_json::from_str(&text).unwrap()
}

/// Asserts that an answer is this problem, in full form.
pub async fn refused(response: Response, kind: ProblemKind) -> Problem {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let text = response.text().await.unwrap();
    let problem: Problem = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} {text:?}"));
    assert_eq!((problem.kind, status), (kind, kind.status()), "{text}");
    assert_eq!((problem.status, problem.title.as_str()), (kind.status(), kind.title()));
    assert_eq!(headers["content-type"], "application/problem+json");
    let retry = headers.get("retry-after").map(|value| value.to_str().unwrap().parse().unwrap());
    assert_eq!(problem.retry_after, retry);
    problem
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// Bytes that differ from place to place.
pub fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect()
}

pub fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}
