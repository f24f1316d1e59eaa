//! Inbox and Sent: deliveries as recipients and senders find them again.

mod extend;
pub(crate) mod inbox;
pub(crate) mod incoming;
mod listing;
pub(crate) mod outgoing;
pub(crate) mod received;
pub(crate) mod sent;

use blob_api::Level;
use leptos::prelude::*;
use web_model::boxes::Told;

use crate::widgets::icon::Icon;
use crate::widgets::level::LevelSeal;

/// A state: its words, and what repeats them.
#[component]
fn Badge(told: Told) -> impl IntoView {
    let tone = told.tone.name();
    view! {
        <span class=format!("kern-badge kern-badge--{tone}") data-tone=tone>
            <Icon name=tone/>
            <span class="kern-label kern-label--small">{told.words}</span>
        </span>
    }
}

/// One delivery of a list: its seal, what it is, and how far.
#[component]
fn Entry(
    level: Level,
    /// What leads to the delivery.
    title: AnyView,
    /// Lines below it.
    facts: Vec<String>,
    told: Option<Told>,
) -> impl IntoView {
    let facts = facts.into_iter().map(|fact| view! { <li>{fact}</li> }).collect_view();
    view! {
        <li class="entry">
            <LevelSeal level/>
            <div class="entry__text">
                <p class="kern-body entry__title">{title}</p>
                <ul class="kern-body kern-body--small kern-body--muted facts">{facts}</ul>
                {told.map(|told| view! { <Badge told/> })}
            </div>
        </li>
    }
}
