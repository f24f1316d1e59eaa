//! How most journeys begin.

use std::sync::Arc;

use anyhow::Result;
use harness::{
    browser::Look,
    journey::Journey,
    line::Line,
    person::{ADMIN, Person},
    proxy::Proxy,
    server::{Server, Settings},
};

/// Makes a journey's steps a test in each of these engines.
macro_rules! in_engines {
    ($steps:ident: $($name:ident in $engine:ident),+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() -> anyhow::Result<()> {
            harness::journey::Journey::run_in(harness::browser::Engine::$engine, stringify!($name), $steps).await
        }
    )+};
}
pub(crate) use in_engines;

/// A server with these settings, and its admin at a browser, on the page “new delivery”.
pub(crate) async fn admin(journey: &Journey, settings: Settings<'_>) -> Result<(Arc<Server>, Person)> {
    let server = journey.server(settings).await?;
    let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, server.origin());
    anna.set_up(&server, &ADMIN).await?;
    Ok((server, anna))
}

/// The same with a proxy between all browsers and the server.
pub(crate) async fn admin_behind_proxy(journey: &Journey) -> Result<(Arc<Server>, Proxy, Person)> {
    let server = journey.server(&[]).await?;
    let proxy = Proxy::start(server.port()).await?;
    let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, proxy.origin());
    anna.set_up(&server, &ADMIN).await?;
    Ok((server, proxy, anna))
}

/// The same with a line between all browsers and the server that can break, and behind it a proxy that sees what
/// came through.
pub(crate) async fn admin_on_a_line(journey: &Journey) -> Result<(Arc<Server>, Proxy, Line, Person)> {
    let server = journey.server(&[]).await?;
    let proxy = Proxy::start(server.port()).await?;
    let line = Line::start(proxy.port()).await?;
    let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, line.origin());
    anna.set_up(&server, &ADMIN).await?;
    Ok((server, proxy, line, anna))
}

/// A recipient with a browser of their own, who reads German.
pub(crate) async fn recipient(journey: &Journey, origin: &str) -> Result<Person> {
    Ok(Person::new(journey.browser("bert", Look::GERMAN).await?, origin))
}
