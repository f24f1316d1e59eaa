//! A transfer that takes its time says how fast it is and how long it still takes: on the page, and in the tab's title.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Browser,
    files::{self, PART},
    journey::Journey,
    line::Way,
    person::{Letter, RECIPIENT},
    wait::{LONG, until},
};

use crate::start;

/// Bytes a second that the line carries.
const PACE: u64 = 2 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn speed() -> Result<()> {
    Journey::run("speed", async |journey| {
        let (_server, _proxy, line, anna) = start::admin_on_a_line(journey).await?;
        let files = [
            files::make(journey.files(), "Gutachten.pdf", 6 * PART)?,
            files::make(journey.files(), "Anlage.pdf", 3 * PART)?,
        ];
        anna.compose(&Letter { files: files.to_vec(), ..Letter::default() }).await?;
        line.pace(Way::Up, PACE);
        anna.browser.click("#send").await?;
        says_how_fast(&anna.browser, ".sending .figures", " left").await.context("while sending")?;
        says_how_fast(&anna.browser, "#chosen .file-row__pace", " left").await.context("of a file")?;
        title_counts(&anna.browser, "%").await.context("while sending")?;
        line.pace(Way::Up, 0);
        let link = anna.sent().await?;

        let bert = start::recipient(journey, &line.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        let before = bert.browser.downloads()?;
        line.pace(Way::Down, PACE);
        bert.browser.click("#save-all").await?;
        says_how_fast(&bert.browser, ".files .figures", "noch etwa ").await.context("while receiving")?;
        says_how_fast(&bert.browser, "#received .file-row__pace", "noch etwa ").await.context("of a file")?;
        title_counts(&bert.browser, "\u{a0}%").await.context("while receiving")?;
        line.pace(Way::Down, 0);
        for index in 0..files.len() {
            let row = format!("#received .file-row[data-index='{index}']");
            bert.browser.attribute_becomes(&row, "data-state", &["saved"], LONG).await?;
        }
        until("the title to be the page's again", LONG, async || {
            Ok((!title(&bert.browser).await?.contains('%')).then_some(()))
        })
        .await?;
        ensure!(bert.browser.find("#overall").await?.is_none(), "the bar of all files stays");
        until("both files to be saved", LONG, async || {
            Ok((bert.browser.downloads()?.len() == before.len() + files.len()).then_some(()))
        })
        .await
    })
    .await
}

/// Waits until the text names a time left and the line's speed, give or take a half: the first seconds are faster, for
/// they fill what lies between the page and the line.
async fn says_how_fast(browser: &Browser, selector: &str, left: &str) -> Result<()> {
    let expected = PACE as f64 / f64::from(1 << 20);
    until(format!("{expected} MB/s and a time left in {selector}"), LONG, async || {
        let Some(element) = browser.find(selector).await? else { return Ok(None) };
        let text = element.text().await?;
        let before = text.split_once("MB/s").map_or("", |(before, _)| before);
        let figure = before.split_whitespace().next_back().unwrap_or_default().replace(',', ".");
        let is_the_lines =
            figure.parse::<f64>().is_ok_and(|speed| (speed - expected).abs() <= expected / 2.0);
        Ok((is_the_lines && text.contains(left)).then_some(()))
    })
    .await
}

/// Waits for two different percents at the beginning of the title, the second higher than the first.
async fn title_counts(browser: &Browser, sign: &str) -> Result<()> {
    let percent = async || {
        let title = title(browser).await?;
        let figure = title.split_once(&format!("{sign} · ")).map(|(figure, _)| figure.to_owned());
        anyhow::Ok(figure.and_then(|figure| figure.parse::<u8>().ok()))
    };
    let first = until("a percent in the title", LONG, percent).await?;
    until("a higher percent in the title", LONG, async || Ok(percent().await?.filter(|next| *next > first)))
        .await
        .map(drop)
}

async fn title(browser: &Browser) -> Result<String> {
    Ok(browser.script("return document.title", &[]).await?.as_str().unwrap_or_default().to_owned())
}
