//! The half for those who come with a link: everything below `/d/`. Its few addresses need no router.

use leptos::prelude::*;

use crate::app::{Half, mount};
use crate::pages::{notice, open};
use crate::{Arrival, Scripts};

/// Shows this half.
pub fn start(arrival: Arrival, scripts: Scripts) {
    let half = Half {
        pages,
        actions: || ().into_any(),
        navigation: || ().into_any(),
        language: || Callback::new(|()| ()),
    };
    mount(half, arrival, scripts, || ());
}

fn pages() -> AnyView {
    let path = expect_context::<StoredValue<Arrival>>().with_value(|arrival| arrival.path.clone());
    match path.strip_prefix("/d/") {
        Some(id) if !id.is_empty() && !id.contains('/') => {
            view! { <open::Open id=id.to_owned()/> }.into_any()
        }
        _ => view! { <notice::NotFound/> }.into_any(),
    }
}
