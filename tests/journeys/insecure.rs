//! Plain http on another name than localhost: browsers give no cryptography there, and the page says so.

use anyhow::{Result, ensure};
use harness::{browser::Look, journey::Journey};

#[tokio::test(flavor = "multi_thread")]
async fn insecure() -> Result<()> {
    Journey::run("insecure", async |journey| {
        let server = journey.server(&[]).await?;
        let hosts = Some("MAP siegel.test 127.0.0.1");
        let browser = journey.browser("anna", Look { hosts, ..Look::ENGLISH }).await?;
        for path in ["/", "/setup", "/d/AAAAAAAAAAAAAAAAAAAAAA#1.secret"] {
            browser.visit(&format!("http://siegel.test:{}{path}", server.port())).await?;
            browser.at("insecure").await?;
            let text = browser.text("main[data-page='insecure']").await?;
            ensure!(text.contains("https"), "the page does not say how to mend it: {text}");
            ensure!(browser.find_all("main input").await?.is_empty(), "the page asks for something");
        }
        Ok(())
    })
    .await
}
