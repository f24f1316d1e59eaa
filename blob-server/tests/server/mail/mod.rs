//! Mails in the development mailbox: what they say, and what is left of them.

mod crash;
mod hostile;
mod queue;
mod smtp;

use std::path::Path;
use std::time::Duration;

use blob_api::*;
use blob_server::mail::{About, FactorChange, Lacks, Letter};
use mail_parser::{Message, MessageParser};

use crate::harness::*;

/// A link's secret, as no other text has it.
const SECRET: &str = "S3CRETlinkS3CRETlinkS3CRETlinkS3CRETlink1234";

pub fn about() -> About {
    About {
        level: Level::Two,
        sender: "Erika Muster".to_owned(),
        sender_email: "erika@amt.example".to_owned(),
        note: Some("Die Akte & mehr".to_owned()),
        expires: 4_000_000_000,
        password: false,
        answer: false,
        lacks: Lacks::Account,
        code: false,
    }
}

pub fn invitation() -> Letter {
    Letter::Invitation { about: about(), link: format!("/r/AAAAAAAAAAAAAAAAAAAAAA#1.{SECRET}") }
}

/// Asks until there is an answer. Whoever waits here too long gets no answer any more.
pub async fn eventually<T>(mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let asked = async {
        loop {
            if let Some(answer) = probe().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asked).await.expect("it never happened")
}

/// The mails that lie in the development mailbox, the earliest first.
fn mailbox(server: &Running) -> Vec<Vec<u8>> {
    let folder = server.folder.path().join("mailbox");
    if !folder.exists() {
        return Vec::new();
    }
    let mut files: Vec<_> = files_below(&folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "eml"))
        .collect();
    files.sort();
    files.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

async fn mailed(server: &Running, letter: &Letter, language: Language) -> Vec<u8> {
    mailed_to(server, "rita@post.example", letter, language).await
}

/// The mail that comes of this letter.
async fn mailed_to(server: &Running, address: &str, letter: &Letter, language: Language) -> Vec<u8> {
    let before = mailbox(server).len();
    server.clock.advance(1);
    server.service.mail(address, language, letter).await.unwrap();
    let mut mails = eventually(async || Some(mailbox(server)).filter(|mails| mails.len() > before)).await;
    mails.pop().unwrap()
}

pub fn parsed(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).unwrap()
}

/// Every letter that there is.
fn letters() -> Vec<Letter> {
    let at = 1_800_000_000;
    let factor = |change| Letter::SecondFactorChanged { change, at };
    vec![
        invitation(),
        Letter::Invitation {
            about: About { level: Level::One, password: true, answer: true, note: None, ..about() },
            link: "/d/AAAAAAAAAAAAAAAAAAAAAA#1.x".to_owned(),
        },
        with_keys(Lacks::Account, false),
        with_keys(Lacks::Keys, true),
        with_keys(Lacks::Release, false),
        with_keys(Lacks::Nothing, false),
        Letter::Reminder { about: about(), delivery: Some(DeliveryId([7; 16])), sent: at },
        reminder_with_keys(at),
        Letter::Released { about: at_level(Level::Three), delivery: DeliveryId([7; 16]) },
        release_needed(1, false),
        release_needed(3, false),
        release_needed(1, true),
        Letter::ReleaseReminder { people: 1 },
        Letter::ReleaseReminder { people: 12 },
        Letter::DeputyNamed { sender: "Erika Muster".to_owned(), until: at },
        Letter::Code { purpose: Purpose::Register, code: "12345678".to_owned(), minutes: 30 },
        Letter::Code { purpose: Purpose::Reset, code: "87654321".to_owned(), minutes: 30 },
        Letter::HasAccount,
        Letter::PasswordChanged { at },
        Letter::SecuPassChanged { reset: false, at },
        Letter::SecuPassChanged { reset: true, at },
        factor(FactorChange::AppAdded),
        factor(FactorChange::AppRemoved),
        factor(FactorChange::PasskeyAdded),
        factor(FactorChange::PasskeyRemoved),
        factor(FactorChange::RecoveryCodes),
        Letter::RecoveryCodeUsed { at },
        Letter::NewLogin { agent: "Firefox, Linux".to_owned(), at },
        collected(at),
    ]
}

fn at_level(level: Level) -> About {
    About { level, ..about() }
}

fn with_keys(lacks: Lacks, code: bool) -> Letter {
    let about = About { lacks, code, ..at_level(Level::Four) };
    Letter::Invitation { about, link: path::link(Level::Four, DeliveryId([7; 16]), "") }
}

fn reminder_with_keys(at: UnixSeconds) -> Letter {
    Letter::Reminder { about: at_level(Level::Four), delivery: Some(DeliveryId([7; 16])), sent: at }
}

fn release_needed(deliveries: u32, reset: bool) -> Letter {
    Letter::ReleaseNeeded { recipient: "rita@post.example".to_owned(), deliveries, reset, in_place_of: None }
}

fn collected(at: UnixSeconds) -> Letter {
    let recipient = "rita@post.example".to_owned();
    Letter::Collected { recipient, delivery: DeliveryId([7; 16]), files: 2, at }
}

/// At level 2 the server has forgotten the link. What was sent to keys needs no link's secret, so there is one to click.
#[tokio::test]
async fn a_reminder_leads_to_what_keys_open() {
    let server = Running::start(&["--public-url", "https://siegel.example"]).await;
    let path = format!("https://siegel.example/r/{}", DeliveryId([7; 16]));
    let without_keys =
        Letter::Reminder { about: about(), delivery: Some(DeliveryId([7; 16])), sent: 1_800_000_000 };
    for (letter, leads) in [(reminder_with_keys(1_800_000_000), true), (without_keys, false)] {
        let bytes = mailed(&server, &letter, Language::De).await;
        let text = parsed(&bytes).body_text(0).unwrap().into_owned();
        assert_eq!(text.contains(&format!("<{path}>")), leads, "{text}");
        assert_eq!(text.contains("vergisst"), !leads, "{text}");
    }
}

/// Nobody reads of steps that lie behind them.
#[tokio::test]
async fn who_is_sent_something_reads_what_is_left_to_do() {
    let server = Running::start(&[]).await;
    let (account, log_in) = ("Make one on the page", "log in with the address");
    let (choose, own) = ("that you choose on the way", "with your SecuPass");
    let (release, code) = ("Muster releases it for you", "invitation code of seven words");
    for (lacks, has_code, said) in [
        (Lacks::Account, false, &[account, choose, release][..]),
        (Lacks::Account, true, &[account, choose, code]),
        (Lacks::Keys, false, &[log_in, choose, release]),
        (Lacks::Keys, true, &[log_in, choose, code]),
        (Lacks::Release, false, &[log_in, own, release]),
        (Lacks::Nothing, true, &[log_in, own]),
    ] {
        let invitation = with_keys(lacks, has_code);
        let Letter::Invitation { about, .. } = invitation.clone() else { panic!("no invitation") };
        let reminder = Letter::Reminder { about, delivery: Some(DeliveryId([7; 16])), sent: 1_800_000_000 };
        for letter in [invitation, reminder] {
            let bytes = mailed(&server, &letter, Language::En).await;
            let text = parsed(&bytes).body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
            for sentence in [account, log_in, choose, own, release, code] {
                assert_eq!(text.contains(sentence), said.contains(&sentence), "{sentence}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn every_letter_says_all_in_both_forms_and_languages() {
    let flags =
        ["--time-zone", "Europe/Berlin", "--name", "Amt für Übung", "--public-url", "https://siegel.example"];
    let server = Running::start(&flags).await;
    for letter in letters() {
        for language in [Language::De, Language::En] {
            let bytes = mailed(&server, &letter, language).await;
            let mail = parsed(&bytes);
            let text = mail.body_text(0).unwrap().replace("\r\n", "\n");
            let html = mail.body_html(0).unwrap();
            let subject = mail.subject().unwrap();
            // A placeholder that nobody fills, or that is filled with nothing, leaves such traces.
            for trace in ["{", "  ", " .", " ,", "()", "„“", "“”"] {
                let words = text.replace("\n    ", "\n");
                assert!(!subject.contains(trace) && !words.contains(trace), "{trace:?}: {subject} {text}");
            }
            assert!(
                text.lines().all(|line| line.chars().count() <= 76 || line.contains("https://")),
                "{text}"
            );
            // Whatever the text says, the HTML says.
            let shown = html.replace("<br>", " ").replace("&amp;", "&").replace("&quot;", "\"");
            let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
            let said = text.replace("\n> ", "\n").replace("-- \n", "").replace(['<', '>'], " ");
            for paragraph in said.split("\n\n") {
                let words = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
                // A link's label is a button there, without a colon.
                for words in words.split(": ") {
                    assert!(shown.contains(words), "{words:?} is not in {shown}");
                }
            }
            assert!(text.contains("Amt für Übung") && text.contains("https://siegel.example"));
        }
    }
}

#[tokio::test]
async fn a_mail_has_exactly_these_headers() {
    let server = Running::start(&["--mail-from", "siegel@amt.example", "--name", "Amt für Übung"]).await;
    let bytes = mailed(&server, &invitation(), Language::De).await;
    let mail = parsed(&bytes);
    let names: Vec<_> = mail.headers().iter().map(|header| header.name.as_str()).collect();
    assert_eq!(names, hostile::INVITATION);
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("Amt für Übung"), Some("siegel@amt.example")));
    let to: Vec<_> = mail.to().unwrap().iter().map(|to| to.address().unwrap()).collect();
    assert_eq!(to, ["rita@post.example"]);
    assert_eq!(mail.reply_to().unwrap().first().unwrap().address(), Some("erika@amt.example"));
    assert_eq!(mail.subject(), Some("Erika Muster hat Ihnen etwas gesendet"));
    assert_eq!(mail.date().unwrap().to_timestamp(), server.clock.now());
    assert!(mail.message_id().unwrap().ends_with("@amt.example"));
    assert!(bytes.is_ascii());
    let expected =
        format!("<http://localhost:{}/r/AAAAAAAAAAAAAAAAAAAAAA#1.{SECRET}>\n", server.address().port());
    let text = mail.body_text(0).unwrap().replace("\r\n", "\n");
    assert!(text.contains(&expected), "{text}");
    let html = mail.body_html(0).unwrap();
    assert!(html.contains(&format!("#1.{SECRET}\"")), "{html}");
    assert_eq!(mail.html_body_count(), 1);
    assert_eq!(mail.attachment_count(), 0);

    // Notices say where they can be stopped; nobody could answer them.
    let bytes = mailed(&server, &collected(0), Language::En).await;
    let mail = parsed(&bytes);
    let stop = format!("http://localhost:{}/settings", server.address().port());
    let raw = String::from_utf8(bytes.clone()).unwrap();
    assert!(raw.contains(&format!("List-Unsubscribe: <{stop}>\r\n")), "{raw}");
    let text = mail.body_text(0).unwrap();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("turn them off: {stop}")), "{raw}");
    assert!(mail.reply_to().is_none());
}

#[tokio::test]
async fn what_can_be_stopped_is_the_collected_notice_alone() {
    let server = Running::start(&[]).await;
    for letter in letters() {
        let bytes = mailed(&server, &letter, Language::En).await;
        let stops = matches!(letter, Letter::Collected { .. });
        let text = parsed(&bytes).body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(text.contains("If you do not want such notices"), stops, "{text}");
        let raw = String::from_utf8(bytes).unwrap();
        assert_eq!(raw.contains("List-Unsubscribe"), stops, "{raw}");
    }
}

/// Is this text in the database or its write-ahead log?
fn stored(folder: &Path, text: &str) -> bool {
    let files =
        ["siegel.db", "siegel.db-wal"].map(|name| std::fs::read(folder.join(name)).unwrap_or_default());
    files.iter().any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

#[tokio::test]
async fn a_links_secret_is_forgotten_once_it_is_mailed() {
    let server = Running::start(&[]).await;
    let folder = server.folder.path().to_owned();
    // In a folder where no file can be made the mail waits, and its secret with it.
    std::fs::write(folder.join("mailbox"), "in the way").unwrap();
    server.service.mail("rita@post.example", Language::De, &invitation()).await.unwrap();
    eventually(async || {
        (server.database().await.next_mail().await.unwrap() > Some(server.clock.now())).then_some(())
    })
    .await;
    server.service.sweep().await.unwrap();
    assert!(stored(&folder, SECRET), "this test would not see a secret that is there");

    std::fs::remove_file(folder.join("mailbox")).unwrap();
    server.clock.advance(DAY);
    server.service.wake_mails();
    eventually(async || (mailbox(&server).len() == 1).then_some(())).await;
    eventually(async || server.database().await.next_mail().await.unwrap().is_none().then_some(())).await;
    server.service.sweep().await.unwrap();
    assert!(!stored(&folder, SECRET));
    assert!(stored(&folder, "rita@post.example"), "the row is still there, for the sender to see");
    assert!(!LOG.text().contains(SECRET) && !LOG.text().contains("rita@post.example"));

    // A week later nothing of it is left.
    server.clock.advance(8 * DAY);
    assert_eq!(server.service.sweep().await.unwrap().mails, 1);
    server.service.sweep().await.unwrap();
    assert!(!stored(&folder, "rita@post.example"));
}

#[tokio::test]
async fn the_mailbox_is_shown_on_this_machine_alone() {
    let server = Running::start(&[]).await;
    let empty = server.get("/dev/mailbox").await.text().await.unwrap();
    assert!(empty.contains("No mail yet"));
    mailed(&server, &invitation(), Language::De).await;

    let answer = server.get("/dev/mailbox").await;
    let csp = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        csp.starts_with("default-src 'none'") && !csp.contains("script") && !csp.contains("'self'"),
        "{csp}"
    );
    let list = answer.text().await.unwrap();
    let path = list.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
    let view = server.get(path).await.text().await.unwrap();
    let link = view.split("href=\"").find(|rest| rest.contains("/r/")).unwrap().split('"').next().unwrap();
    assert!(link.ends_with(SECRET), "{link}");
    let whole = server.get(&format!("{path}.eml")).await.bytes().await.unwrap();
    assert_eq!(whole, mailbox(&server)[0]);

    for (name, value) in [
        ("host", "siegel.example"),
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("via", "1.1 proxy"),
    ] {
        for path in ["/dev/mailbox", path] {
            let answer =
                server.foreign_call(reqwest::Method::GET, path).header(name, value).send().await.unwrap();
            assert_eq!(answer.status(), 404, "{name}");
        }
    }
    for path in ["/dev/mailbox/..%2Fsiegel.db", "/dev/mailbox/%2e%2e", "/dev/mailbox/x", "/dev/mailbox/x.eml"]
    {
        assert_eq!(server.get(path).await.status(), 404, "{path}");
    }

    let proxied = ["--public-url", "https://siegel.example", "--trusted-proxies", "10.0.0.1"];
    let server = server.restart(&proxied).await;
    let local = server.foreign_call(reqwest::Method::GET, "/dev/mailbox").send().await.unwrap();
    assert_eq!(local.status(), 404);
}
