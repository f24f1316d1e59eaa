//! One connection among others: how many a network may hold, and how long one may stand still.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::service::Network;

/// Counts the connections of each network, or its requests; clones count together.
#[derive(Clone)]
pub(crate) struct Crowd {
    most: u32,
    present: Arc<Mutex<HashMap<Network, u32>>>,
}

/// A place among those of a network, until it is dropped.
pub(crate) struct Place {
    network: Network,
    present: Arc<Mutex<HashMap<Network, u32>>>,
}

impl Crowd {
    /// At most so many of each network.
    pub(crate) fn new(most: u32) -> Self {
        Self { most, present: Arc::default() }
    }

    /// One more of this network; `None` when it has too many.
    pub(crate) fn enter(&self, network: Network) -> Option<Place> {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let count = present.entry(network).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place { network, present: Arc::clone(&self.present) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = present.get_mut(&self.network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                present.remove(&self.network);
            }
        }
    }
}

/// A stream whose writes fail when the other end takes no byte for a while.
pub(crate) struct Moving<S> {
    stream: S,
    longest: Duration,
    /// Runs while a write waits.
    standstill: Option<Pin<Box<Sleep>>>,
}

impl<S> Moving<S> {
    /// Writes may wait for so long.
    pub(crate) fn new(stream: S, longest: Duration) -> Self {
        Self { stream, longest, standstill: None }
    }

    /// Passes on what a write answered, unless it waits for too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.standstill = None;
            return written;
        }
        let longest = self.longest;
        let standstill = self.standstill.get_or_insert_with(|| Box::pin(sleep(longest)));
        standstill.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Moving<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Moving<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watch(cx, written)
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::net::IpAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    use super::*;

    #[test]
    fn each_network_has_its_places() {
        let crowd = Crowd::new(2);
        let network = |number: u8| Network::from(IpAddr::from([192, 0, 2, number]));
        let places = [crowd.enter(network(1)), crowd.enter(network(1))];
        assert!(places.iter().all(Option::is_some));
        assert!(crowd.enter(network(1)).is_none());
        assert!(crowd.enter(network(2)).is_some());
        drop(places);
        assert!(crowd.enter(network(1)).is_some());
        assert!(crowd.present.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_stands_still_is_left() {
        let (ours, mut theirs) = duplex(10);
        let mut ours = Moving::new(ours, Duration::from_secs(60));
        let started = Instant::now();
        let write = async { ours.write_all(&[1; 50]).await };
        let read = async {
            // A byte from time to time is progress.
            for _ in 0..5 {
                sleep(Duration::from_secs(50)).await;
                theirs.read_u8().await.unwrap();
            }
            std::future::pending::<()>().await
        };
        let written = tokio::select! {
            written = write => written,
            () = read => Ok(()),
        };
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed(), Duration::from_secs(5 * 50 + 60));
    }
}
