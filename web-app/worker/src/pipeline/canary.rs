//! Small requests that find out whether there still is a server at the end of the line.
//!
//! After a sleep or a change of networks a browser still holds connections that lead nowhere, and would try each of them
//! with a part of a file. So as many small requests go out as a browser makes connections: each dead one takes one of
//! them and goes with it, and those that return say that the line is there.

use std::cell::RefCell;

use blob_api::path;
use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, Shared, join_all},
};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_model::protocol::Failure;
use web_sys::{Request, RequestInit, RequestRedirect, Response};

use super::{
    Cancel,
    http::Fetch,
    silence,
    timer::{unless_cancelled, within},
};
use crate::worker::scope;

/// Connections that browsers make to a server over HTTP/1.1.
const CONNECTIONS: usize = 6;
/// Milliseconds in which one returns over any line that is worth a try.
const RETURNS: u32 = 5_000;

thread_local! {
    /// Those that are on their way: transfers that fall silent together ask together.
    static FLIGHT: RefCell<Option<Shared<LocalBoxFuture<'static, bool>>>> = const { RefCell::new(None) };
}

/// Does any return?
pub(super) async fn returns(cancel: &Cancel) -> Result<bool, Failure> {
    let flight = FLIGHT.with_borrow_mut(|flight| match flight {
        Some(flight) if flight.peek().is_none() => flight.clone(),
        flight => flight.insert(release().boxed_local().shared()).clone(),
    });
    unless_cancelled(flight, cancel).await
}

async fn release() -> bool {
    let returned = join_all((0..CONNECTIONS).map(|_| fly())).await.contains(&true);
    if returned {
        silence::mistaken();
    }
    returned
}

async fn fly() -> bool {
    let answer = async {
        // It belongs to no job: others may wait for it too.
        let fetch = Fetch::new(&Cancel::new().ok()?).ok()?;
        let options = RequestInit::new();
        options.set_redirect(RequestRedirect::Error);
        options.set_signal(Some(&fetch.signal()));
        let request = Request::new_with_str_and_init(path::HEALTH, &options).ok()?;
        let response = JsFuture::from(scope().fetch_with_request(&request)).await.ok()?;
        Some(response.unchecked_into::<Response>().ok())
    };
    within(RETURNS, answer).await.flatten().unwrap_or_default()
}
