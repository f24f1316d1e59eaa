//! What people do with a SecuPass: choose one, unlock and lock; send, wait and open with it; get other keys, and compare words.

use anyhow::{Result, ensure};

use crate::{
    browser::Browser,
    person::{Account, Person},
    wait::{SOON, until},
};

/// Who may use all levels.
pub const LEVELS: (&str, &str) = ("SIEGEL_STAFF_LEVELS", "1,2,3,4");
/// A good one.
pub const SECUPASS: &str = "Übersee kocht, mein Hut singt laut";
/// Another good one.
pub const OTHER: &str = "Zebras zählen jeden Abend Münzen";

/// Types a SecuPass where it is asked for, and presses the button.
///
/// # Errors
/// When a step fails.
pub async fn give(browser: &Browser, secupass: &str) -> Result<()> {
    browser.see("#unlock-dialog[open]").await?;
    browser.fill("#unlock-secupass", secupass).await?;
    browser.click("#unlock").await
}

/// Unlocks by the button in the header.
///
/// # Errors
/// When a step fails.
pub async fn unlock(browser: &Browser, secupass: &str) -> Result<()> {
    browser.click("#keys-unlock").await?;
    give(browser, secupass).await?;
    browser.see("#keys-lock").await.map(drop)
}

/// Tries a SecuPass that opens nothing.
///
/// # Errors
/// When a step fails.
pub async fn is_refused(browser: &Browser, secupass: &str) -> Result<()> {
    browser.click("#keys-unlock").await?;
    give(browser, secupass).await?;
    browser.see("#unlock-secupass-error").await?;
    browser.click("#unlock-close").await?;
    until("the dialog to close", SOON, async || {
        Ok(browser.find("#unlock-dialog").await?.is_none().then_some(()))
    })
    .await?;
    browser.see("#keys-unlock").await.map(drop)
}

/// Locks, and tries a SecuPass that opens nothing.
///
/// # Errors
/// When a step fails.
pub async fn is_refused_when_locked(browser: &Browser, secupass: &str) -> Result<()> {
    browser.click("#keys-lock").await?;
    is_refused(browser, secupass).await
}

/// Types a new SecuPass and repeats it.
///
/// # Errors
/// When a field is not there.
pub async fn type_new(browser: &Browser, secupass: &str, again: &str) -> Result<()> {
    browser.fill("#secupass", secupass).await?;
    browser.fill("#secupass-again", again).await
}

/// The words of the recovery code, as they are shown.
///
/// # Errors
/// When they are not there.
pub async fn recovery_code(browser: &Browser) -> Result<String> {
    browser.see("#recovery-sheet").await?;
    let mut words = Vec::new();
    for word in browser.find_all("#recovery-sheet code").await? {
        words.push(word.text().await?);
    }
    ensure!(words.len() == 12, "{} words", words.len());
    Ok(words.join(" "))
}

/// Chooses a SecuPass on the page “settings”; returns the recovery code.
///
/// # Errors
/// When a step fails.
pub async fn choose(browser: &Browser, secupass: &str) -> Result<String> {
    browser.click("#secupass-begin").await?;
    let code = create(browser, secupass).await?;
    browser.see("#secupass-state[data-state=unlocked]").await?;
    Ok(code)
}

/// Takes the steps that choose a SecuPass, wherever the product asks for one; returns the recovery code.
///
/// # Errors
/// When a step fails.
pub async fn create(browser: &Browser, secupass: &str) -> Result<String> {
    type_new(browser, secupass, secupass).await?;
    browser.click("#secupass-create").await?;
    let code = recovery_code(browser).await?;
    browser.click("#recovery-next").await?;
    browser.fill("#recovery-code", &code).await?;
    browser.click("#recovery-finish").await?;
    Ok(code)
}

impl Person {
    /// Sends what was composed at level 3 or 4, with locked keys.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn send_unlocking(&self, secupass: &str) -> Result<()> {
        self.browser.click("#send").await?;
        give(&self.browser, secupass).await?;
        self.is_sent().await
    }

    /// Chooses a SecuPass where a delivery asks for one, which then waits for its release.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn choose_to_open(&self, secupass: &str) -> Result<()> {
        self.browser.see("#granted-state[data-state=needs-keys]").await?;
        self.browser.click("#choose-secupass").await?;
        self.browser.see("#setup-dialog[open]").await?;
        create(&self.browser, secupass).await?;
        self.browser.see("#granted-state[data-state=needs-release]").await.map(drop)
    }

    /// Opens what was granted, with locked keys, by the link of the mail that says so.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn open_granted(&self, link: &str, secupass: &str) -> Result<()> {
        self.browser.visit(link).await?;
        self.browser.see("#granted-state[data-state=ready]").await?;
        self.browser.click("#open").await?;
        give(&self.browser, secupass).await?;
        self.browser.at("delivery").await
    }

    /// Gets other keys on the page “settings”, which the old ones sign, and another SecuPass.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn renew_keys(&self, account: &Account, old: &str, new: &str) -> Result<()> {
        self.browser.click("#keys-rotate").await?;
        self.browser.fill("#secupass-old", old).await?;
        create(&self.browser, new).await?;
        self.have_keys(account).await
    }

    /// Begins anew on the page “settings”, with keys that nobody knows; returns the recovery code.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn begin_anew(&self, account: &Account, secupass: &str) -> Result<String> {
        self.browser.click("#keys-reset").await?;
        self.browser.see("#reset-warning").await?;
        self.browser.fill("#reset-email", "falsch@test.example").await?;
        self.browser.click("#secupass-create").await?;
        self.browser.see("#reset-email-error").await?;
        self.browser.fill("#reset-email", account.email).await?;
        let code = create(&self.browser, secupass).await?;
        self.have_keys(account).await?;
        Ok(code)
    }

    /// Waits until the new keys are stored; gives the password, unless it was given just before.
    async fn have_keys(&self, account: &Account) -> Result<()> {
        let asked = until("the keys, or a question for the password", SOON, async || {
            let asked = self.browser.find("#confirm-password").await?.is_some();
            Ok((asked || self.browser.find("#recovery-code").await?.is_none()).then_some(asked))
        })
        .await?;
        if asked {
            self.confirm(account.password).await?;
        }
        self.browser.see("#keys-reset").await?;
        self.browser.see("#secupass-state[data-state=unlocked]").await.map(drop)
    }

    /// The words of one's own key in both languages, and its digits, on the page “settings” with open keys.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn own_words(&self) -> Result<Vec<String>> {
        self.browser.click("#own-words-show").await?;
        self.browser.see("#own-words-shown").await?;
        words_in(&self.browser, "#own-words").await
    }

    /// Looks at the words of somebody's key in the open dialog, and says that they are the same when they are those.
    ///
    /// # Errors
    /// When they are others, or a step fails.
    pub async fn compare(&self, theirs: &[String]) -> Result<()> {
        self.browser.see("#compare-dialog[open]").await?;
        let shown = words_in(&self.browser, "#compare-dialog").await?;
        ensure!(shown == theirs && shown.len() == 3, "{shown:?} are not {theirs:?}");
        self.browser.click("#compare-same").await
    }
}

/// The words of a key in both languages, and its digits.
async fn words_in(browser: &Browser, place: &str) -> Result<Vec<String>> {
    let script = "return [...document.querySelectorAll(arguments[0] + ' .other-words dd')].map(one => one.textContent)";
    Ok(serde_json::from_value(browser.script(script, &[place.into()]).await?)?)
}
