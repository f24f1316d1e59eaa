//! The language of the pages: the browser's at first, then the one chosen in the header.

use leptos::prelude::*;
use web_model::text::Language;

use crate::browser;

/// A text, named by its method: `Language::login_title`.
pub(crate) type Text = fn(Language) -> &'static str;

/// Where the chosen language is kept. Beside it the browser keeps a number for each account (`crate::keys`), and what the
/// worker stores: sealed, for going on.
const KEY: &str = "siegel-language";

/// The current language, as a signal.
#[derive(Clone, Copy)]
pub(crate) struct Words(RwSignal<Language>);

impl Words {
    /// Finds the language and makes it known to all pages.
    pub(crate) fn provide() -> Self {
        let remembered = browser::remembered(KEY).as_deref().and_then(Language::from_tag);
        let wanted = browser::languages();
        let language = remembered.unwrap_or_else(|| Language::preferred(wanted.iter().map(String::as_str)));
        let words = Self(RwSignal::new(language));
        Effect::new(move || browser::set_language(words.get().tag()));
        provide_context(words);
        words
    }

    /// The language; whoever reads it is run again when it changes.
    pub(crate) fn get(self) -> Language {
        self.0.get()
    }

    /// The language now, for texts that are made once.
    pub(crate) fn now(self) -> Language {
        self.0.get_untracked()
    }

    /// A text that follows the language.
    pub(crate) fn text(self, text: Text) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
        move || text(self.get())
    }

    /// The next language; remembered.
    pub(crate) fn switch(self) {
        self.choose(self.now().next());
    }

    /// Another language; remembered.
    pub(crate) fn choose(self, language: Language) {
        self.0.set(language);
        browser::remember(KEY, language.tag());
    }

    /// The language of who is logged in, unless another one was chosen in this browser.
    pub(crate) fn prefer(self, language: Language) {
        if browser::remembered(KEY).is_none() && self.now() != language {
            self.0.set(language);
        }
    }
}

/// The current language's signal.
pub(crate) fn words() -> Words {
    expect_context()
}
