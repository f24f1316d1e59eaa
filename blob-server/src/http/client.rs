//! Where a request comes from.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};

use super::App;
use super::error::Failure;
use crate::config::Settings;
use crate::service::{Network, RelyingParty};

/// Whom limits count for this request. The accept loop adds it to each.
#[derive(Debug, Clone, Copy)]
pub struct ClientNetwork(pub(crate) Network);

/// Does the connection come from this machine? The accept loop adds it to each request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FromHere(pub(crate) bool);

/// Whom limits count: the peer, or what a trusted proxy says about it.
///
/// Each proxy appends the address it saw to `X-Forwarded-For`, so the list is believed from its end and only as far as the
/// addresses are trusted proxies; what a client wrote there itself stays unread.
pub(crate) fn network(peer: IpAddr, headers: &HeaderMap, settings: &Settings) -> Network {
    let mut client = peer.to_canonical();
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let listed: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    for address in listed.into_iter().rev() {
        if !settings.trusted_proxies.contains(client) {
            break;
        }
        let Ok(address) = address.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    client.into()
}

/// The origin that this server's own pages have: the public URL's, or else that of the request's `Host`. A foreign page
/// cannot choose the `Host` of its requests to us, and one that gets here through DNS rebinding brings no cookie. Behind
/// a proxy there is always a public URL, so that without one it is http.
pub(super) fn own_origin(uri: &Uri, headers: &HeaderMap, settings: &Settings) -> Option<String> {
    if let Some(origin) = &settings.public_url.0 {
        return Some(origin.clone());
    }
    Some(format!("http://{}", own_host(uri, headers)?))
}

/// The host, with its port, that a request asked for.
pub(super) fn own_host(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    // HTTP/2 has the host in the URI, HTTP/1 in the header.
    let host = uri.authority().map(|authority| authority.as_str());
    Some(host.or_else(|| headers.get(header::HOST)?.to_str().ok())?.to_lowercase())
}

/// This site, as passkeys know it.
pub(super) struct Site(pub(super) RelyingParty);

impl FromRequestParts<Arc<App>> for Site {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let settings = &app.service.settings;
        let origin = own_origin(&parts.uri, &parts.headers, settings).ok_or(Failure::BadRequest)?;
        Ok(Self(RelyingParty::new(&origin, &settings.name.0)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn seen(peer: &str, forwarded: &str) -> Network {
        let flags = ["siegel", "--public-url", "https://x", "--trusted-proxies", "127.0.0.1, 10.0.0.0/8"];
        let settings = crate::config::load(flags.map(Into::into), []).ok().unwrap();
        let headers =
            HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), forwarded.parse().unwrap())]);
        network(peer.parse().unwrap(), &headers, &settings)
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let network = |text: &str| Network::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(seen("192.0.2.9", "198.51.100.1"), network("192.0.2.9"));
        assert_eq!(seen("127.0.0.1", "198.51.100.1"), network("198.51.100.1"));
        assert_eq!(seen("127.0.0.1", "203.0.113.5, 198.51.100.1, 10.1.1.1"), network("198.51.100.1"));
        assert_eq!(seen("127.0.0.1", "garbage"), network("127.0.0.1"));
    }
}
