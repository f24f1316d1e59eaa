//! What every page has: a name, a title that is heading and tab, and its errors.

use leptos::prelude::*;

use crate::app::{here, server};
use crate::browser;
use crate::i18n::{Text, words};
use crate::widgets::errors::{ErrorBox, Errors};

/// Is the first page still to be shown? On later ones the focus moves to the heading, which a screen reader then reads.
#[derive(Clone, Copy)]
pub(crate) struct FirstPage(StoredValue<bool>);

impl FirstPage {
    pub(crate) fn provide() {
        provide_context(Self(StoredValue::new(true)));
    }
    fn take(self) -> bool {
        let first = self.0.get_value();
        self.0.set_value(false);
        first
    }
}

/// A page. `name` stands in `main[data-page]` and never changes.
#[component]
pub(crate) fn Page(
    name: &'static str,
    title: Text,
    /// The tab's title where it differs from the heading.
    #[prop(optional)]
    tab: Option<Text>,
    /// Stands before the tab's title: how far a transfer is.
    #[prop(optional, into)]
    progress: Option<Signal<Option<u8>>>,
    /// Instead of the title as heading.
    #[prop(optional)]
    heading: Option<AnyView>,
    errors: Errors,
    children: Children,
) -> impl IntoView {
    let words = words();
    let server = server();
    Effect::new(move || {
        let page = (tab.unwrap_or(title))(words.get());
        let site = server.get().map_or_else(|| "Siegel".to_owned(), |instance| instance.name);
        let percent = progress
            .and_then(|progress| progress.get())
            .map(|percent| format!("{} · ", words.get().percent(percent)));
        document().set_title(&format!("{}{page} · {site}", percent.unwrap_or_default()));
    });
    here().set(name);
    if !expect_context::<FirstPage>().take() {
        browser::focus("title");
    }
    let heading = heading.unwrap_or_else(|| view! { {words.text(title)} }.into_any());
    view! {
        <main id="main" class="page" data-page=name tabindex="-1">
            <h1 id="title" class="kern-heading-large" tabindex="-1">{heading}</h1>
            <ErrorBox errors/>
            {children()}
        </main>
    }
}
