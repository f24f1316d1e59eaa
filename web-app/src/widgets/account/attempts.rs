//! What is done at the server, and done again once the password was typed when the server wants that first.

use std::rc::Rc;

use blob_api::ProblemKind;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::trouble::Trouble;

use crate::session::{Account, account};
use crate::widgets::errors::Errors;

/// What went wrong, and the field that has to change.
pub(crate) type Fault = (Option<&'static str>, Trouble);

/// What is wrong with no field.
pub(crate) fn anywhere(trouble: Trouble) -> Fault {
    (None, trouble)
}

/// What a page or a dialog tries at the server. Its errors stand in one place, and beside them stands a
/// [`super::confirm::ConfirmDialog`].
#[derive(Clone, Copy)]
pub(crate) struct Attempts {
    pub(crate) errors: Errors,
    /// The password is asked for once more, before what waits.
    pub(super) confirming: RwSignal<bool>,
    pub(super) waiting: StoredValue<Option<Rc<dyn Fn()>>, LocalStorage>,
    account: Account,
    /// What happens when nobody is logged in any more; without it the trouble is shown.
    ended: Option<Callback<()>>,
}

impl Attempts {
    pub(crate) fn new(errors: Errors, ended: Option<Callback<()>>) -> Self {
        Self {
            errors,
            confirming: RwSignal::new(false),
            waiting: StoredValue::new_local(None),
            account: account(),
            ended,
        }
    }

    /// Does something at the server, and once more when the server wants the password first.
    pub(crate) fn attempt<Action>(self, busy: RwSignal<bool>, action: Action)
    where
        Action: AsyncFn() -> Result<(), Fault> + Clone + 'static,
    {
        if busy.get_untracked() {
            return;
        }
        self.errors.clear();
        busy.set(true);
        spawn_local(async move {
            let result = action().await;
            busy.set(false);
            match (result, self.ended) {
                (Ok(()), _) => {}
                (Err((_, Trouble::Server(ProblemKind::Unconfirmed, _))), _) => {
                    let again = Rc::new(move || self.attempt(busy, action.clone()));
                    self.waiting.set_value(Some(again));
                    self.confirming.set(true);
                }
                (Err((_, Trouble::LoggedOut)), Some(ended)) => {
                    self.account.ended();
                    ended.run(());
                }
                (Err((Some(field), trouble)), _) => self.errors.at(field, trouble),
                (Err((None, trouble)), _) => self.errors.show(trouble),
            }
        });
    }
}
