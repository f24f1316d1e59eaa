//! What all pages share: language, account, worker, the server's settings, header, footer and the routes.

use blob_api::Instance;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

use crate::crypto::Door;
use crate::i18n::Words;
use crate::session::Account;
use crate::widgets::frame::{Footer, Header};
use crate::widgets::page::FirstPage;
use crate::{Arrival, Scripts, api, pages};

/// The server's settings, once they are known.
#[derive(Clone, Copy)]
pub(crate) struct Server(RwSignal<Option<Instance>>);

impl Server {
    /// The settings; pages are shown only when they are there.
    pub(crate) fn get(self) -> Option<Instance> {
        self.0.get()
    }
    /// The settings now.
    pub(crate) fn now(self) -> Option<Instance> {
        self.0.get_untracked()
    }
    /// The first account exists now.
    pub(crate) fn was_set_up(self) {
        self.0.update(|instance| {
            if let Some(instance) = instance {
                instance.set_up = true;
            }
        });
    }
}

/// The server's settings.
pub(crate) fn server() -> Server {
    expect_context()
}

/// The whole application.
pub(crate) fn app(arrival: Arrival, scripts: Scripts) -> impl IntoView {
    Words::provide();
    Account::provide();
    Door::provide(&scripts.worker);
    provide_context(scripts);
    FirstPage::provide();
    provide_context(StoredValue::new(arrival));
    let server = Server(RwSignal::new(None));
    provide_context(server);
    let failed = RwSignal::new(None);
    let load = move || {
        spawn_local(async move {
            match api::instance().await {
                Ok(instance) => server.0.set(Some(instance)),
                Err(trouble) => failed.set(Some(trouble)),
            }
        });
    };
    load();
    let retry = move || {
        failed.set(None);
        load();
    };
    let known = Memo::new(move |_| server.0.with(Option::is_some));
    view! {
        <Header/>
        {move || match (known.get(), failed.get()) {
            (true, _) => view! { <Pages/> }.into_any(),
            (false, Some(trouble)) => view! { <pages::home::Failed trouble retry/> }.into_any(),
            (false, None) => view! { <pages::Loading/> }.into_any(),
        }}
        <Footer/>
    }
}

#[component]
fn Pages() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=|| view! { <pages::notice::NotFound/> }>
                <Route path=path!("/") view=pages::home::Home/>
                <Route path=path!("/setup") view=pages::setup::Setup/>
                <Route path=path!("/login") view=pages::login::Login/>
                <Route path=path!("/new") view=pages::new::New/>
                <Route path=path!("/d/:id") view=pages::open::Open/>
            </Routes>
        </Router>
    }
}
