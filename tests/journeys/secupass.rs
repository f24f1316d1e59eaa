//! The SecuPass: chosen, unlocked, locked by hand, by idling and by leaving, and changed from one browser to the other.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::{Browser, Look},
    journey::Journey,
    person::{ADMIN, Person},
    secupass::{
        LEVELS, OTHER, SECUPASS, choose, give, is_refused, is_refused_when_locked, recovery_code, type_new,
        unlock,
    },
    wait::{SOON, until},
};

use crate::start;

/// All that the browser keeps for this origin and a page can reach.
async fn storage(browser: &Browser) -> Result<String> {
    let script = "const databases = await indexedDB.databases(); \
        const all = []; \
        for (const { name } of databases) { \
            const database = await new Promise((done, failed) => { const asked = indexedDB.open(name); \
                asked.onsuccess = () => done(asked.result); asked.onerror = failed; }); \
            for (const store of database.objectStoreNames) { \
                const values = await new Promise((done, failed) => { \
                    const asked = database.transaction(store).objectStore(store).getAll(); \
                    asked.onsuccess = () => done(asked.result); asked.onerror = failed; }); \
                all.push(name + store + values.map(value => value instanceof Uint8Array ? String.fromCharCode(...value) : String(value)).join(' ')); \
            } \
            database.close(); \
        } \
        return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, all])";
    Ok(browser.script_async(script, &[]).await?.as_str().context("a text")?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn secupass() -> Result<()> {
    Journey::run("secupass", async |journey| {
        let (_server, anna) = start::admin(journey, &[LEVELS]).await?;
        let browser = &anna.browser;

        // The red badge leads to the settings, where one is chosen.
        browser.click("#keys-missing").await?;
        browser.at("settings").await?;
        browser.see("#secupass-state[data-state=missing]").await?;
        browser.click("#secupass-begin").await?;
        type_new(browser, "kurz", "kurz").await?;
        browser.click("#secupass-create").await?;
        browser.see_error("secupass-too-short").await?;
        // Long, and yet among what is tried first; the reason is told while it is typed, and again where it is refused.
        for (weak, reason) in [
            ("passwort12345678", "Many people choose this"),
            ("sommer2024sommer2024", "again and again"),
            ("qwertzuiopasdf", "next to each other"),
            (ADMIN.email, "what others know about you"),
            ("Anna Grün 2026", "what others know about you"),
        ] {
            type_new(browser, weak, weak).await?;
            until("the reason", SOON, async || {
                Ok(browser.text("#secupass-strength").await?.contains(reason).then_some(()))
            })
            .await
            .context(weak)?;
            browser.see(".scale[data-rating=weak]").await.context(weak)?;
            browser.click("#secupass-create").await?;
            let refused = browser.see_error("secupass-too-easy").await.context(weak)?;
            ensure!(refused.text.contains(reason), "{weak}: {}", refused.text);
        }
        type_new(browser, ADMIN.password, ADMIN.password).await?;
        browser.click("#secupass-create").await?;
        browser.see_error("secupass-is-login").await?;
        browser.click("#secupass-propose").await?;
        until("six words, in clear", SOON, async || {
            let six = browser.value("#secupass").await?.split(' ').count() == 6;
            Ok((six && browser.attribute("#secupass", "type").await?.as_deref() == Some("text"))
                .then_some(()))
        })
        .await?;
        browser.see("button[aria-controls=secupass][aria-pressed=true]").await?;
        browser.see("#secupass-strength .kern-icon--success").await?;
        browser.click("#secupass-create").await?;
        browser.see_error("secupass-differs").await?;
        type_new(browser, SECUPASS, SECUPASS).await?;
        browser.click("#secupass-create").await?;

        // The recovery code is shown once, and typed from paper.
        let code = recovery_code(browser).await?;
        let words: Vec<_> = code.split(' ').collect();
        let printed = browser.printed().await?;
        ensure!(words.iter().all(|word| printed.contains(word)), "{printed}");
        ensure!(
            !printed.contains("On this page") && !printed.contains("Profile"),
            "more is printed: {printed}"
        );
        browser.click("#recovery-next").await?;
        let mut swapped = words.clone();
        swapped.swap(0, 11);
        for (typed, error) in [
            (words[..11].join(" "), "code-count"),
            (format!("{} qqqqq", words[..11].join(" ")), "code-word"),
            (swapped.join(" "), "code-mistyped"),
        ] {
            browser.fill("#recovery-code", &typed).await?;
            browser.click("#recovery-finish").await?;
            browser.see_error(error).await?;
        }
        ensure!(browser.find("#recovery-sheet").await?.is_none(), "the code is still shown");
        browser.click("#recovery-back").await?;
        ensure!(recovery_code(browser).await? == code, "another code");
        browser.click("#recovery-next").await?;
        browser.fill("#recovery-code", &code.to_uppercase()).await?;
        browser.click("#recovery-finish").await?;
        browser.see("#secupass-state[data-state=unlocked]").await?;
        browser.see("#keys-lock").await?;

        // Locked by hand, by a reload, and by doing nothing.
        is_refused_when_locked(browser, ADMIN.password).await?;
        browser.see("#secupass-state[data-state=locked]").await?;
        is_refused(browser, &SECUPASS.to_lowercase()).await?;
        unlock(browser, SECUPASS).await?;
        browser.see("#secupass-state[data-state=unlocked]").await?;
        browser.reload().await?;
        browser.see("#secupass-state[data-state=locked]").await?;
        browser.click("#secupass-unlock").await?;
        give(browser, SECUPASS).await?;
        browser.see("#secupass-state[data-state=unlocked]").await?;
        // The same keys go from page to page.
        browser.click(".place[href='/inbox']").await?;
        browser.at("inbox").await?;
        browser.see("#keys-lock").await?;

        // Whoever logs out leaves nothing behind.
        anna.log_out().await?;
        let kept = storage(browser).await?;
        for secret in [SECUPASS, words[0], words[11]] {
            ensure!(!kept.contains(secret), "kept: {kept}");
        }
        anna.log_in(&ADMIN).await?;
        browser.see("#keys-unlock").await.map(drop)
    })
    .await
}

/// Nobody is there any more: the keys are locked, and what was going on waits for the SecuPass.
#[tokio::test(flavor = "multi_thread")]
async fn idle_lock() -> Result<()> {
    Journey::run("idle_lock", async |journey| {
        let (_server, anna) = start::admin(journey, &[LEVELS]).await?;
        let browser = &anna.browser;
        anna.visit("/settings").await?;
        choose(browser, SECUPASS).await?;
        let later = "const now = Date.now.bind(Date); Date.now = () => now() + arguments[0] * 60000";
        browser.script(later, &[14.into()]).await?;
        browser.click("#own-words-show").await?;
        browser.see("#own-words-shown").await.context("after 14 minutes")?;
        browser.script(later, &[14.into()]).await?;
        browser.click(".place[href='/inbox']").await?;
        browser.at("inbox").await?;
        browser.see("#keys-lock").await.context("14 minutes after a sign of life")?;
        browser.script(later, &[16.into()]).await?;
        browser.see("#keys-unlock").await.context("after 16 minutes without a sign of life")?;

        // A night with the lid closed. What is wanted then waits for the SecuPass.
        unlock(browser, SECUPASS).await?;
        browser.click(".place[href='/settings']").await?;
        browser.see("#own-words-show").await?;
        browser.script(later, &[600.into()]).await?;
        browser.see("#keys-unlock").await?;
        browser.click("#own-words-show").await?;
        give(browser, SECUPASS).await?;
        browser.see("#own-words-shown").await.map(drop)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn secupass_change() -> Result<()> {
    Journey::run("secupass_change", async |journey| {
        let (server, anna) = start::admin(journey, &[LEVELS]).await?;
        let browser = &anna.browser;
        anna.visit("/settings").await?;
        let code = choose(browser, SECUPASS).await?;
        let laptop = Person::new(journey.browser("laptop", Look::ENGLISH).await?, server.origin());
        laptop.log_in(&ADMIN).await?;
        unlock(&laptop.browser, SECUPASS).await?;

        browser.click("#secupass-change").await?;
        browser.fill("#secupass-old", OTHER).await?;
        type_new(browser, SECUPASS, SECUPASS).await?;
        browser.click("#secupass-save").await?;
        browser.see_error("secupass-wrong").await?;
        browser.fill("#secupass-old", SECUPASS).await?;
        browser.click("#secupass-save").await?;
        browser.see_error("secupass-same").await?;
        type_new(browser, OTHER, OTHER).await?;
        browser.click("#secupass-save").await?;
        anna.confirm(ADMIN.password).await?;
        browser.see("#secupass-change").await?;
        browser.see("#secupass-state[data-state=unlocked]").await?;

        // The other browser finds the new lock, and the old SecuPass opens nothing.
        laptop.visit("/inbox").await?;
        is_refused(&laptop.browser, SECUPASS).await?;
        unlock(&laptop.browser, OTHER).await?;

        // Forgotten: the words on paper stand in, in either browser.
        laptop.visit("/settings").await?;
        laptop.browser.click("#keys-unlock").await?;
        laptop.browser.click("#unlock-forgotten").await?;
        laptop.browser.fill("#recovery-code", &code).await?;
        type_new(&laptop.browser, SECUPASS, SECUPASS).await?;
        laptop.browser.click("#secupass-save").await?;
        laptop.confirm(ADMIN.password).await?;
        laptop.browser.see("#secupass-change").await?;
        anna.visit("/inbox").await?;
        is_refused(browser, OTHER).await?;
        unlock(browser, SECUPASS).await?;

        // Where the code is typed is also where a login on the way there ends.
        anna.log_out().await?;
        anna.visit("/settings?forgotten").await?;
        browser.at("login").await?;
        anna.give_login(&ADMIN).await?;
        browser.see("#recovery-code").await.map(drop)
    })
    .await
}
