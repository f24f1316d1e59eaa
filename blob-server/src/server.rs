//! A listening server: connections with limits, the sweeper beside them, and an orderly end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use blob_api::Token;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tower::{ServiceExt, service_fn};

use crate::clock::Clock;
use crate::config::Settings;
use crate::connection::{Crowd, Moving};
use crate::http::{App, Assets, ClientNetwork, FromHere, network, router, too_many_at_once};
use crate::service::{Service, StartError};
use crate::traffic::Traffic;

/// Bytes of a request's head. Ours are far smaller; proxies add a little.
const HEAD_BYTES: usize = 32 << 10;
/// Header fields of a request.
const HEAD_FIELDS: usize = 100;
/// Requests at a time on one HTTP/2 connection. A proxy opens more connections when it needs more.
const STREAMS: u32 = 64;
/// Bytes of one answer that wait in an HTTP/2 connection. Together with the piece that is being sent they are all that a
/// reader who takes nothing keeps in memory.
const SEND_BYTES: usize = 64 << 10;

/// Why the server did not start: one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address is taken, or not this machine's.
    #[error("The server cannot listen on {address}: {error}.")]
    Listen {
        /// As set.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
    /// The data folder could not be opened.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// A server that listens and does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    service: Arc<Service>,
    app: Router,
    /// Proves the right to make the first admin; `None` when there is one.
    pub setup_token: Option<Token>,
}

impl Server {
    /// Takes the address and opens the data folder.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn bind(settings: Settings, clock: Clock, assets: Assets) -> Result<Self, ServerError> {
        let address = settings.listen.0;
        let failed = |error| ServerError::Listen { address, error };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let origin = settings.shown_origin(address);
        let (service, setup_token) = Service::start(settings, clock, &origin).await?;
        let service = Arc::new(service);
        let app = router(Arc::new(App { service: Arc::clone(&service), assets }));
        Ok(Self { listener, address, service, app, setup_token })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where mails can be read that go nowhere else, as long as this is so.
    pub fn mailbox(&self) -> Option<String> {
        let port = self.address.port();
        self.service.mailbox().map(|_| format!("http://localhost:{port}{}", crate::http::MAILBOX))
    }

    /// The rules that it serves.
    pub fn service(&self) -> Arc<Service> {
        Arc::clone(&self.service)
    }

    /// Answers until `stop` is done, then lets running transfers finish for as long as the settings allow, and closes
    /// the database. Returns whether all transfers finished.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> bool {
        let Self { listener, service, app, .. } = self;
        let sweeper = tokio::spawn(sweep_regularly(Arc::clone(&service)));
        let (stop_mails, stopped) = oneshot::channel();
        let mut mails = tokio::spawn(Arc::clone(&service).deliver_mails(stopped));
        let (stop_asked, stopped) = oneshot::channel();
        let asked = tokio::spawn(Arc::clone(&service).decide_asked(stopped));
        let connections = Connections::new(app, &service.settings);
        let graceful = GracefulShutdown::new();
        tokio::select! {
            () = connections.accept(listener, &graceful) => {}
            () = stop => {}
        }
        let drain = Duration::from_secs(service.settings.drain_seconds.get());
        let drained = tokio::time::timeout(drain, graceful.shutdown()).await.is_ok();
        sweeper.abort();
        drop(stop_asked);
        let _ = asked.await;
        drop(stop_mails);
        if tokio::time::timeout(drain, &mut mails).await.is_err() {
            // The mail is tried again after the next start, when its claim has run out.
            mails.abort();
        }
        service.close().await;
        drained
    }
}

/// How connections are served.
struct Connections {
    app: Router,
    protocol: auto::Builder<TokioExecutor>,
    free: Arc<Semaphore>,
    /// Connections of each network.
    crowd: Crowd,
    /// Requests of each network that run: what stands for connections where these are a proxy's.
    requests: Crowd,
    settings: Arc<Settings>,
    /// How long a connection is kept on which nothing runs.
    idle: Duration,
    /// How long a write, and an answer, may wait for the other end.
    write_idle: Duration,
}

impl Connections {
    /// HTTP/1.1, and HTTP/2 with prior knowledge, which proxies can speak to us. Against floods of requests that are
    /// reset at once, and of headers without end, h2's own limits hold.
    fn new(app: Router, settings: &Settings) -> Self {
        let idle = Duration::from_secs(settings.header_seconds.get());
        let mut protocol = auto::Builder::new(TokioExecutor::new());
        protocol
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(idle)
            .max_buf_size(HEAD_BYTES)
            .max_headers(HEAD_FIELDS);
        protocol
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(idle)
            .keep_alive_timeout(idle)
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEAD_BYTES as u32)
            .max_send_buf_size(SEND_BYTES);
        let free = Arc::new(Semaphore::new(settings.connections.get() as usize));
        Self {
            app,
            protocol,
            free,
            crowd: Crowd::new(settings.connections_per_network.get()),
            requests: Crowd::new(settings.connections_per_network.get()),
            settings: Arc::new(settings.clone()),
            idle,
            write_idle: Duration::from_secs(settings.body_idle_seconds.get()),
        }
    }

    async fn accept(&self, listener: TcpListener, graceful: &GracefulShutdown) {
        // The semaphore is never closed, so the loop has no other end than being dropped.
        while let Ok(permit) = Arc::clone(&self.free).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, peer)) => self.serve(stream, peer, permit, graceful),
                Err(error) => {
                    // Out of file descriptors, most likely: others have to close before it helps to ask again.
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Serves a connection beside the others, or closes it when its network has too many.
    fn serve(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        permit: OwnedSemaphorePermit,
        graceful: &GracefulShutdown,
    ) {
        let place = self.crowd.enter(peer.ip().into());
        if place.is_none() && !self.settings.trusted_proxies.contains(peer.ip()) {
            return;
        }
        // Without it small answers wait for the other end's acknowledgement; when it fails they do.
        let _ = stream.set_nodelay(true);
        let (app, traffic, requests) = (self.app.clone(), Traffic::new(), self.requests.clone());
        let (followed, settings) = (traffic.clone(), Arc::clone(&self.settings));
        let service = TowerToHyperService::new(service_fn(move |mut request: Request<Incoming>| {
            let client = network(peer.ip(), request.headers(), &settings);
            let place = requests.enter(client);
            request.extensions_mut().insert(ClientNetwork(client));
            request.extensions_mut().insert(FromHere(peer.ip().to_canonical().is_loopback()));
            let (app, followed) = (app.clone(), followed.clone());
            async move {
                match place {
                    Some(place) => followed.follow(place, app.oneshot(request.map(Body::new))).await,
                    // Its body is not read: waiting for that is what such a crowd wants.
                    None => Ok(too_many_at_once()),
                }
            }
        }));
        let stream = TokioIo::new(Moving::new(stream, self.write_idle));
        let connection = graceful.watch(self.protocol.serve_connection(stream, service).into_owned());
        let (idle, write_idle) = (self.idle, self.write_idle);
        tokio::spawn(async move {
            // Clients go away as they like; that is no event.
            tokio::select! {
                _ = connection => {}
                () = traffic.standstill(idle, write_idle) => {}
            }
            drop((permit, place));
        });
    }
}

async fn sweep_regularly(service: Arc<Service>) {
    let mut pause = tokio::time::interval(Duration::from_secs(service.settings.sweep_seconds.get()));
    pause.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        pause.tick().await;
        match service.sweep().await {
            Ok(swept) if swept == Default::default() => {}
            Ok(swept) => tracing::info!(
                expired = swept.expired,
                drafts = swept.drafts,
                tombstones = swept.tombstones,
                sessions = swept.sessions,
                mails = swept.mails,
                orphans = swept.orphans,
                "swept"
            ),
            Err(error) => tracing::error!(%error, "sweep failed; the next one tries again"),
        }
    }
}
