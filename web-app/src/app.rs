//! What all pages share: language, worker, the server's settings, header and footer.

use blob_api::Instance;
use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::crypto::Door;
use crate::i18n::Words;
use crate::widgets::frame::{Footer, Header};
use crate::widgets::page::FirstPage;
use crate::{Arrival, Scripts, api, browser, pages};

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

/// What differs between the two halves of the application.
#[derive(Clone, Copy)]
pub(crate) struct Half {
    /// The page that the address asks for.
    pub(crate) pages: fn() -> AnyView,
    /// What the header offers beside the language.
    pub(crate) actions: fn() -> AnyView,
    /// What leads from page to page.
    pub(crate) navigation: fn() -> AnyView,
    /// What is done besides when another language is chosen in the header; asked for once.
    pub(crate) language: fn() -> Callback<()>,
}

/// The name of the page that is shown.
#[derive(Clone, Copy)]
pub(crate) struct Here(RwSignal<&'static str>);

impl Here {
    pub(crate) fn get(self) -> &'static str {
        self.0.get()
    }
    pub(crate) fn set(self, page: &'static str) {
        self.0.set(page);
    }
}

/// The name of the page that is shown.
pub(crate) fn here() -> Here {
    expect_context()
}

/// Shows one half of the application. `provide` adds what only its pages share.
pub(crate) fn mount(half: Half, arrival: Arrival, scripts: Scripts, provide: impl FnOnce() + 'static) {
    let Some(root) = browser::element("app") else { return };
    mount_to(root, move || app(half, arrival, scripts, provide)).forget();
}

fn app(half: Half, arrival: Arrival, scripts: Scripts, provide: impl FnOnce()) -> impl IntoView {
    Words::provide();
    Door::provide(&scripts.worker);
    provide_context(scripts);
    FirstPage::provide();
    provide_context(Here(RwSignal::new("")));
    provide_context(StoredValue::new(arrival));
    let server = Server(RwSignal::new(None));
    provide_context(server);
    provide();
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
        <Header navigation=(half.navigation)() on_language=(half.language)()>{(half.actions)()}</Header>
        {move || match (known.get(), failed.get()) {
            (true, _) => (half.pages)(),
            (false, Some(trouble)) => view! { <pages::notice::Failed trouble retry/> }.into_any(),
            (false, None) => view! { <pages::Loading/> }.into_any(),
        }}
        <Footer/>
    }
}
