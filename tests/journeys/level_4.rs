//! Level 4: nobody but the recipients reads anything, and nothing in mail or link helps anybody else.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Look,
    files,
    journey::Journey,
    mail::Letterbox,
    person::{ADMIN, Account, Letter, Person},
    proxy::{Answers, Proxy, Record},
    secupass::{self, LEVELS, OTHER, SECUPASS},
};

/// Whoever has an address here is staff, and so may choose a SecuPass in the settings.
pub(crate) const STAFF: (&str, &str) = ("SIEGEL_STAFF_DOMAINS", "amt.example");
/// A colleague.
pub(crate) const KARL: Account =
    Account { name: "Karl Kurz", email: "karl@amt.example", password: "vier Enten auf dem Dach" };

const SUBJECT: &str = "Ihr Gutachten";
const MESSAGE: &str = "Guten Tag Herr Kurz,\n\nanbei das Gutachten.";
const FILE: &str = "Gutachten.pdf";
const ANSWER: &str = "Danke, es ist angekommen.";

/// Makes an account with a SecuPass; ends on the page “settings”, unlocked.
pub(crate) async fn join(
    person: &Person,
    mails: &Letterbox,
    account: &Account,
    secupass: &str,
) -> Result<()> {
    person.visit("/settings").await?;
    person.browser.at("login").await?;
    person.register(mails, account).await?;
    person.browser.at("settings").await?;
    secupass::choose(&person.browser, secupass).await.map(drop)
}

/// The sender stores what was remembered, and only then sends; the file is there before.
fn in_order(seen: &Record) -> Result<()> {
    let place = |method: &str, ending: &str| {
        let all = seen.all();
        let found = all.iter().position(|seen| seen.method == method && seen.target.ends_with(ending));
        found.with_context(|| format!("no {method} of …{ending}"))
    };
    let order = [
        place("POST", "/api/cards")?,
        place("POST", "/api/deliveries")?,
        place("PUT", "/parts/0")?,
        place("PUT", "/sealed")?,
        place("PUT", "/api/account/vault")?,
        place("POST", "/send")?,
    ];
    ensure!(order.is_sorted(), "{order:?}");
    Ok(())
}

/// To somebody who has keys.
#[tokio::test(flavor = "multi_thread")]
async fn level_4() -> Result<()> {
    Journey::run("level_4", async |journey| {
        let server = journey.server(&[LEVELS, STAFF]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let karl = Person::new(journey.browser("karl", Look::GERMAN).await?, server.origin());
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, proxy.origin());
        anna.set_up(&server, &ADMIN).await?;
        join(&karl, server.mailbox(), &KARL, OTHER).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;

        anna.visit("/new").await?;
        let file = files::make(journey.files(), FILE, 300_000)?;
        let letter = Letter {
            subject: SUBJECT,
            message: MESSAGE,
            files: vec![file],
            level: Some(4),
            to: &[KARL.email],
            ..Letter::default()
        };
        anna.compose(&letter).await?;
        ensure!(anna.browser.find("#use-password").await?.is_none(), "level 4 offers a password");
        // As far as the server knows; with open keys it is known better.
        anna.browser.see(".chip__readiness[data-readiness=ready]").await?;
        anna.send_unlocking(SECUPASS).await?;
        ensure!(anna.browser.find("#link").await?.is_none(), "there is an open link");
        ensure!(anna.browser.find(".invitation-code").await?.is_none(), "a code for who needs none");
        ensure!(anna.browser.find("#to-release").await?.is_none(), "nothing is left to release");

        in_order(proxy.seen())?;
        ensure!(proxy.seen().with("PUT", "/cover").is_empty(), "level 4 has a cover");
        let sent = proxy.seen().with("POST", "/send").pop().context("nothing was sent")?;
        let sent: serde_json::Value = serde_json::from_slice(&sent.body())?;
        ensure!(sent["own_grant"].is_string() && sent["recipients"][0]["grant"]["grant"].is_string());
        ensure!(sent["recipients"][0]["link"].is_null(), "level 4 has links with secrets");
        ensure!(sent["recipients"][0]["mail"] == "", "a secret is to be mailed");

        let mail = server.mailbox().wait_for_mail(KARL.email).await?;
        let link = mail.link()?;
        ensure!(!link.contains('#') && link.contains("/r/"), "{link}");
        for secret in [SUBJECT, FILE, "anbei"] {
            ensure!(!mail.raw.contains(secret), "the mail tells {secret}");
        }

        // From now on the key is known: another one would be noticed. Nothing is locked on the way from page to page.
        anna.browser.click(".place[href='/inbox']").await?;
        anna.browser.at("inbox").await?;
        anna.browser.click(".place[href='/new']").await?;
        anna.compose(&letter).await?;
        anna.browser.see(".chip__readiness[data-readiness=pinned]").await?;
        // Nor while it is being sent, however long that takes.
        let (press, part) = (async || anna.browser.click("#send").await, Answers::Part);
        proxy
            .while_holding(part, press, async || {
                let later = "const now = Date.now.bind(Date); Date.now = () => now() + 16 * 60000";
                anna.browser.script(later, &[]).await?;
                anna.browser.rest_pointer().await?;
                ensure!(
                    anna.browser.find("#keys-lock").await?.is_some(),
                    "the keys were locked while sending"
                );
                // By hand they are locked even so.
                anna.browser.click("#keys-lock").await?;
                anna.browser.see("#keys-unlock").await.map(drop)
            })
            .await?;
        // Asked for once more. Whoever closes the question loses nothing that was uploaded, and is asked again.
        anna.browser.see("#unlock-dialog[open]").await?;
        // By now the part that was held has come to its end.
        let parts = proxy.seen().parts().len();
        anna.browser.click("#unlock-close").await?;
        anna.browser.see_error("secupass-locked").await?;
        ensure!(server.mailbox().next(KARL.email).await?.is_none(), "something was sent without keys");
        anna.send_unlocking(SECUPASS).await?;
        ensure!(proxy.seen().parts().len() == parts, "the file was uploaded again");
        let mail = server.mailbox().wait_for_mail(KARL.email).await?;
        karl.open_granted(mail.link()?, OTHER).await?;
        ensure!(files::sha256(&karl.save(0).await?)? == files::sha256(&letter.files[0])?);

        // An answer comes back at the same level.
        karl.open_granted(link, OTHER).await?;
        ensure!(karl.browser.text("#subject-shown").await? == SUBJECT);
        karl.browser.click("#answer").await?;
        karl.browser.see("#answer-to").await?;
        karl.compose(&Letter { message: ANSWER, ..Letter::default() }).await?;
        karl.send_by_mail().await?;
        let mail = server.mailbox().wait_for_mail(ADMIN.email).await?;
        ensure!(!mail.link()?.contains('#') && !mail.raw.contains(ANSWER), "{}", mail.text);
        anna.visit("/inbox").await?;
        anna.browser.click("#received-list a").await?;
        anna.browser.at("inbox-delivery").await?;
        anna.browser.see("#granted-state[data-state=ready]").await?;
        anna.browser.click("#open").await?;
        secupass::give(&anna.browser, SECUPASS).await?;
        anna.browser.at("delivery").await?;
        // Whoever was sent to is known already.
        anna.browser.see("#sender-trust[data-trust=pinned]").await?;
        ensure!(anna.browser.text("#message-shown").await? == ANSWER);
        Ok(())
    })
    .await
}
