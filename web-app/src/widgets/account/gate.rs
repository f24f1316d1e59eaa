//! Every way to an account in one place: for pages of their own, and for pages that need an account to go on and must not
//! be left on the way to it.

use blob_api::{Purpose, SecondFactorNeeded};
use leptos::prelude::*;
use web_model::text::Language;

use super::credential_form::CredentialForm;
use super::login_form::LoginForm;
use super::second_factor::SecondFactorForm;
use crate::i18n::{Text, words};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;

/// A way to an account.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    LogIn,
    Register,
    Reset,
}

impl Way {
    const ALL: [Self; 3] = [Self::LogIn, Self::Register, Self::Reset];

    /// The page of its own.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::LogIn => "/login",
            Self::Register => "/register",
            Self::Reset => "/reset",
        }
    }

    /// What leads there.
    fn name(self) -> (&'static str, Text) {
        match self {
            Self::LogIn => ("to-login", Language::login_link),
            Self::Register => ("to-register", Language::register_link),
            Self::Reset => ("to-reset", Language::reset_link),
        }
    }
}

/// The form of one way, and below it what leads to the others. It ends with `on_done` when somebody is logged in, and leads
/// nowhere by itself: the address that was typed is kept when `way` changes, and so is all that the page around it knows.
#[component]
pub(crate) fn AccountGate(
    #[prop(into)] way: Signal<Way>,
    /// Called when another way is chosen; without it the others are links to their pages.
    #[prop(optional, into)]
    on_way: Option<Callback<Way>>,
    /// What the page has to say above the form, such as which address is asked for.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    errors: Errors,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let second = RwSignal::new(None::<SecondFactorNeeded>);
    // After a new password was set and the login with it failed: that it is asked for once more.
    let log_in_after = RwSignal::new(false);
    let shown = Memo::new(move |_| if log_in_after.get() { Way::LogIn } else { way.get() });
    let set = move |needed: Option<SecondFactorNeeded>| match needed {
        None => on_done.run(()),
        needed => second.set(needed),
    };
    let to_login = move |trouble| {
        log_in_after.set(true);
        errors.show(trouble);
    };
    let form = move || match shown.get() {
        Way::LogIn => view! { <LoginForm errors second on_done/> }.into_any(),
        Way::Register => view! {
            <CredentialForm purpose=Purpose::Register errors on_done=set on_login=to_login/>
        }
        .into_any(),
        Way::Reset => view! {
            <CredentialForm purpose=Purpose::Reset errors on_done=set on_login=to_login/>
        }
        .into_any(),
    };
    let back = move |()| {
        errors.clear();
        log_in_after.set(true);
        second.set(None);
    };
    let choose = move |way| {
        errors.clear();
        log_in_after.set(false);
        if let Some(on_way) = on_way {
            on_way.run(way);
        }
    };
    move || match second.get() {
        Some(needed) => view! { <SecondFactorForm needed errors on_done on_back=back/> }.into_any(),
        None => view! {
            <div class="gate">
                {move || hint.get().map(|hint| view! { <p class="kern-body" id="gate-hint">{hint}</p> })}
                {form}
                <Others shown=shown.into() on_way=on_way.map(|_| Callback::new(choose))/>
            </div>
        }
        .into_any(),
    }
}

/// What leads to the other ways.
#[component]
fn Others(shown: Signal<Way>, on_way: Option<Callback<Way>>) -> impl IntoView {
    let words = words();
    let others = move || {
        Way::ALL
            .into_iter()
            .filter(|way| *way != shown.get())
            .map(|way| {
                let (id, text) = way.name();
                match on_way {
                    Some(on_way) => view! {
                        <Button id label=text look=Look::Tertiary on_press=move |()| on_way.run(way)/>
                    }
                    .into_any(),
                    None => {
                        view! { <a id=id class="kern-link" href=way.path()>{words.text(text)}</a> }.into_any()
                    }
                }
            })
            .collect_view()
    };
    view! { <div class="actions">{others}</div> }
}
