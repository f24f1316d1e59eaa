//! KERN's icons and the wax seal.

use leptos::prelude::*;

/// One of KERN's icons; it decorates, the words beside it tell.
#[component]
pub(crate) fn Icon(name: &'static str) -> impl IntoView {
    view! { <span class=format!("kern-icon kern-icon--{name}") aria-hidden="true"></span> }
}

/// A pressed drop of wax: sixteen soft bulges around a circle.
const WAX: &str = "M32 2c3.2 0 4.4 2.6 7.300 3.100 3 .5 5.400-1 8 .7 2.600 1.800 2.200 4.700 4.200 6.900 2 2.100 4.900 2.100 6.300 4.900 \
    1.400 2.800-.2 5.200.6 8.100.8 2.900 3.600 4.200 3.600 7.300s-2.800 4.400-3.600 7.300c-.8 2.900.8 5.300-.6 8.100-1.400 2.800-4.300 2.800-6.300 4.900-2 2.200-1.600 \
    5.100-4.200 6.900-2.600 1.700-5 .2-8 .7C36.400 61.400 35.200 62 32 62s-4.400-.6-7.300-1.100c-3-.5-5.400 1-8-.7-2.600-1.800-2.200-4.700-4.200-6.900-2-2.100-4.900-2.100-6.300-4.900-1.400-2.800.2-5.200-.6-8.100\
    C4.800 37.400 2 36.100 2 33s2.800-4.400 3.600-7.300c.8-2.900-.8-5.300.6-8.100 1.400-2.800 4.300-2.800 6.300-4.900 2-2.200 1.600-5.100 4.200-6.900 2.600-1.700 5-.2 8-.7C27.600 4.600 28.800 2 32 2z";

/// The wax seal with a level's number, or without one as the product's sign. `label` is read out; an empty one makes it
/// decoration.
#[component]
pub(crate) fn Seal(
    #[prop(optional)] level: Option<u8>,
    #[prop(into)] label: Signal<String>,
) -> impl IntoView {
    let hidden = move || label.with(String::is_empty).then_some("true");
    let role = move || if label.with(String::is_empty) { None } else { Some("img") };
    let name = move || label.with(|label| (!label.is_empty()).then(|| label.clone()));
    view! {
        <svg class="seal" viewBox="0 0 64 64" role=role aria-hidden=hidden aria-label=name focusable="false">
            <path class="seal__wax" d={WAX}></path>
            <circle class="seal__ring" cx={32} cy={32} r={21}></circle>
            {match level {
                Some(level) => view! {
                    <text class="seal__number" x={32} y={32} text-anchor="middle" dominant-baseline="central">
                        {level}
                    </text>
                }.into_any(),
                None => view! { <path class="seal__mark" d={"M24 33l6 6 11-13"}></path> }.into_any(),
            }}
        </svg>
    }
}
