//! Buttons. Each says with a verb what happens next; a page has at most one primary button.

use leptos::prelude::*;

use crate::i18n::{Text, words};
use crate::widgets::icon::Icon;

/// How a button looks.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Look {
    /// The one next step.
    Primary,
    /// Another step.
    #[default]
    Secondary,
    /// A way out or aside.
    Tertiary,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "kern-btn kern-btn--primary",
            Self::Secondary => "kern-btn kern-btn--secondary",
            Self::Tertiary => "kern-btn kern-btn--tertiary",
        }
    }
}

/// A button. Without `on_press` it submits its form.
#[component]
pub(crate) fn Button(
    /// What it says.
    #[prop(into)]
    label: ButtonLabel,
    #[prop(optional)] look: Look,
    #[prop(optional)] id: Option<&'static str>,
    #[prop(optional, into)] icon: MaybeProp<&'static str>,
    /// What a screen reader adds when the label alone does not tell which of several buttons this is.
    #[prop(optional, into)]
    about: Option<String>,
    /// Marks the button for style sheet and tests.
    #[prop(optional)]
    class: &'static str,
    /// Is it busy with what was asked? Then further presses do nothing.
    #[prop(optional, into)]
    busy: Signal<bool>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
) -> impl IntoView {
    let words = words();
    let kind = if on_press.is_some() { "button" } else { "submit" };
    let text = move || (label.0.get())(words.get());
    let press = move |event: leptos::ev::MouseEvent| match on_press {
        _ if busy.get_untracked() => event.prevent_default(),
        Some(on_press) => on_press.run(()),
        None => {}
    };
    view! {
        <button
            type=kind
            id=id
            class=format!("{} {class}", look.class())
            aria-label=move || about.as_ref().map(|about| format!("{}: {about}", text()))
            aria-disabled=move || busy.get().then_some("true")
            on:click=press
        >
            {move || icon.get().map(|name| view! { <Icon name/> })}
            <span class="kern-label">{text}</span>
        </button>
    }
}

/// A label that is always the same or follows a signal.
#[derive(Clone, Copy)]
pub(crate) struct ButtonLabel(Signal<Text>);

impl From<Text> for ButtonLabel {
    fn from(text: Text) -> Self {
        Self(Signal::stored(text))
    }
}
impl From<Signal<Text>> for ButtonLabel {
    fn from(text: Signal<Text>) -> Self {
        Self(text)
    }
}
