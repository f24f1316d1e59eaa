//! A second factor: the authenticator app, a passkey, and a recovery code for the day when both are out of reach.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Browser,
    journey::Journey,
    person::{ADMIN, Letter, Person},
    wait::{SOON, until},
};
use serde_json::json;

use crate::{sessions::end_session, start};

/// What an authenticator app shows (RFC 6238), this many steps of half a minute from now.
pub(crate) async fn code_of_app(browser: &Browser, secret: &str, later: u32) -> Result<String> {
    let app = "const [secret, later] = args; \
        const bits = [...secret].map(c => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join(''); \
        const bytes = Uint8Array.from(bits.match(/.{8}/g), byte => parseInt(byte, 2)); \
        const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']); \
        const step = new DataView(new ArrayBuffer(8)); \
        step.setBigUint64(0, BigInt(Math.floor(Date.now() / 30000) + later)); \
        const mac = new DataView(await crypto.subtle.sign('HMAC', key, step)); \
        return String((mac.getUint32(mac.getUint8(19) & 15) & 0x7fffffff) % 1000000).padStart(6, '0')";
    let code = browser.script_async(app, &[secret.into(), later.into()]).await?;
    Ok(code.as_str().context("a code is a text")?.to_owned())
}

/// A device on which passkeys live, and whose owner agrees to all. It belongs to the page that is shown, and to those that
/// clicks lead to from there.
pub(crate) async fn add_device(browser: &Browser) -> Result<()> {
    browser.devtools("WebAuthn.enable", json!({})).await?;
    let options = json!({
        "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": true,
        "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true,
    });
    browser.devtools("WebAuthn.addVirtualAuthenticator", json!({ "options": options })).await.map(drop)
}

/// Sets up the authenticator app on the page “settings”; returns its secret and the recovery codes.
pub(crate) async fn set_up_app(person: &Person, password: &str) -> Result<(String, Vec<String>)> {
    let browser = &person.browser;
    browser.click("#totp-begin").await?;
    person.confirm(password).await?;
    let secret = browser.text("#totp-secret").await?.replace(' ', "");
    browser.fill("#totp-code", &code_of_app(browser, &secret, 0).await?).await?;
    browser.click("#totp-confirm").await?;
    Ok((secret, recovery_codes(browser).await?))
}

/// The recovery codes that the page shows this once; then it is told that they are kept.
async fn recovery_codes(browser: &Browser) -> Result<Vec<String>> {
    browser.see("#fresh-codes").await?;
    let mut codes = Vec::new();
    for code in browser.find_all("#fresh-codes code").await? {
        codes.push(code.text().await?);
    }
    ensure!(codes.len() >= 8, "{} codes", codes.len());
    browser.click("#codes-done").await?;
    until("the codes to go", SOON, async || Ok(browser.find("#fresh-codes").await?.is_none().then_some(())))
        .await?;
    Ok(codes)
}

#[tokio::test(flavor = "multi_thread")]
async fn second_factor() -> Result<()> {
    Journey::run("second_factor", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let browser = &anna.browser;
        anna.visit("/settings").await?;
        let (secret, codes) = set_up_app(&anna, ADMIN.password).await?;
        browser.see("#totp-remove").await?;

        // The password alone lets nobody in.
        anna.log_out().await?;
        anna.give_login(&ADMIN).await?;
        browser.see("#second-code").await?;
        browser.click("#second-submit").await?;
        browser.see_error("code").await?;
        browser.fill("#second-code", "000000").await?;
        browser.click("#second-submit").await?;
        browser.see_error("wrong-code").await?;
        anna.visit("/new").await?;
        browser.at("login").await.context("with the password alone")?;
        anna.give_login(&ADMIN).await?;
        // What the app shows next: what it shows now was used a moment ago, and works once.
        browser.fill("#second-code", &code_of_app(browser, &secret, 1).await?).await?;
        browser.click("#second-submit").await?;
        browser.at("new").await?;

        // The session ends while a delivery is written; the second step is asked for over it, and a recovery code does.
        anna.compose(&Letter { message: "Das bleibt hier stehen.", ..Letter::default() }).await?;
        end_session(&anna).await?;
        browser.click("#send").await?;
        anna.give_login(&ADMIN).await?;
        browser.click("#second-recover").await?;
        browser.fill("#second-recovery", &codes[0]).await?;
        browser.click("#recovery-submit").await?;
        browser.see_no_error().await?;
        anna.sent().await?;

        // It worked once.
        anna.visit("/settings").await?;
        ensure!(
            browser.text("#codes-left").await?.contains(&(codes.len() - 1).to_string()),
            "a code was not used up"
        );
        anna.log_out().await?;
        anna.give_login(&ADMIN).await?;
        browser.click("#second-recover").await?;
        browser.fill("#second-recovery", &codes[0]).await?;
        browser.click("#recovery-submit").await?;
        browser.see_error("wrong-code").await?;
        browser.fill("#second-recovery", &codes[1]).await?;
        browser.click("#recovery-submit").await?;
        browser.at("new").await?;

        // New codes take the place of the old ones, and without the app nothing more is asked for.
        anna.visit("/settings").await?;
        browser.click("#codes-renew").await?;
        anna.confirm(ADMIN.password).await?;
        let renewed = recovery_codes(browser).await?;
        ensure!(!renewed.contains(&codes[2]), "an old code among the new ones");
        browser.click("#totp-remove").await?;
        browser.see("#totp-begin").await?;
        anna.log_out().await?;
        anna.log_in(&ADMIN).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn second_factor_passkey() -> Result<()> {
    Journey::run("second_factor_passkey", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let browser = &anna.browser;
        browser.click(".place[href='/settings']").await?;
        browser.at("settings").await?;
        add_device(browser).await?;
        browser.fill("#passkey-name", "Dienst-Laptop").await?;
        browser.click("#passkey-add").await?;
        anna.confirm(ADMIN.password).await?;
        let codes = recovery_codes(browser).await?;
        ensure!(browser.text("#passkeys .entry__title").await? == "Dienst-Laptop", "another name");
        // One device needs no second one.
        browser.fill("#passkey-name", "Noch einmal").await?;
        browser.click("#passkey-add").await?;
        browser.see_error("passkey-known").await?;

        anna.log_out().await?;
        anna.give_login(&ADMIN).await?;
        browser.see("#second-passkey").await?;
        ensure!(browser.find("#second-code").await?.is_none(), "an app is asked for that there is not");
        browser.click("#second-passkey").await?;
        browser.at("new").await?;

        // A device that does not agree lets nobody in; the recovery code does.
        anna.log_out().await?;
        browser.devtools("WebAuthn.disable", json!({})).await?;
        anna.give_login(&ADMIN).await?;
        browser.click("#second-recover").await?;
        browser.fill("#second-recovery", &codes[0]).await?;
        browser.click("#recovery-submit").await?;
        browser.at("new").await?;
        browser.click(".place[href='/settings']").await?;
        browser.click("#passkeys .remove").await?;
        anna.confirm(ADMIN.password).await?;
        until("no passkey", SOON, async || {
            Ok(browser.find("#passkeys .entry").await?.is_none().then_some(()))
        })
        .await?;
        anna.log_out().await?;
        anna.log_in(&ADMIN).await
    })
    .await
}
