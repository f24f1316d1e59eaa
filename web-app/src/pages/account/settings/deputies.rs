//! Who may release deliveries while the account's owner is away.

use blob_api::{Deputy, ProblemKind, Represented, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::input;
use web_model::protocol::{Look, Standing};
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::Sections;
use crate::i18n::{Text, words};
use crate::keys::{State, keys};
use crate::widgets::account::attempts::anywhere;
use crate::widgets::button::{Button, Look as ButtonLook};
use crate::widgets::choice::ChoiceField;
use crate::widgets::field::TextField;
use crate::widgets::icon::Icon;
use crate::widgets::secupass::words::{CompareDialog, Comparing, standing};
use crate::{api, browser};

const FIELD: &str = "deputy-email";
/// How long somebody can be a deputy, in days.
const DAYS: [u16; 6] = [7, 14, 30, 90, 180, 365];
/// Of those, the one that is offered.
const USUAL: u16 = 14;
const DAY: i64 = 24 * 3600;

/// Shown to staff who have keys.
#[component]
pub(super) fn Deputies(sections: Sections) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let is_staff = move || {
        sections.info.with(|info| matches!(info.session.role, Role::Staff | Role::Admin))
            && matches!(keys.state(), State::Locked | State::Unlocked)
    };
    let shown = Memo::new(move |_| is_staff());
    let known = RwSignal::new(blob_api::Deputies { deputies: Vec::new(), represented: Vec::new() });
    let asked = RwSignal::new(false);
    let load = move || {
        spawn_local(async move {
            match api::deputies().await {
                Ok(all) => {
                    known.set(all);
                    asked.set(true);
                }
                Err(trouble) => sections.errors.show(trouble),
            }
        });
    };
    Effect::new(move || {
        if shown.get() {
            load();
        }
    });
    let none = move || {
        let nobody = asked.get() && known.with(|all| all.deputies.is_empty());
        nobody.then(|| words.get().deputy_none())
    };
    view! {
        <Show when=move || shown.get()>
            <section class="part" id="deputies-part" data-known=move || asked.get().to_string() aria-labelledby="deputies-title">
                <h2 class="kern-heading-medium" id="deputies-title" tabindex="-1">{words.text(Language::deputy_title)}</h2>
                <p class="kern-body">{words.text(Language::deputy_intro)}</p>
                <p class="kern-body">{none}</p>
                <ul class="entries" id="deputies">
                    <For each=move || known.with(|all| all.deputies.clone()) key=|deputy| (deputy.account, deputy.until)
                        children=move |deputy| view! { <One sections deputy on_end=load/> }/>
                </ul>
                <ul class="facts kern-body" id="represented">
                    {move || known.with(|all| {
                        all.represented.iter().map(|one| view! { <li dir="auto">{represents(words.get(), one)}</li> }).collect_view()
                    })}
                </ul>
                <Name sections on_named=load/>
            </section>
        </Show>
    }
}

fn represents(language: Language, one: &Represented) -> String {
    let date = browser::date(language, one.until, true);
    language.deputy_represents(&date, &one.email, &one.name)
}

/// One deputy, and the way to end it.
#[component]
fn One(sections: Sections, deputy: Deputy, #[prop(into)] on_end: Callback<()>) -> impl IntoView {
    let words = words();
    let busy = RwSignal::new(false);
    let Deputy { account, email, name, until, .. } = deputy;
    let end = move |()| {
        sections.attempt(busy, async move || {
            api::end_deputation(&account).await.map_err(anywhere)?;
            sections.say(Language::deputy_ended);
            on_end.run(());
            Ok(())
        });
    };
    let (about, mailbox) = (name.clone(), email.clone());
    let lasts = move || words.get().deputy_until(&browser::date(words.get(), until, true));
    view! {
        <li class="entry" data-email=mailbox>
            <div class="entry__text">
                <p class="kern-body entry__title" dir="auto">{name}</p>
                <ul class="kern-body kern-body--small kern-body--muted facts"><li dir="auto">{email}</li><li>{lasts}</li></ul>
            </div>
            <Button label=Language::deputy_end as Text look=ButtonLook::Tertiary class="end-deputation" about=about busy=busy on_press=end/>
        </li>
    }
}

/// Names somebody. A key that cannot be used is compared first; one that only the server vouches for may be.
#[component]
fn Name(sections: Sections, #[prop(into)] on_named: Callback<()>) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let email = RwSignal::new(String::new());
    let days = RwSignal::new(USUAL);
    let busy = RwSignal::new(false);
    let (comparing, found) = (RwSignal::new(None), RwSignal::new(None::<Look>));
    let name = async move |address: String| -> Result<(), Trouble> {
        let (person, look) = keys.look_at(address.clone()).await?;
        found.set(Some(look.clone()));
        match look.standing {
            Standing::Known(_) => {}
            Standing::Missing => return Err(Problem::NoKeys(address).into()),
            Standing::Changed => {
                let done = Callback::new(move |()| found.set(None));
                comparing.set(Some(Comparing { person, look, done }));
                return Err(Problem::Key(address).into());
            }
            Standing::Damaged => return Err(web_model::secupass::KeysFault::KeyDamaged.into()),
        }
        let until = browser::now() + i64::from(days.get_untracked()) * DAY;
        let ask = keys.appoint(&person, until).await?;
        api::name_deputy(&ask).await.map_err(|trouble| match trouble {
            Trouble::Server(ProblemKind::NotAllowed, _) => {
                Trouble::told("not-staff", Language::deputy_not_staff)
            }
            Trouble::Server(ProblemKind::Conflict, _) => {
                Trouble::told("too-many-deputies", Language::deputy_too_many)
            }
            other => other,
        })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = email.get_untracked();
        let Some(address) = input::email(&typed).map(str::to_owned) else {
            return sections.errors.at(FIELD, Trouble::Email);
        };
        if busy.get_untracked() {
            return;
        }
        sections.errors.clear();
        found.set(None);
        busy.set(true);
        spawn_local(async move {
            let named = name(address.clone()).await;
            busy.set(false);
            match named {
                Ok(()) => {
                    sections.status.say(words.now().deputy_named(&address));
                    email.set(String::new());
                    on_named.run(());
                }
                Err(Trouble::Cancelled) => {}
                Err(trouble) => sections.errors.at(FIELD, trouble),
            }
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::deputy_naming } else { Language::deputy_name }
    });
    let told = move || {
        found.get().map(|look| {
            let (kind, icon, text) = standing(look.standing);
            view! { <span data-standing=kind><Icon name=icon/> {format!("{}: {}", look.email, text(words.get()))}</span> }
        })
    };
    view! {
        <form class="form form--narrow" novalidate=true on:submit=submit>
            <TextField id=FIELD kind="email" label=Language::deputy_email autocomplete="email" value=email errors=sections.errors/>
            <ChoiceField id="deputy-days" label=Language::deputy_days choices=DAYS.to_vec() value=days name=Language::days/>
            <p class="kern-body kern-body--small">{words.text(Language::deputy_trust_text)}</p>
            <p class="kern-body strength" id="deputy-standing" role="status">{told}</p>
            <Button id="deputy-name" label=label busy=busy/>
        </form>
        <CompareDialog comparing/>
    }
}

/// Why somebody cannot be named.
#[derive(Debug)]
enum Problem {
    NoKeys(String),
    Key(String),
}

impl web_model::trouble::Tells for Problem {
    fn kind(&self) -> &'static str {
        match self {
            Self::NoKeys(_) => "deputy-no-keys",
            Self::Key(_) => "deputy-key",
        }
    }
    fn sentence(&self, language: Language) -> String {
        match self {
            Self::NoKeys(email) => language.deputy_no_keys(email),
            Self::Key(email) => language.deputy_key_problem(email),
        }
    }
}
