//! `/release`: who waits to open what was sent, and one button for all of them.

use blob_api::{Level, Waiting};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::{Look as KeyLook, Refusal, Standing, Trust};
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::browser;
use crate::i18n::{Text, words};
use crate::keys::keys;
use crate::pages::account::home::{Go, Member};
use crate::releases::{Obstacle, Releases, by_person, person, place, releases};
use crate::session::account;
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::icon::Icon;
use crate::widgets::level::LevelSeal;
use crate::widgets::page::Page;
use crate::widgets::secupass::words::{CompareDialog, Comparing, standing};

#[component]
pub(crate) fn Release() -> impl IntoView {
    view! { <Member wanted=true><ReleasePage/></Member> }
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Here {
    releases: Releases,
    errors: Errors,
    comparing: RwSignal<Option<Comparing>>,
    ended: RwSignal<bool>,
}

impl Here {
    fn failed(self, trouble: Trouble) {
        match trouble {
            Trouble::LoggedOut => self.ended.set(true),
            Trouble::Cancelled => {}
            trouble => self.errors.show(trouble),
        }
    }
}

#[component]
fn ReleasePage() -> impl IntoView {
    let (account, words, releases) = (account(), words(), releases());
    let here =
        Here { releases, errors: Errors::new(), comparing: RwSignal::new(None), ended: RwSignal::new(false) };
    Effect::new(move || {
        if here.ended.get() {
            account.ended();
            account.want("/release".to_owned());
        }
    });
    let failed = RwSignal::new(false);
    let load = move || {
        here.errors.clear();
        failed.set(false);
        spawn_local(async move {
            if let Err(trouble) = releases.load().await {
                failed.set(true);
                here.failed(trouble);
            }
        });
    };
    load();
    let none = Memo::new(move |_| releases.waiting().is_some_and(|waiting| waiting.is_empty()));
    let some = Memo::new(move |_| releases.people() > 0);
    // Drawn anew only when somebody came or went: whoever is at a button stays there.
    let waiting = Memo::new(move |_| releases.waiting().unwrap_or_default());
    let list = move || {
        let waiting = waiting.get();
        let people = by_person(&waiting).into_iter();
        let people = people.map(|of_one| {
            let theirs: Vec<Waiting> = of_one.into_iter().cloned().collect();
            view! { <One here waiting=theirs/> }
        });
        people.collect_view()
    };
    let done = move || {
        releases.done_sentence(words.get()).map(|sentence| {
            view! {
                <div class="kern-alert kern-alert--success notice" id="release-done">
                    <div class="kern-alert__header">
                        <Icon name="success"/>
                        <p class="kern-body notice__text">{sentence}</p>
                    </div>
                </div>
            }
        })
    };
    view! {
        <Page name="release" title=Language::release_title errors=here.errors>
            {done}
            <Show when=move || none.get()><Empty/></Show>
            <Show when=move || failed.get()>
                <Button id="again" label=Language::app_retry as Text on_press=move |()| load()/>
            </Show>
            <Show when=move || some.get()><p class="kern-body">{words.text(Language::release_intro)}</p></Show>
            <ul id="releases" class="entries" data-known=move || releases.waiting().is_some().to_string()>{list}</ul>
            <Show when=move || some.get()><All here/></Show>
            <Auto releases/>
            <CompareDialog comparing=here.comparing/>
            <Show when=move || here.ended.get()><Go to="/login"/></Show>
        </Page>
    }
}

#[component]
fn Empty() -> impl IntoView {
    let words = words();
    view! {
        <div class="empty">
            <p class="kern-body">{words.text(Language::release_empty)}</p>
            <p class="kern-body">{words.text(Language::release_empty_todo)}</p>
        </div>
    }
}

/// The one button, and how far it is.
#[component]
fn All(here: Here) -> impl IntoView {
    let (words, releases) = (words(), here.releases);
    let busy = Memo::new(move |_| releases.progress().is_some());
    let press = move |_| {
        if busy.get_untracked() {
            return;
        }
        here.errors.clear();
        spawn_local(async move {
            if let Err(trouble) = releases.release_all().await {
                here.failed(trouble);
            }
        });
    };
    // Where all were refused, the next step stands with each of them.
    let stuck = Memo::new(move |_| releases.is_stuck());
    let class = move || match stuck.get() {
        true => "kern-btn kern-btn--secondary",
        false => "kern-btn kern-btn--primary",
    };
    let label = move || {
        let language = words.get();
        match releases.progress() {
            None if stuck.get() => language.app_retry().to_owned(),
            None => language.release_all(&releases.people().to_string()),
            Some((_, 0)) => language.release_working().to_owned(),
            Some((done, all)) => language.release_progress(&all.to_string(), &done.to_string()),
        }
    };
    view! {
        <Show when=move || releases.more()><p class="kern-body">{words.text(Language::release_more)}</p></Show>
        <div class="actions">
            <button type="button" id="release-all" class=class
                aria-disabled=move || busy.get().then_some("true") on:click=press>
                <span class="kern-label">{label}</span>
            </button>
        </div>
    }
}

/// One person, and all that waits for them.
#[component]
fn One(here: Here, waiting: Vec<Waiting>) -> impl IntoView {
    let (words, releases, keys) = (words(), here.releases, keys());
    let one = waiting[0].clone();
    let email = one.email.clone();
    let mut levels: Vec<Level> = waiting.iter().map(|one| one.level).collect();
    levels.sort_unstable();
    levels.dedup();
    let places: Vec<_> = waiting.iter().map(place).collect();
    let (count, sent) = (waiting.len(), one.sent);
    let coded = waiting.iter().any(|one| one.proof.is_some());
    let mut others: Vec<String> =
        waiting.iter().filter_map(|one| Some(one.in_place_of.as_ref()?.name.clone())).collect();
    others.sort_unstable();
    others.dedup();
    let facts = move || {
        let language = words.get();
        let date = browser::date(language, sent, true);
        let mut facts = match count {
            1 => vec![language.release_waits_one().to_owned(), language.box_at(&date)],
            _ => vec![language.release_waits(&count.to_string()), language.release_since(&date)],
        };
        facts.extend(others.iter().map(|name| language.release_in_place(name)));
        facts.into_iter().map(|fact| view! { <li>{fact}</li> }).collect_view()
    };
    let of = email.clone();
    let look = Memo::new(move |_| releases.look(&of));
    let known = move || {
        let language = words.get();
        match look.get() {
            None => view! { <span>{language.release_locked()}</span> }.into_any(),
            Some(look) => {
                let (kind, icon, text) = standing(look.standing);
                let sentence = match look.standing {
                    Standing::Known(Trust::ServerVouched) => language.release_vouched(),
                    _ => text(language),
                };
                view! { <Icon name=icon/> <span data-standing=kind>{sentence}</span> }.into_any()
            }
        }
    };
    let found = Memo::new(move |_| {
        places.iter().find_map(|place| releases.obstacle(*place).map(|obstacle| (place.0, obstacle)))
    });
    let obstacle = {
        let email = email.clone();
        move || {
            let language = words.get();
            found.get().map(|(_, obstacle)| {
                let (kind, sentence) = match obstacle {
                    Obstacle::Refused(refusal) => (refusal.kind(), refusal.sentence(language, &email)),
                    Obstacle::Again => ("again", language.release_again(&email)),
                };
                view! {
                    <div class="kern-alert kern-alert--danger notice release__refused" role="alert" data-why=kind>
                        <div class="kern-alert__header">
                            <Icon name="danger"/>
                            <p class="kern-body notice__text">{sentence}</p>
                        </div>
                    </div>
                }
            })
        }
    };
    // What was compared or proved needs no words any more, unless the same words stand against it.
    let compare_as = Memo::new(move |_| {
        let standing = look.with(|look| look.as_ref().map(|look| look.standing));
        match found.get() {
            Some((_, Obstacle::Refused(refusal))) => refusal.ends_by_words().then_some(Look::Secondary),
            _ => match standing {
                Some(Standing::Known(Trust::WordsCompared | Trust::Invited) | Standing::Damaged) => None,
                _ => Some(Look::Tertiary),
            },
        }
    });
    let (about, title) = (email.clone(), email.clone());
    let compare = move |()| {
        let person = person(&one);
        here.errors.clear();
        spawn_local(async move {
            match keys.look(vec![person.clone()]).await.map(|mut looks| looks.pop()) {
                Ok(Some(look @ KeyLook { fingerprint: Some(_), .. })) => {
                    let email = person.email.clone();
                    let done = Callback::new(move |()| {
                        let email = email.clone();
                        spawn_local(async move {
                            if let Err(trouble) = here.releases.compared(email).await {
                                here.failed(trouble);
                            }
                        });
                    });
                    here.comparing.set(Some(Comparing { person, look, done }));
                }
                Ok(_) => here.failed(web_model::secupass::KeysFault::KeyDamaged.into()),
                Err(trouble) => here.failed(trouble),
            }
        });
    };
    let button = move || {
        let (about, compare) = (about.clone(), compare.clone());
        compare_as.get().map(|look| {
            view! {
                <Button label=Language::compare_begin as Text look class="compare" about=about
                    on_press=compare/>
            }
        })
    };
    // What can never be released is taken back where it was sent.
    let to_sent = move || {
        let held = found.get().filter(|(_, obstacle)| *obstacle == Obstacle::Refused(Refusal::Held));
        held.map(|(delivery, _)| {
            view! {
                <a class="kern-btn kern-btn--secondary to-sent" href=format!("/sent/{delivery}")>
                    <span class="kern-label">{words.text(Language::sent_status)}</span>
                </a>
            }
        })
    };
    let is_refused = move || found.with(Option::is_some);
    view! {
        <li class="entry release" data-email=email>
            {levels.into_iter().map(|level| view! { <LevelSeal level/> }).collect_view()}
            <div class="entry__text">
                <p class="kern-body entry__title">{title}</p>
                <ul class="kern-body kern-body--small kern-body--muted facts">{facts}</ul>
                // What was refused says by itself how the key stands.
                <Show when=move || !is_refused()>
                    <p class="kern-body kern-body--small strength">{known}</p>
                    <Show when=move || coded><p class="kern-body kern-body--small">{words.text(Language::release_coded)}</p></Show>
                </Show>
                {obstacle}
            </div>
            <div class="entry__actions">{button} {to_sent}</div>
        </li>
    }
}

/// What this browser may do by itself.
#[component]
fn Auto(releases: Releases) -> impl IntoView {
    let words = words();
    view! {
        <div class="kern-form-check choice">
            <input id="auto-release" class="kern-form-check__checkbox" type="checkbox" aria-describedby="auto-release-hint"
                prop:checked=move || releases.is_auto()
                on:change=move |event| releases.set_auto(event_target_checked(&event))/>
            <div>
                <label class="kern-label" for="auto-release">{words.text(Language::release_auto)}</label>
                <p class="kern-hint" id="auto-release-hint">{words.text(Language::release_auto_hint)}</p>
            </div>
        </div>
    }
}
