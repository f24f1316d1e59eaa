//! The chosen files: adding, removing, and their list.

use leptos::prelude::*;
use web_model::draft::{self, Chosen};
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::composer::Composer;
use crate::browser;
use crate::i18n::{Text, words};
use crate::widgets::button::{Button, Look};
use crate::widgets::dropzone::Incoming;
use crate::widgets::file_row::{FileRow, Way};

/// A chosen file: what is known of it, and the browser's handle to its bytes.
#[derive(Clone)]
pub(super) struct Pick {
    /// Tells two picks apart in the list.
    key: u32,
    pub(super) chosen: Chosen,
    pub(super) file: web_sys::File,
}

/// What the browser tells about a file.
fn describe(file: &web_sys::File) -> Chosen {
    // Sizes and times are whole numbers below 2^53, which a double holds exactly.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let (size, modified) = (file.size() as u64, file.last_modified() as i64);
    Chosen { folder: String::new(), name: file.name(), size, modified }
}

impl Composer {
    /// Adds what came from picker, drop or clipboard, and tells what is not welcome.
    pub(super) fn add(self, incoming: Incoming) {
        if self.is_sending() {
            return;
        }
        let added: Vec<Chosen> = incoming.files.iter().map(describe).collect();
        let have: Vec<Chosen> =
            self.picks.with_untracked(|picks| picks.iter().map(|pick| pick.chosen.clone()).collect());
        let (fresh, twice) = draft::fresh(&have, &added);
        self.errors.clear();
        if !fresh.is_empty() {
            self.status.say(self.words.now().new_added(&self.words.now().files(fresh.len())));
            self.picks.update(|picks| {
                let next = picks.last().map_or(0, |pick| pick.key + 1);
                for (key, place) in (next..).zip(fresh) {
                    picks.push(Pick {
                        key,
                        chosen: added[place].clone(),
                        file: incoming.files[place].clone(),
                    });
                }
            });
            self.transfer.set(web_model::transfer::Transfer::default());
        }
        self.tell(twice, incoming.folder);
    }

    fn tell(self, twice: Vec<String>, folder: bool) {
        let chosen: Vec<Chosen> =
            self.picks.with_untracked(|picks| picks.iter().map(|pick| pick.chosen.clone()).collect());
        if folder {
            self.errors.show(Trouble::Folder);
        } else if let Err(fault) = draft::check_files(&chosen, &self.limits) {
            self.errors.show(Trouble::Draft(fault));
        } else if !twice.is_empty() {
            self.errors.show(Trouble::Twice(twice));
        }
    }

    fn remove(self, key: u32) {
        self.errors.clear();
        self.transfer.set(web_model::transfer::Transfer::default());
        self.picks.update(|picks| {
            if let Some(place) = picks.iter().position(|pick| pick.key == key) {
                let gone = picks.remove(place);
                self.status.say(self.words.now().new_removed(&gone.chosen.name));
            }
        });
        // The button that had the focus is gone.
        browser::focus("files");
    }
}

/// The list, with the sum below. Empty lists are not shown.
#[component]
pub(super) fn ChosenFiles(composer: Composer) -> impl IntoView {
    let words = words();
    let sum = move || {
        let (count, bytes) = composer.picks.with(|picks| {
            (picks.len(), picks.iter().fold(0_u64, |sum, pick| sum.saturating_add(pick.chosen.size)))
        });
        let language = words.get();
        language.new_sum(&language.files(count), &language.size(bytes))
    };
    let any = Memo::new(move |_| composer.picks.with(|picks| !picks.is_empty()));
    view! {
        <ul id="chosen" class="file-list" aria-label=words.text(Language::new_chosen) hidden=move || !any.get()>
            <For each=move || composer.picks.get() key=|pick| pick.key let:pick>
                <ChosenRow composer pick/>
            </For>
        </ul>
        <Show when=move || any.get()>
            <p class="kern-body kern-body--small kern-body--muted" id="chosen-sum">{sum}</p>
        </Show>
    }
}

#[component]
fn ChosenRow(composer: Composer, pick: Pick) -> impl IntoView {
    let key = pick.key;
    let place = move || composer.picks.with(|picks| picks.iter().position(|pick| pick.key == key));
    let progress = Signal::derive(move || {
        let place = place().unwrap_or_default();
        composer.transfer.with(|transfer| transfer.files.get(place).copied().unwrap_or_default())
    });
    let moving = Signal::derive(move || composer.transfer.with(|transfer| !transfer.files.is_empty()));
    let Chosen { name, size, .. } = pick.chosen;
    let about = StoredValue::new(name.clone());
    view! {
        <FileRow name size way=Way::Out progress moving>
            <Show when=move || !composer.is_sending()>
                <Button class="file-remove" label=Language::app_remove as Text about=about.get_value() look=Look::Tertiary icon="delete"
                    on_press=move |()| composer.remove(key)/>
            </Show>
        </FileRow>
    }
}
