//! Whose a submission is, as far as anybody knows.

use blob_api::SubmissionInfo;
use leptos::prelude::*;
use web_model::protocol::Letter;
use web_model::text::Language;

use super::delete::DeleteSubmission;
use crate::i18n::words;
use crate::pages::delivery::Contents;
use crate::widgets::icon::Icon;

/// What is shown of a submission besides a delivery: whose it is, and what deletes it. Nothing of what came from an account.
pub(crate) fn of_submission(contents: &mut Contents) -> Option<(AnyView, AnyView)> {
    let (about, delivery) = (contents.submission.clone()?, contents.access.delivery);
    let letter = &mut contents.cover.letter;
    // What comes through a box has no subject; its title says what it is about.
    if letter.subject.is_empty() {
        letter.subject.clone_from(&about.title);
    }
    let letter = letter.clone();
    let about = view! { <Submitter about letter/> }.into_any();
    Some((about, view! { <DeleteSubmission delivery/> }.into_any()))
}

/// What the submitter says of themselves, and what vouches for it.
#[component]
fn Submitter(about: SubmissionInfo, letter: Letter) -> impl IntoView {
    let words = words();
    let SubmissionInfo { title, is_addition, deletes, request, .. } = about;
    let Letter { name, reference, .. } = letter;
    let through = move || {
        let language = words.get();
        match (request, is_addition) {
            (true, _) => language.submission_requested(&title),
            (false, true) => language.submission_added(&title),
            (false, false) => language.submission_through(&title),
        }
    };
    let named = (!name.is_empty()).then_some(name);
    let referred = (!reference.is_empty()).then_some(reference);
    view! {
        <div class="part" id="submitter">
            <p class="kern-body" dir="auto">{through}</p>
            <ul class="facts">
                {named.map(|name| view! { <li class="kern-body" id="submitter-named" dir="auto">{move || words.get().submission_name(&name)}</li> })}
                {referred.map(|text| view! { <li class="kern-body" id="submitter-referred" dir="auto">{move || words.get().submission_reference(&text)}</li> })}
            </ul>
            <p class="kern-body strength"><Icon name="info"/><span>{words.text(Language::submission_unverified)}</span></p>
            {deletes.then(|| view! {
                <p class="kern-body strength"><Icon name="warning"/><span>{words.text(Language::submission_deletes)}</span></p>
            })}
        </div>
    }
}
