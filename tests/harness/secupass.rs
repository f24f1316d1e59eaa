//! What people do with a SecuPass: choose one, unlock and lock.

use anyhow::{Result, ensure};

use crate::{
    browser::Browser,
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
