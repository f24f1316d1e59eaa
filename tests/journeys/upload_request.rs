//! The office asks one address for documents.

use anyhow::{Result, ensure};
use harness::{
    files,
    journey::Journey,
    person::ADMIN,
    secupass::{self, SECUPASS},
};

use crate::submission::{CARL, Counter};

#[tokio::test(flavor = "multi_thread")]
async fn upload_request() -> Result<()> {
    Journey::run("upload_request", async |journey| {
        let counter = Counter::open(journey, true).await?;
        let (anna, carl) = (&counter.anna.browser, &counter.carl.browser);
        // Pictures and nothing else are taken.
        anna.click("#box-edit").await?;
        anna.click("#box-types-all").await?;
        anna.click("#box-types-pictures").await?;
        anna.click("#box-save").await?;
        anna.see("#box-link").await?;
        counter.anna.visit("/requests").await?;
        anna.at("requests").await?;
        anna.click("#request-new").await?;
        anna.fill("#request-email", CARL).await?;
        anna.click("#request-send").await?;
        anna.see_error("request-empty").await?;
        anna.fill("#request-note", "Bitte bis Freitag.").await?;
        anna.fill("#request-items", "Personalausweis\nMietvertrag").await?;
        anna.click("#request-uses option[value='2']").await?;
        let until = anna.text("#request-until").await?;
        anna.click("#request-days option[value='7']").await?;
        ensure!(anna.text("#request-until").await? != until, "no other day than {until}");
        anna.click("#request-send").await?;
        secupass::give(anna, SECUPASS).await?;
        anna.see(".request[data-state=open]").await?;

        let mail = counter.mail(CARL).await?;
        for secret in ["Freitag", "Personalausweis"] {
            ensure!(!mail.raw.contains(secret), "the mail tells {secret}");
        }
        let link = mail.link()?.to_owned();
        ensure!(link.contains("#1q."), "{link}");
        carl.visit(&link).await?;
        carl.at("ticket").await?;
        ensure!(carl.text("#wanted-note").await? == "Bitte bis Freitag.");
        carl.see("#box-key[data-state=named]").await?;
        carl.see("#wanted-due").await?;
        carl.see(".wanted:nth-of-type(2)[data-given='0']").await?;
        let script = files::make(journey.files(), "Ausweis.dwg", 3000)?;
        carl.choose("#wanted-0", std::slice::from_ref(&script)).await?;
        carl.see_error("wrong-type").await?;
        carl.see(".wanted:nth-of-type(1)[data-given='0']").await?;
        let pass = files::make(journey.files(), "IMG_0001.jpg", 30_000)?;
        carl.choose("#wanted-0", std::slice::from_ref(&pass)).await?;
        carl.see(".wanted:nth-of-type(1)[data-given='1']").await?;
        carl.click("#send").await?;
        carl.at("submitted").await?;

        counter.anna.visit("/requests").await?;
        anna.see(".request[data-state=some]").await?;
        anna.click(".request-read").await?;
        secupass::give(anna, SECUPASS).await?;
        anna.see(".request .letter").await?;
        ensure!(anna.text(".request .letter").await?.contains("Mietvertrag"));
        counter.opens(&counter.mail(ADMIN.email).await?).await?;
        ensure!(anna.text("#received").await?.contains("Personalausweis"), "the folder says what it is");

        // Withdrawn before anything came: the link leads nowhere.
        counter.anna.visit("/requests").await?;
        anna.click("#request-new").await?;
        anna.fill("#request-email", "dora@example.net").await?;
        anna.fill("#request-note", "Bitte ein Foto.").await?;
        anna.click("#request-send").await?;
        secupass::give(anna, SECUPASS).await?;
        let link = counter.mail("dora@example.net").await?.link()?.to_owned();
        let withdraw = ".request[data-email='dora@example.net'] .request-withdraw";
        anna.click(withdraw).await?;
        anna.click("#ask-no").await?;
        anna.see(".request[data-email='dora@example.net'][data-state=open]").await?;
        anna.click(withdraw).await?;
        anna.click("#ask-yes").await?;
        anna.see(".request[data-email='dora@example.net'][data-state=withdrawn]").await?;
        carl.visit(&link).await?;
        carl.at("ticket-expired").await
    })
    .await
}
