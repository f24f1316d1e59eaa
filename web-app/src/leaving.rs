//! Leaving a page of members on which something would be lost.
//!
//! From page to page nothing is loaded anew, so the browser has nothing to ask about. While something would be lost, every way to another page
//! becomes a full load: then it asks, in its own words, as it does when a tab is closed.

use std::rc::Rc;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event};

use crate::browser;

/// What would be lost, as the page that is shown says.
#[derive(Clone, Copy)]
pub(crate) struct Leaving(StoredValue<Option<Guard>, LocalStorage>);

#[derive(Clone)]
struct Guard {
    active: Rc<dyn Fn() -> bool>,
    path: Memo<String>,
}

impl Leaving {
    /// Makes it known to all pages. Before there is a router: in some browsers those hear of the way back in their order.
    pub(crate) fn provide() {
        let leaving = Self(StoredValue::new_local(None));
        provide_context(leaving);
        listen("click", move |event| {
            if leads_away(event) && leaving.active().is_some() {
                // Nobody but the browser hears of it.
                event.stop_immediate_propagation();
            }
        });
        listen("popstate", move |event| {
            if let Some(guard) = leaving.active() {
                event.stop_immediate_propagation();
                // The address has changed by now; the page has not.
                let wanted = browser::address();
                browser::go_to_path(&guard.path.get_untracked());
                browser::leave_to(&wanted);
            }
        });
    }

    fn active(self) -> Option<Guard> {
        self.0.get_value().filter(|guard| (guard.active)())
    }
}

/// Asks before this page is left while `active` is true: by closing it, by a link, and by the browser's way back.
pub(crate) fn guard(active: impl Fn() -> bool + Copy + 'static) {
    browser::guard_leaving(active);
    let Leaving(guard) = expect_context();
    let path = use_location().pathname;
    let own = Guard { active: Rc::new(active), path };
    guard.set_value(Some(own.clone()));
    let own = StoredValue::new_local(own);
    on_cleanup(move || {
        // The next page may have its own by now.
        let is_own =
            |now: &Guard| own.try_with_value(|own| Rc::ptr_eq(&own.active, &now.active)).unwrap_or_default();
        guard.update_value(|guard| drop(guard.take_if(|now| is_own(now))));
    });
}

/// Is it a click on a link to another page?
fn leads_away(event: &Event) -> bool {
    let link = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|target| target.closest("a[href]").ok().flatten());
    link.and_then(|link| link.get_attribute("href")).is_some_and(|href| !href.starts_with('#'))
}

/// Hears of an event before the pages do, for as long as this document lives.
fn listen(name: &str, heard: impl Fn(&Event) + 'static) {
    let heard = Closure::<dyn Fn(Event)>::new(move |event: Event| heard(&event));
    let heard = heard.into_js_value();
    // It fails only for what is no function.
    let _ = window().add_event_listener_with_callback_and_bool(name, heard.unchecked_ref(), true);
}
