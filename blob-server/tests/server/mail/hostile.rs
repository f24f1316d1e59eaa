//! Hostile names, notes and addresses: whatever they say, a mail has the headers, the recipient and the links that it should
//! have, as a parser sees them that shares no code with ours.

use blob_api::Language;
use blob_server::mail::{About, Letter};

use super::{about, mailed_to, parsed};
use crate::harness::*;

const LINK: &str = "/r/AAAAAAAAAAAAAAAAAAAAAA#1.x";

/// What people could write to make a mail say something else.
fn attacks() -> Vec<String> {
    let mut attacks: Vec<String> = [
        "Erika\r\nBcc: victim@post.example",
        "Erika\nSubject: other",
        "Erika\rTo: victim@post.example",
        "Erika\r\n\r\n<html>other body",
        "Erika\0Bcc: victim@post.example",
        "Erika\u{85}Bcc: victim@post.example",
        "Erika\u{2028}Bcc: victim@post.example\u{2029}x",
        "=?utf-8?q?Erika=0D=0ABcc:_victim=40post.example?=",
        "=?utf-8?b?RXJpa2ENCkJjYzogdmljdGltQHBvc3QuZXhhbXBsZQ==?=",
        "Erika <victim@post.example>",
        "\"Erika\" <victim@post.example>, other",
        "Erika\\\" <victim@post.example>",
        "</title><script>alert(1)</script><a href=\"https://evil.example/\">here</a>",
        "\"><img src=x onerror=alert(1)>",
        "<https://evil.example/#1.x>",
        "Erika\n<https://evil.example/#1.x>\n",
        "\u{202e}elpmaxe.tsop\u{202c} \u{2066}x\u{2069}\u{200b}\u{feff}",
        "{link} {sender} {email}",
        "&lt;b&gt; &amp; &#x3c;",
        "\n.\r\n.\nQUIT\r\n",
        "--\r\nContent-Type: text/html\r\n\r\n<b>",
        "👩‍👩‍👧 Jörg Müller ﷽",
        " ",
        "",
    ]
    .map(str::to_owned)
    .into();
    attacks.push("x".repeat(65_536));
    attacks.push("ü\r\n".repeat(16_384));
    attacks.push("a b".repeat(20_000));
    attacks
}

fn check(bytes: &[u8], expected: &[&str], to: &str, what: &str) {
    let mail = parsed(bytes);
    let names: Vec<_> = mail.headers().iter().map(|header| header.name.as_str()).collect();
    assert_eq!(names, expected, "{what:?}");
    let addressed = |address: Option<&mail_parser::Address<'_>>| {
        address.map(|all| all.iter().map(|one| one.address().unwrap().to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(addressed(mail.to()).unwrap(), [to], "{what:?}");
    assert_eq!(addressed(mail.from()).unwrap(), ["siegel@localhost"]);
    assert!(bytes.is_ascii() && !bytes.contains(&0), "{what:?}");
    // Every line ends with CR LF, and none is longer than a mail server takes (RFC 5321 §4.5.3.1.6).
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])), "{what:?}");
    let subject = mail.subject().unwrap();
    assert!(subject.chars().count() < 160, "{subject}");
    let turns = |c: char| {
        c.is_control()
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    assert!(!subject.contains(turns), "{subject:?}");
    let body = mail.body_text(0).unwrap().replace("\r\n", "\n");
    assert!(!body.contains(|c: char| c != '\n' && turns(c)), "{what:?}: {body:?}");
    let links: Vec<_> = body.lines().filter(|line| line.starts_with('<') && line.ends_with('>')).collect();
    let html = mail.body_html(0).unwrap();
    for link in &links {
        let link = link.trim_matches(['<', '>']);
        assert!(link.starts_with("http://localhost:"), "{what:?}: {links:?}");
        assert!(html.contains(&format!("<a href=\"{link}\"")), "{what:?}: {html}");
    }
    assert_eq!(html.matches("<a ").count(), 2 * links.len(), "{what:?}: {html}");
    for tag in html.split('<').skip(1) {
        let name = tag.split([' ', '>', '\n']).next().unwrap();
        let ours = ["!doctype", "html", "head", "meta", "title", "body", "p", "a", "blockquote", "br"];
        assert!(ours.contains(&name.trim_start_matches('/')), "{what:?}: <{name}");
    }
    // Boundary and parts: text, then HTML, and nothing else.
    assert_eq!((mail.parts.len(), mail.attachment_count()), (3, 0), "{what:?}");
}

/// The headers of an invitation, in their order.
pub const INVITATION: [&str; 9] = [
    "Date",
    "Message-ID",
    "From",
    "To",
    "Subject",
    "Auto-Submitted",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
];

#[tokio::test]
async fn whatever_people_write_a_mail_stays_what_it_is() {
    let server = Running::start(&[]).await;
    for attack in attacks() {
        let about = About { sender: attack.clone(), note: Some(attack.clone()), ..about() };
        let letters = [
            Letter::Invitation { about: about.clone(), link: LINK.to_owned() },
            Letter::Reminder { about, delivery: None, sent: 0 },
        ];
        for letter in letters {
            let bytes = mailed_to(&server, "rita@post.example", &letter, Language::De).await;
            check(&bytes, &INVITATION, "rita@post.example", &attack);
        }
        let new_login = Letter::NewLogin { agent: attack.clone(), at: 0 };
        let (recipient, delivery) = (attack.clone(), blob_api::DeliveryId([1; 16]));
        let notice = Letter::Collected { recipient, delivery, files: 1, at: 0 };
        for (letter, instead) in [(new_login, None), (notice, Some("List-Unsubscribe"))] {
            let bytes = mailed_to(&server, "rita@post.example", &letter, Language::En).await;
            let headers = INVITATION.into_iter().filter_map(|name| match name {
                "Reply-To" => instead,
                name => Some(name),
            });
            check(&bytes, &headers.collect::<Vec<_>>(), "rita@post.example", &attack);
        }
    }
}

/// Addresses are checked before they come here; this is what happens if that ever fails.
#[tokio::test]
async fn an_address_that_is_none_gets_no_mail() {
    let server = Running::start(&[]).await;
    let evil = [
        "rita@post.example\r\nBcc: victim@post.example",
        "rita@post.example>\r\nRCPT TO:<victim@post.example",
        "rita@post.example, victim@post.example",
        "<rita@post.example>",
        "rita post.example",
        "",
        "@",
    ];
    let letter = Letter::Invitation { about: about(), link: LINK.to_owned() };
    for address in evil {
        server.service.mail(address, Language::De, &letter).await.unwrap();
    }
    let bytes = mailed_to(&server, "rita@post.example", &letter, Language::De).await;
    check(&bytes, &INVITATION, "rita@post.example", "");
    super::eventually(async || {
        server.service.wake_mails();
        server.database().await.next_mail().await.unwrap().is_none().then_some(())
    })
    .await;
    assert_eq!(super::mailbox(&server).len(), 1);
    // As the sender's address it is left out, and the mail goes.
    for address in evil {
        let about = About { sender_email: address.to_owned(), ..about() };
        let letter = Letter::Invitation { about, link: LINK.to_owned() };
        let bytes = mailed_to(&server, "rita@post.example", &letter, Language::De).await;
        let without: Vec<_> = INVITATION.into_iter().filter(|name| *name != "Reply-To").collect();
        check(&bytes, &without, "rita@post.example", address);
    }
}

#[tokio::test]
async fn addresses_of_other_letters_arrive() {
    let server = Running::start(&[]).await;
    let letter = Letter::Invitation { about: about(), link: LINK.to_owned() };
    let bytes = mailed_to(&server, "rita@müller.example", &letter, Language::De).await;
    check(&bytes, &INVITATION, "rita@xn--mller-kva.example", "");
}
