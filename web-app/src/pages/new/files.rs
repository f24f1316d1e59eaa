//! The chosen files: adding, removing, and their list.

use leptos::prelude::*;
use web_model::draft::{self, Chosen};
use web_model::obstacle::Obstacle;
use web_model::text::Language;
use web_model::transfer::{State, Transfer};
use web_model::tree::{Leaf, Tree, is_within, name_of};
use web_model::unfinished::{Again, again};

use super::composer::Composer;
use crate::browser;
use crate::i18n::{Text, words};
use crate::reading::{Found, Incoming};
use crate::widgets::button::{Button, Look};
use crate::widgets::file_row::{FileRow, Way};
use crate::widgets::file_tree::{FileTree, Listing};

/// A chosen file: what is known of it, and the browser's handle to its bytes.
#[derive(Clone)]
pub(in crate::pages) struct Pick {
    /// Tells two picks apart in the list; later picks have greater keys.
    key: u32,
    pub(in crate::pages) chosen: Chosen,
    /// `None` for a file that was begun before this page was opened and was not chosen again.
    pub(in crate::pages) file: Option<web_sys::File>,
    /// Is all of it at the server since before this page was opened?
    pub(in crate::pages) arrived: bool,
}

impl Pick {
    /// A file of a delivery that goes on.
    pub(in crate::pages) fn begun(key: u32, chosen: Chosen, arrived: bool) -> Self {
        Self { key, chosen, file: None, arrived }
    }

    /// Must it be chosen again before anything can be sent?
    pub(in crate::pages) fn is_missing(&self) -> bool {
        self.file.is_none() && !self.arrived
    }
}

impl Composer {
    /// Adds what came from picker, drop or clipboard, and tells what is not welcome.
    pub(in crate::pages) fn add(self, incoming: Incoming) {
        if self.is_sending() {
            return;
        }
        let Incoming { files, litter, unreadable, folder } = incoming;
        let nothing = folder && files.is_empty() && unreadable.is_empty();
        let files = self.rejoin(files);
        let added: Vec<Chosen> = files.iter().map(|found| found.chosen.clone()).collect();
        let (fresh, twice) = draft::fresh(&self.chosen(), &added);
        self.errors.clear();
        if folder {
            self.left_out.set(litter);
        }
        if !fresh.is_empty() {
            self.status.say(self.words.now().new_added(&self.words.now().files(fresh.len())));
            self.picks.update(|picks| {
                let next = picks.last().map_or(0, |pick| pick.key + 1);
                let picked = |(key, place): (u32, usize)| Pick {
                    key,
                    chosen: added[place].clone(),
                    file: Some(files[place].file.clone()),
                    arrived: false,
                };
                picks.extend((next..).zip(fresh).map(picked));
            });
            self.rest();
        }
        if nothing {
            self.errors.show(Obstacle::EmptyFolder.into());
        } else if let Err(fault) = draft::check_files(&self.chosen(), &self.limits) {
            self.errors.show(Obstacle::Draft(fault).into());
        } else if !unreadable.is_empty() {
            self.errors.show(Obstacle::NotRead(unreadable).into());
        } else if !twice.is_empty() {
            self.errors.show(Obstacle::Twice(twice).into());
        }
    }

    /// The same, without files that the box does not accept: `types` are their extensions, or none when all are welcome.
    pub(in crate::pages) fn add_welcome(self, mut incoming: Incoming, types: &[String]) {
        let is_welcome = |name: &str| {
            let extension = name.rsplit_once('.').map(|(_, extension)| extension);
            types.is_empty()
                || extension.is_some_and(|own| types.iter().any(|kind| kind.eq_ignore_ascii_case(own)))
        };
        let (welcome, others) = incoming.files.into_iter().partition(|found| is_welcome(&found.chosen.name));
        incoming.files = welcome;
        let others: Vec<Found> = others;
        self.add(incoming);
        if !others.is_empty() {
            let names = others.into_iter().map(|found| found.chosen.name).collect();
            self.errors.show(Obstacle::WrongType(names, types.to_vec()).into());
        }
    }

    /// Takes back the files that were begun before this page was opened, and returns the others. One that has changed since
    /// takes the place of the one that was begun.
    fn rejoin(self, files: Vec<Found>) -> Vec<Found> {
        let chosen: Vec<Chosen> = files.iter().map(|found| found.chosen.clone()).collect();
        let mut files: Vec<Option<Found>> = files.into_iter().map(Some).collect();
        let mut changed = Vec::new();
        self.picks.update(|picks| {
            let begun = picks.iter().map(|pick| pick.file.is_none().then_some(&pick.chosen));
            for (place, again) in again(begun, &chosen).into_iter().rev() {
                match again {
                    Again::Same(added) if picks[place].arrived => drop(files[added].take()),
                    Again::Same(added) => picks[place].file = files[added].take().map(|found| found.file),
                    Again::Changed => changed.push(picks.remove(place).chosen.name),
                }
            }
        });
        if let Some(name) = changed.pop() {
            self.changed.set(Some(name));
        }
        self.rest();
        files.into_iter().flatten().collect()
    }

    /// Shows how far the files are while nothing is sent: nothing of new ones, and what is missing of those begun.
    pub(in crate::pages) fn rest(self) {
        let transfer = self.picks.with_untracked(|picks| {
            let mut transfer = Transfer::new(picks.iter().map(|pick| pick.chosen.size));
            for (file, pick) in transfer.files.iter_mut().zip(picks) {
                if pick.file.is_none() {
                    file.state = if pick.arrived { State::Done } else { State::Missing };
                }
            }
            let any_begun = picks.iter().any(|pick| pick.file.is_none());
            if any_begun { transfer } else { Transfer::default() }
        });
        self.transfer.set(transfer);
    }

    pub(in crate::pages) fn chosen(self) -> Vec<Chosen> {
        self.picks.with_untracked(|picks| picks.iter().map(|pick| pick.chosen.clone()).collect())
    }

    fn remove(self, name: &str, is_gone: impl Fn(&Pick) -> bool) {
        self.errors.clear();
        self.picks.update(|picks| picks.retain(|pick| !is_gone(pick)));
        self.rest();
        self.status.say(self.words.now().new_removed(name));
        // The button that had the focus is gone.
        browser::focus("files");
    }
}

/// The list, with the sum below. Empty lists are not shown.
#[component]
pub(in crate::pages) fn ChosenFiles(composer: Composer) -> impl IntoView {
    let words = words();
    let tree = Memo::new(move |_| {
        composer.picks.with(|picks| {
            Tree::new(picks.iter().map(|Pick { key, chosen, .. }| Leaf {
                key: *key,
                folder: &chosen.folder,
                name: &chosen.name,
                bytes: chosen.size,
            }))
        })
    });
    let count = Memo::new(move |_| tree.with(|tree| tree.below("").len()));
    let sum = move || {
        let language = words.get();
        language.new_sum(&language.files(count.get()), &language.size(tree.with(|tree| tree.bytes(""))))
    };
    let left_out = move || {
        let language = words.get();
        language.new_left_out(&language.files(composer.left_out.get()))
    };
    let listing = Listing {
        tree: tree.into(),
        transfer: composer.transfer,
        way: Way::Out,
        file: Callback::new(move |key| view! { <ChosenRow composer key/> }.into_any()),
        actions: Callback::new(move |path| view! { <RemoveFolder composer path/> }.into_any()),
    };
    let label = Signal::derive(move || words.get().new_chosen().to_owned());
    view! {
        <FileTree id="chosen" label listing/>
        <Show when=move || { count.get() > 0 }>
            <p class="kern-body kern-body--small kern-body--muted" id="chosen-sum">{sum}</p>
        </Show>
        <Show when=move || { count.get() > 0 && composer.left_out.get() > 0 && !composer.is_sending() }>
            <p class="kern-body kern-body--small kern-body--muted" id="left-out">{left_out}</p>
        </Show>
    }
}

#[component]
fn ChosenRow(composer: Composer, key: u32) -> impl IntoView {
    let find = move |picks: &Vec<Pick>| picks.binary_search_by_key(&key, |pick| pick.key).ok();
    let chosen = composer.picks.with_untracked(|picks| find(picks).map(|place| picks[place].chosen.clone()));
    let Chosen { name, size, .. } = chosen.unwrap_or_default();
    let place = Memo::new(move |_| composer.picks.with(find));
    let progress = Memo::new(move |_| {
        composer
            .transfer
            .with(|transfer| place.get().and_then(|place| transfer.files.get(place).copied()))
            .unwrap_or_default()
    });
    let pace = Memo::new(move |_| {
        place.get().filter(|_| !composer.paused.get()).and_then(|place| composer.speed.file(place))
    });
    let moving = Memo::new(move |_| composer.transfer.with(|transfer| !transfer.files.is_empty()));
    let about = StoredValue::new(name.clone());
    let remove = move |()| about.with_value(|name| composer.remove(name, |pick| pick.key == key));
    view! {
        <FileRow name size way=Way::Out progress pace moving>
            <Show when=move || !composer.is_sending()>
                <Button class="file-remove" label=Language::app_remove as Text about=about.get_value() look=Look::Tertiary icon="delete"
                    on_press=remove/>
            </Show>
        </FileRow>
    }
}

#[component]
fn RemoveFolder(composer: Composer, path: String) -> impl IntoView {
    let path = StoredValue::new(path);
    let name = move || path.with_value(|path| name_of(path).to_owned());
    let remove = move |()| {
        path.with_value(|path| composer.remove(name_of(path), |pick| is_within(&pick.chosen.folder, path)));
    };
    view! {
        <Show when=move || !composer.is_sending()>
            <Button class="file-remove" label=Language::app_remove as Text about=name() look=Look::Tertiary icon="delete"
                on_press=remove/>
        </Show>
    }
}
