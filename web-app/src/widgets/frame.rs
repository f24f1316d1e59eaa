//! Header and footer.

use leptos::prelude::*;
use web_model::text::Language;

use crate::app::server;
use crate::browser;
use crate::i18n::words;
use crate::widgets::icon::Seal;

/// Name of the server, language, and what else the half offers.
#[component]
pub(crate) fn Header(navigation: AnyView, on_language: Callback<()>, children: Children) -> impl IntoView {
    let words = words();
    let server = server();
    let name = move || server.get().map_or_else(|| "Siegel".to_owned(), |instance| instance.name);
    let skip = |event: leptos::ev::MouseEvent| {
        // Followed as a link it would change the address.
        event.prevent_default();
        browser::focus("main");
    };
    view! {
        <a class="skip kern-link" href="#main" on:click=skip>{words.text(Language::app_skip)}</a>
        <header class="frame frame--header">
            <a class="brand" href="/">
                <Seal label=""/>
                <span class="brand__name">{name}</span>
            </a>
            <div class="frame__actions">
                <button
                    id="language"
                    type="button"
                    class="kern-btn kern-btn--tertiary"
                    lang=words.text(Language::language_switch_tag)
                    on:click=move |_| {
                        words.switch();
                        on_language.run(());
                    }
                >
                    <span class="kern-label">{words.text(Language::language_switch)}</span>
                </button>
                {children()}
            </div>
            {navigation}
        </header>
    }
}

#[component]
pub(crate) fn Footer() -> impl IntoView {
    let words = words();
    view! { <footer class="frame frame--footer"><p class="kern-body kern-body--muted">{words.text(Language::app_footer)}</p></footer> }
}
