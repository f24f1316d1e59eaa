//! What opens the keys so far: the present SecuPass, or the recovery code.

use leptos::prelude::*;
use web_model::protocol::{Opener, Secret};
use web_model::secupass::KeysFault;
use web_model::text::Language;
use web_model::trouble::{Tells, Trouble};

use crate::browser;
use crate::i18n::Text;
use crate::widgets::account::attempts::Fault;
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::field::PasswordField;
use crate::widgets::secupass::code::{CODE, CodeField, place};
use crate::widgets::secupass::fields::NewSecuPass;

/// The first field's id.
pub(super) const OLD: &str = "secupass-old";

/// What is typed, and which of the two it is.
#[derive(Clone, Copy)]
pub(super) struct TypedOpener {
    by_code: RwSignal<bool>,
    old: RwSignal<String>,
    code: RwSignal<String>,
}

impl TypedOpener {
    pub(super) fn new() -> Self {
        Self::that(RwSignal::new(false))
    }

    /// `by_code` says which of the two it is, and is told when that is turned.
    pub(super) fn that(by_code: RwSignal<bool>) -> Self {
        Self { by_code, old: RwSignal::new(String::new()), code: RwSignal::new(String::new()) }
    }

    fn field(self) -> &'static str {
        if self.by_code.get_untracked() { CODE } else { OLD }
    }

    /// What opens them, or the field that has to change.
    pub(super) fn read(self) -> Result<Opener, (&'static str, Trouble)> {
        let by_code = self.by_code.get_untracked();
        let typed = if by_code { self.code } else { self.old }.get_untracked();
        match (typed.is_empty(), by_code) {
            (true, _) => Err((self.field(), Trouble::Missing)),
            (false, true) => Ok(Opener::RecoveryCode(Secret(typed))),
            (false, false) => Ok(Opener::SecuPass(Secret(typed))),
        }
    }

    /// The field that has to change, of these and of a new SecuPass.
    pub(super) fn place(self, trouble: Trouble) -> Fault {
        if trouble.kind() == KeysFault::Wrong.kind() {
            return (Some(self.field()), trouble);
        }
        match place(trouble) {
            (None, trouble) => NewSecuPass::place(trouble),
            placed => placed,
        }
    }
}

/// The field, and the way to the other one.
#[component]
pub(super) fn OpenerFields(value: TypedOpener, errors: Errors) -> impl IntoView {
    let other = Signal::derive(move || -> Text {
        if value.by_code.get() { Language::keys_by_secupass } else { Language::keys_by_code }
    });
    let turn = move |()| {
        errors.clear();
        value.by_code.update(|by_code| *by_code = !*by_code);
        browser::focus(value.field());
    };
    let opener = move || {
        if value.by_code.get() {
            view! { <CodeField value=value.code errors/> }.into_any()
        } else {
            view! { <PasswordField id=OLD label=Language::keys_old autocomplete="off" value=value.old errors/> }
                .into_any()
        }
    };
    view! {
        {opener}
        <Button id="secupass-other" label=other look=Look::Tertiary on_press=turn/>
    }
}
