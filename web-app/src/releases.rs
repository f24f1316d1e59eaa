//! Who waits for the grants of who is logged in: asked of the server now and then, and released at a click or by itself.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use blob_api::{DeliveryId, ProblemKind, RecipientId, Waiting};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::{ForRecipient, Look, MemberAnswer, Person, Refusal, ReleaseJob};
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::app::{Server, server};
use crate::i18n::{Words, words};
use crate::keys::{Keys, State, keys};
use crate::session::{Account, account};
use crate::widgets::progress::Status;
use crate::{api, browser};

/// Between two questions, while the page is seen and somebody is there.
const PERIOD: Duration = Duration::from_secs(60);
/// How often a grant is made anew because the recipient has another card by then.
const TRIES: u32 = 3;
/// Most people who are named one by one as those to whom something was released.
const NAMED: usize = 5;
/// Where this browser keeps that it may release by itself, for each account. The server has no say in it.
const AUTO: &str = "siegel-release-";

/// Whose deliveries are released.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// What the account has sent. In another's place nothing is released without a click.
    Own,
    /// Also those of whom the account is a deputy.
    All,
}

/// A recipient of a delivery.
pub(crate) type Place = (DeliveryId, RecipientId);

/// Why somebody still waits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// Nothing was granted to the key that the server shows.
    Refused(Refusal),
    /// The server has the grant, or did not take it, and asks again.
    Again,
}

/// Who waits, and what became of them.
#[derive(Clone, Copy)]
pub(crate) struct Releases {
    /// `None` until the server was asked.
    waiting: RwSignal<Option<Vec<Waiting>>>,
    /// There are more than those.
    more: RwSignal<bool>,
    /// As many pages of them are asked for as were needed to find somebody who was not refused.
    pages: StoredValue<usize>,
    /// Of those who were tried and still wait.
    obstacles: RwSignal<HashMap<Place, Obstacle>>,
    /// How their keys stand, while our own are open.
    looks: RwSignal<HashMap<String, Look>>,
    /// Grants that the server has since the button was pressed, of all that are known to be under way.
    progress: RwSignal<Option<(usize, usize)>>,
    auto: RwSignal<bool>,
    /// To whom something was released just now.
    done: RwSignal<Vec<String>>,
    /// Its settings, which are not known yet when this is made.
    server: Server,
    status: Status,
    keys: Keys,
    account: Account,
    words: Words,
}

/// Who waits for grants.
pub(crate) fn releases() -> Releases {
    expect_context()
}

impl Releases {
    /// Makes them known to all pages, and asks the server from time to time.
    pub(crate) fn provide() {
        let releases = Self {
            waiting: RwSignal::new(None),
            more: RwSignal::new(false),
            pages: StoredValue::new(1),
            obstacles: RwSignal::new(HashMap::new()),
            looks: RwSignal::new(HashMap::new()),
            progress: RwSignal::new(None),
            auto: RwSignal::new(false),
            done: RwSignal::new(Vec::new()),
            server: server(),
            status: Status::new(),
            keys: keys(),
            account: account(),
            words: words(),
        };
        provide_context(releases);
        let ask = move || {
            // A page that nobody sees or nobody is at does not keep the session alive.
            if !document().hidden() && !releases.keys.is_idle() {
                spawn_local(releases.refresh());
            }
        };
        let focused = window_event_listener_untyped("focus", move |_| ask());
        on_cleanup(move || focused.remove());
        if let Ok(timer) = set_interval_with_handle(ask, PERIOD) {
            on_cleanup(move || timer.clear());
        }
        let has_keys = Memo::new(move |_| releases.account.has_keys());
        let unlocked = Memo::new(move |_| releases.keys.state() == State::Unlocked);
        Effect::new(move || {
            releases.auto.set(has_keys.get() && browser::remembered(&releases.auto_key()).is_some());
            releases.waiting.set(None);
            if has_keys.get() {
                ask();
            }
        });
        Effect::new(move || {
            releases.looks.update(HashMap::clear);
            if unlocked.get() {
                spawn_local(releases.refresh());
            }
        });
    }

    /// Who waits; `None` while that is not known.
    pub(crate) fn waiting(self) -> Option<Vec<Waiting>> {
        self.waiting.get()
    }

    /// How many people wait, as far as it is known.
    pub(crate) fn people(self) -> usize {
        self.waiting.with(|waiting| waiting.as_deref().map_or(0, |waiting| by_person(waiting).len()))
    }

    /// Are there more than the server tells of at a time?
    pub(crate) fn more(self) -> bool {
        self.more.get()
    }

    /// How somebody's key stands, when ours are open.
    pub(crate) fn look(self, email: &str) -> Option<Look> {
        self.looks.with(|looks| looks.get(email).cloned())
    }

    /// Why somebody still waits, when that was tried.
    pub(crate) fn obstacle(self, place: Place) -> Option<Obstacle> {
        self.obstacles.with(|obstacles| obstacles.get(&place).copied())
    }

    /// Was everything refused that waits?
    pub(crate) fn is_stuck(self) -> bool {
        self.obstacles.with(|obstacles| {
            let stuck =
                |waiting: &Vec<Waiting>| waiting.iter().all(|one| obstacles.contains_key(&place(one)));
            !obstacles.is_empty() && self.waiting.with(|waiting| waiting.as_ref().is_some_and(stuck))
        })
    }

    /// Grants that the server has since the button was pressed, of all that are known to be under way.
    pub(crate) fn progress(self) -> Option<(usize, usize)> {
        self.progress.get()
    }

    /// What was done, for screen readers on all pages.
    pub(crate) fn status(self) -> Status {
        self.status
    }

    /// To whom something was released just now, for all to see.
    pub(crate) fn done_sentence(self, language: Language) -> Option<String> {
        self.done.with(|done| match done.len() {
            0 => None,
            1..=NAMED => Some(language.release_done(&done.join(", "))),
            many => Some(language.release_done_many(&many.to_string())),
        })
    }

    /// Their words were compared: what stood against their key stands no more.
    pub(crate) async fn compared(self, email: String) -> Result<(), Trouble> {
        let theirs: Vec<Place> = self.waiting.with_untracked(|waiting| {
            waiting.iter().flatten().filter(|one| one.email == email).map(place).collect()
        });
        self.obstacles.update(|obstacles| obstacles.retain(|place, _| !theirs.contains(place)));
        self.look_at_all().await
    }

    /// Is released by itself what can be?
    pub(crate) fn is_auto(self) -> bool {
        self.auto.get()
    }

    /// From now on, in this browser, for this account.
    pub(crate) fn set_auto(self, auto: bool) {
        let key = self.auto_key();
        if auto {
            browser::remember(&key, "1")
        } else {
            browser::forget(&key)
        }
        self.auto.set(auto);
        if auto {
            spawn_local(self.refresh());
        }
    }

    fn auto_key(self) -> String {
        let account =
            untrack(|| self.account.seen(|session| session.map(|session| session.account.to_string())));
        format!("{AUTO}{}", account.unwrap_or_default())
    }

    /// Asks the server, and releases by itself what can be, if that is allowed. What fails is asked again later.
    async fn refresh(self) {
        if untrack(|| !self.account.has_keys() || self.progress.get().is_some()) {
            return;
        }
        if self.load().await.is_err() || untrack(|| self.keys.state() != State::Unlocked) {
            return;
        }
        // Locking meanwhile is no failure.
        let _ = self.look_at_all().await;
        if self.auto.get_untracked() && !self.untried(Whose::Own).is_empty() {
            let _ = self.release(Whose::Own).await;
        }
    }

    /// Asks the server who waits.
    pub(crate) async fn load(self) -> Result<(), Trouble> {
        let mut told = api::releases(None).await?;
        for _ in 1..self.pages.get_value() {
            let Some(last) = told.waiting.last().filter(|_| told.more) else { break };
            let next = api::releases(Some(place(last))).await?;
            told.waiting.extend(next.waiting);
            told.more = next.more;
        }
        self.more.set(told.more);
        let there: Vec<Place> = told.waiting.iter().map(place).collect();
        self.obstacles.update(|obstacles| obstacles.retain(|place, _| there.contains(place)));
        self.waiting.set(Some(told.waiting));
        Ok(())
    }

    /// Asks for those behind all who were refused. False when there are none.
    async fn load_more(self) -> Result<bool, Trouble> {
        if !self.more.get_untracked() {
            return Ok(false);
        }
        self.pages.update_value(|pages| *pages += 1);
        self.load().await.map(|()| true)
    }

    /// Looks how the keys stand of those who wait.
    async fn look_at_all(self) -> Result<(), Trouble> {
        let people = self.waiting.with_untracked(|waiting| {
            let people = by_person(waiting.as_deref().unwrap_or_default());
            people.into_iter().map(|of_one| person(of_one[0])).collect::<Vec<_>>()
        });
        if people.is_empty() {
            return Ok(());
        }
        let looks = self.keys.look(people).await?;
        self.looks.set(looks.into_iter().map(|look| (look.email.clone(), look)).collect());
        Ok(())
    }

    /// Those who wait and were not refused yet.
    fn untried(self, whose: Whose) -> Vec<Waiting> {
        let obstacles = self.obstacles.get_untracked();
        self.waiting.with_untracked(|waiting| {
            let wanted = |one: &&Waiting| {
                !obstacles.contains_key(&place(one)) && (whose == Whose::All || one.in_place_of.is_none())
            };
            waiting.iter().flatten().filter(wanted).cloned().collect()
        })
    }

    /// Releases all who wait, with one unlock.
    pub(crate) async fn release_all(self) -> Result<(), Trouble> {
        self.obstacles.update(HashMap::clear);
        self.done.set(Vec::new());
        self.release(Whose::All).await
    }

    async fn release(self, whose: Whose) -> Result<(), Trouble> {
        if self.progress.with_untracked(Option::is_some) {
            return Ok(());
        }
        self.progress.set(Some((0, 0)));
        let result = self.in_rounds(whose).await;
        self.progress.set(None);
        // What is left is told with the reason; how their keys stand may have changed.
        if untrack(|| self.keys.state() == State::Unlocked) {
            let _ = self.look_at_all().await;
        }
        result
    }

    async fn in_rounds(self, whose: Whose) -> Result<(), Trouble> {
        let mut run = Run::default();
        let result = loop {
            let waiting = self.untried(whose);
            if waiting.is_empty() {
                match self.load_more().await {
                    Ok(true) => continue,
                    Ok(false) => break Ok(()),
                    Err(trouble) => break Err(trouble),
                }
            }
            if let Err(trouble) = self.round(waiting, &mut run).await {
                break Err(trouble);
            }
            // There may be more of them, or one whose key is another by now.
            if let Err(trouble) = self.load().await {
                break Err(trouble);
            }
            self.give_up(&run);
        };
        self.done.set(run.done.into_iter().collect());
        if let Some(sentence) = self.done_sentence(self.words.now()) {
            self.status.say(sentence);
        }
        result
    }

    /// Has all of these granted, remembers their keys, and only then hands the grants over one by one.
    async fn round(self, waiting: Vec<Waiting>, run: &mut Run) -> Result<(), Trouble> {
        let now = browser::since_1970();
        let needs_proof = self.server.now().is_none_or(|server| server.level_4_needs_proof);
        let job = |keys| ReleaseJob { keys, waiting: waiting.clone(), needs_proof, now }.into();
        let (_, MemberAnswer::Released(released)) = self.keys.remembering(job).await? else {
            return Err(Trouble::Internal);
        };
        self.obstacles.update(|obstacles| {
            for refused in released.refused {
                obstacles.insert((refused.delivery, refused.recipient), Obstacle::Refused(refused.why));
            }
        });
        let all = run.given + released.grants.len();
        for ForRecipient { delivery, recipient, give } in released.grants {
            self.progress.set(Some((run.given, all)));
            let one = (delivery, recipient);
            match api::release(&delivery, &recipient, &give).await {
                Ok(()) => {
                    let email = waiting.iter().find(|other| place(other) == one);
                    run.done.extend(email.map(|one| one.email.clone()));
                    run.given += 1;
                    *run.tries.entry(one).or_default() += TRIES;
                }
                // Another card by now, which comes with the next round; ended, or taken back, and so it comes no more.
                Err(Trouble::Server(
                    ProblemKind::Conflict | ProblemKind::NotFound | ProblemKind::Expired,
                    _,
                )) => *run.tries.entry(one).or_default() += 1,
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(())
    }

    /// What comes again and again is told, and not tried for ever.
    fn give_up(self, run: &Run) {
        let again: Vec<Place> = self.untried(Whose::All).iter().map(place).collect();
        self.obstacles.update(|obstacles| {
            for place in
                again.into_iter().filter(|place| run.tries.get(place).is_some_and(|tries| *tries >= TRIES))
            {
                obstacles.insert(place, Obstacle::Again);
            }
        });
    }
}

/// What has come of one release so far.
#[derive(Default)]
struct Run {
    done: BTreeSet<String>,
    /// Grants that the server has.
    given: usize,
    tries: HashMap<Place, u32>,
}

/// Names a recipient of a delivery.
pub(crate) fn place(one: &Waiting) -> Place {
    (one.delivery, one.recipient)
}

/// Whose key is looked at.
pub(crate) fn person(one: &Waiting) -> Person {
    Person { email: one.email.clone(), cards: one.cards.clone() }
}

/// The same by person, who waits longest first.
pub(crate) fn by_person(waiting: &[Waiting]) -> Vec<Vec<&Waiting>> {
    let mut people: Vec<Vec<&Waiting>> = Vec::new();
    for one in waiting {
        match people.iter_mut().find(|of_one| of_one[0].email == one.email) {
            Some(of_one) => of_one.push(one),
            None => people.push(vec![one]),
        }
    }
    people
}
