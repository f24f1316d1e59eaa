//! A new account, or a new password for one: the code in a mail proves the mailbox, then a password is chosen.

use blob_api::{AskCode, ProblemKind, Purpose, SecondFactorNeeded, Token};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::input;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::CodeField;
use super::new_password::{NewPassword, NewPasswordFields};
use crate::crypto::door;
use crate::i18n::{Text, words};
use crate::session::{self, LoggedIn, Mailbox, account};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::field::TextField;
use crate::widgets::progress::{Status, StatusLine};
use crate::{api, browser};

/// Digits of the code in the mail.
const DIGITS: usize = 8;
const EMAIL: &str = "account-email";
const CODE: &str = "mail-code";
const NAME: &str = "account-name";

/// What is no code of ours.
pub(super) fn not_a_code(sentence: Text) -> Trouble {
    Trouble::told("code", sentence)
}

/// What is typed here, as signals.
#[derive(Clone, Copy)]
struct Form {
    purpose: Purpose,
    code: RwSignal<String>,
    name: RwSignal<String>,
    password: NewPassword,
    /// Once a mail was asked for: where it went, and what proves that with its code.
    asked: RwSignal<Option<Asked>>,
    busy: RwSignal<bool>,
    errors: Errors,
    status: Status,
}

#[derive(Clone, PartialEq)]
struct Asked {
    email: String,
    proof: Token,
    /// Seconds for which the code is good.
    lifetime: u32,
}

/// Address, then code and password. `on_done` gets the second factor that the new password asks for.
#[component]
pub(super) fn CredentialForm(
    purpose: Purpose,
    errors: Errors,
    #[prop(into)] on_done: Callback<Option<SecondFactorNeeded>>,
    /// The password is set, and logging in with it did not work.
    #[prop(into)]
    on_login: Callback<Trouble>,
) -> impl IntoView {
    let form = Form {
        purpose,
        code: RwSignal::new(String::new()),
        name: RwSignal::new(String::new()),
        password: NewPassword::new(),
        asked: RwSignal::new(None),
        busy: RwSignal::new(false),
        errors,
        status: Status::new(),
    };
    let is_asked = Memo::new(move |_| form.asked.with(Option::is_some));
    view! {
        {move || match is_asked.get() {
            false => view! { <AddressStep form/> }.into_any(),
            true => view! { <CodeStep form on_done on_login/> }.into_any(),
        }}
        <StatusLine status=form.status/>
    }
}

impl Form {
    /// Asks for a mail to this address.
    async fn ask(self, email: String, language: Language) {
        self.busy.set(true);
        let ask = AskCode { email: email.clone(), purpose: self.purpose, language: language.into() };
        let answer = api::ask_code(&ask).await;
        self.busy.set(false);
        match answer {
            Ok(answer) => {
                let again = self.asked.with_untracked(Option::is_some);
                self.code.set(String::new());
                self.asked.set(Some(Asked { email, proof: answer.proof, lifetime: answer.lifetime }));
                if again {
                    self.status.say(language.code_sent_again().to_owned());
                }
                browser::focus(CODE);
            }
            Err(trouble) => self.errors.show(trouble),
        }
    }

    /// What was typed, or the field that has to change.
    fn read(
        self,
        asked: &Asked,
    ) -> Result<(Mailbox, Option<String>, web_model::protocol::Secret), (&'static str, Trouble)> {
        let code = input::digits(&self.code.get_untracked(), DIGITS)
            .ok_or((CODE, not_a_code(Language::code_form)))?;
        let name = self.name.get_untracked().trim().to_owned();
        let name = match self.purpose {
            Purpose::Reset => None,
            Purpose::Register if name.is_empty() => return Err((NAME, Trouble::Missing)),
            Purpose::Register => Some(name),
        };
        let password = self.password.read(&asked.email)?;
        Ok((Mailbox { email: asked.email.clone(), proof: asked.proof.clone(), code }, name, password))
    }
}

#[component]
fn AddressStep(form: Form) -> impl IntoView {
    let words = words();
    let account = account();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if form.busy.get_untracked() {
            return;
        }
        match account.typed.with_untracked(|typed| input::email(typed).map(str::to_owned)) {
            None => form.errors.at(EMAIL, Trouble::Email),
            Some(email) => {
                form.errors.clear();
                spawn_local(form.ask(email, words.now()));
            }
        }
    };
    let label = Signal::derive(move || -> Text {
        if form.busy.get() { Language::code_asking } else { Language::code_ask }
    });
    let (intro, hint): (Text, Text) = match form.purpose {
        Purpose::Register => (Language::register_intro, Language::register_email_hint),
        Purpose::Reset => (Language::reset_intro, Language::reset_email_hint),
    };
    view! {
        <form class="form form--narrow" novalidate=true on:submit=submit>
            <p class="kern-body">{words.text(intro)}</p>
            <TextField id=EMAIL kind="email" label=Language::login_email hint=hint autocomplete="username"
                value=account.typed errors=form.errors/>
            <Button id="ask-code" label=label look=Look::Primary busy=form.busy/>
        </form>
    }
}

#[component]
fn CodeStep(
    form: Form,
    on_done: Callback<Option<SecondFactorNeeded>>,
    on_login: Callback<Trouble>,
) -> impl IntoView {
    let words = words();
    let (door, account) = (door(), account());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(asked) = form.asked.get_untracked().filter(|_| !form.busy.get_untracked()) else { return };
        let (mailbox, name, password) = match form.read(&asked) {
            Ok(read) => read,
            Err((field, trouble)) => return form.errors.at(field, trouble),
        };
        form.errors.clear();
        form.busy.set(true);
        spawn_local(async move {
            if let Err(trouble) = session::set_credential(door, &mailbox, name, words.now(), &password).await
            {
                form.busy.set(false);
                return match trouble {
                    Trouble::Server(ProblemKind::WrongCode, _) => form.errors.at(CODE, trouble),
                    trouble => form.errors.show(trouble),
                };
            }
            // When only this login fails, the password is set all the same, and is asked for once more.
            match account.log_in(door, &mailbox.email, &password).await {
                Ok(LoggedIn::Done) => on_done.run(None),
                Ok(LoggedIn::SecondFactor(needed)) => on_done.run(Some(needed)),
                Err(trouble) => on_login.run(trouble),
            }
            form.password.clear();
        });
    };
    let again = move |()| {
        if let Some(asked) = form.asked.get_untracked() {
            form.errors.clear();
            spawn_local(form.ask(asked.email, words.now()));
        }
    };
    let other = move |()| {
        form.errors.clear();
        form.asked.set(None);
        browser::focus(EMAIL);
    };
    let email = Signal::derive(move || {
        form.asked.with(|asked| asked.as_ref().map(|asked| asked.email.clone()).unwrap_or_default())
    });
    let told = move || {
        let wait = form.asked.with(|asked| asked.as_ref().map_or(0, |asked| asked.lifetime));
        words.get().code_sent(&email.get(), &words.get().wait(wait.into()))
    };
    let registers = form.purpose == Purpose::Register;
    let (submits, missing): (Text, Text) = match form.purpose {
        Purpose::Register => (Language::register_submit, Language::register_no_mail),
        Purpose::Reset => (Language::reset_submit, Language::reset_no_mail),
    };
    let label = Signal::derive(move || -> Text {
        if form.busy.get() { Language::code_working } else { submits }
    });
    view! {
        <form class="form form--narrow" novalidate=true on:submit=submit>
            <p class="kern-body" id="code-sent">{told}</p>
            // For the browser's own list of passwords.
            <input type="email" autocomplete="username" hidden=true readonly=true prop:value=move || email.get()/>
            <CodeField id=CODE label=Language::code_label hint=Language::code_hint as Text value=form.code errors=form.errors/>
            {registers.then(|| view! {
                <TextField id=NAME label=Language::register_name hint=Language::register_name_hint as Text
                    autocomplete="name" value=form.name errors=form.errors/>
            })}
            <NewPasswordFields value=form.password email errors=form.errors/>
            <Button id="set-credential" label=label look=Look::Primary busy=form.busy/>
            <p class="kern-body kern-body--small kern-body--muted">{words.text(missing)}</p>
            <div class="actions">
                <Button id="code-again" label=Language::code_again as Text look=Look::Tertiary busy=form.busy on_press=again/>
                <Button id="other-address" label=Language::code_other as Text look=Look::Tertiary busy=form.busy on_press=other/>
            </div>
        </form>
    }
}
