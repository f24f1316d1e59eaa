//! Where the account is logged in.

use blob_api::SessionInfo;
use leptos::prelude::*;
use web_model::text::Language;

use super::Sections;
use crate::i18n::{Text, words};
use crate::widgets::account::attempts::anywhere;
use crate::widgets::button::{Button, Look};
use crate::{api, browser};

#[component]
pub(super) fn Sessions(sections: Sections) -> impl IntoView {
    let words = words();
    let busy = RwSignal::new(false);
    let all = move || sections.info.with(|info| info.sessions.clone());
    let everywhere = move |()| {
        sections.attempt(busy, async || {
            api::end_sessions().await.map_err(anywhere)?;
            // By a full load: nothing of the session stays in memory.
            browser::leave_to("/login");
            Ok(())
        });
    };
    view! {
        <section class="part" aria-labelledby="sessions-title">
            <h2 class="kern-heading-medium" id="sessions-title" tabindex="-1">{words.text(Language::sessions_title)}</h2>
            <ul class="entries" id="sessions">
                <For each=all key=|one| one.session children=move |one| view! { <One sections one/> }/>
            </ul>
            <Button id="log-out-everywhere" label=Language::sessions_everywhere as Text busy=busy on_press=everywhere/>
        </section>
    }
}

#[component]
fn One(sections: Sections, one: SessionInfo) -> impl IntoView {
    let words = words();
    let busy = RwSignal::new(false);
    let SessionInfo { session, created, used, agent, current } = one;
    let end = move |()| {
        sections.attempt(busy, async move || {
            api::end_session(&session).await.map_err(anywhere)?;
            sections.say(Language::sessions_ended);
            sections.reload().await
        });
    };
    let about = agent.clone();
    let title = move || match agent.as_str() {
        "" => words.get().sessions_unknown().to_owned(),
        agent => agent.to_owned(),
    };
    let facts = move || {
        let language = words.get();
        let date = |seconds| browser::date(language, seconds, true);
        let here = current.then(|| language.sessions_current().to_owned());
        let since = language.sessions_since(&date(created));
        let used = (!current).then(|| language.sessions_used(&date(used)));
        [here, Some(since), used].into_iter().flatten().map(|fact| view! { <li>{fact}</li> }).collect_view()
    };
    view! {
        <li class="entry" data-current=current.to_string()>
            <div class="entry__text">
                <p class="kern-body entry__title">{title}</p>
                <ul class="kern-body kern-body--small kern-body--muted facts">{facts}</ul>
            </div>
            {(!current).then(|| view! {
                <Button label=Language::app_logout as Text look=Look::Tertiary class="end-session" about=about busy=busy on_press=end/>
            })}
        </li>
    }
}
