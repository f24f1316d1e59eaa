//! The development mailbox as a page: for whoever sits at the machine that the server runs on, and only where mails go
//! nowhere else.

use std::sync::Arc;

use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::App;
use super::client::{FromHere, own_host};
use super::error::Failure;
use super::headers::Scriptless;
use crate::mail::{KeptMail, escape};
use crate::service::Error;

/// All mails.
pub(crate) const LIST: &str = "/dev/mailbox";
/// One of them, to be read; with `.eml` at the end as it would travel.
pub(super) const MAIL: &str = "/dev/mailbox/{mail}";

/// To everyone else these pages do not exist: to other machines, to what came through a proxy, and to what was asked for
/// under a name that is not this machine's own, as a foreign page can make a browser do.
pub(super) async fn only_here(
    State(app): State<Arc<App>>,
    Extension(from): Extension<FromHere>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let proxied = ["forwarded", "x-forwarded-for", "x-forwarded-host", "via"];
    let direct = !proxied.iter().any(|name| request.headers().contains_key(*name))
        && app.service.settings.trusted_proxies.0.is_empty();
    let host = own_host(request.uri(), request.headers());
    let here = host.is_some_and(|host| is_this_machine(&host));
    if from.0 && direct && here && app.service.mailbox().is_some() {
        Ok(next.run(request).await)
    } else {
        Err(Failure::NotFound)
    }
}

fn is_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let mailbox = app.service.mailbox().ok_or(Error::NotFound)?;
    let mails = mailbox.list().await.map_err(unreadable)?;
    let rows: String = mails.iter().map(row).collect();
    let body = if mails.is_empty() {
        "<p>No mail yet.</p>\n".to_owned()
    } else {
        format!("<table>\n<tr><th>When</th><th>To</th><th>Subject</th></tr>\n{rows}</table>\n")
    };
    let why = "<p>No mail server is set, so mails stay here, for trying things out. \
               Files of the same are in the folder <code>mailbox</code> of the server’s data.</p>\n";
    Ok(page("Mailbox", &format!("<h1>Mailbox</h1>\n{why}{body}")))
}

pub(super) async fn get(State(app): State<Arc<App>>, Path(name): Path<String>) -> Result<Response, Failure> {
    let mailbox = app.service.mailbox().ok_or(Error::NotFound)?;
    if let Some(name) = name.strip_suffix(".eml") {
        let bytes = mailbox.message(name).await.map_err(unreadable)?.ok_or(Error::NotFound)?;
        let attachment = [
            (header::CONTENT_TYPE, HeaderValue::from_static("message/rfc822")),
            (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
        ];
        return Ok((attachment, bytes).into_response());
    }
    let mail = mailbox.mail(&name).await.map_err(unreadable)?.ok_or(Error::NotFound)?;
    Ok(page(&mail.subject, &view(&mail)))
}

fn row(mail: &KeptMail) -> String {
    let [name, to, subject, date] =
        [&mail.name, &mail.to, &mail.subject, &mail.date].map(|text| escape(text));
    format!("<tr><td>{date}</td><td>{to}</td><td><a href=\"{LIST}/{name}\">{subject}</a></td></tr>\n")
}

fn view(mail: &KeptMail) -> String {
    let [name, to, from, subject, date] =
        [&mail.name, &mail.to, &mail.from, &mail.subject, &mail.date].map(|text| escape(text));
    format!(
        "<p><a href=\"{LIST}\">Mailbox</a></p>\n<h1>{subject}</h1>\n\
         <p>{date}<br>From {from}<br>To {to}</p>\n<hr>\n<pre>{}</pre>\n<hr>\n\
         <p><a href=\"{LIST}/{name}.eml\">The whole mail as a file</a></p>\n",
        linked(&mail.text)
    )
}

/// Plain text, with what stands between `<` and `>` as a link where it is one.
fn linked(text: &str) -> String {
    let mut html = String::new();
    for line in text.lines() {
        let url = line.strip_prefix('<').and_then(|line| line.strip_suffix('>'));
        match url.filter(|url| url.starts_with("http://") || url.starts_with("https://")) {
            Some(url) => {
                let url = escape(url);
                html.push_str(&format!("&lt;<a href=\"{url}\">{url}</a>&gt;"));
            }
            None => html.push_str(&escape(line)),
        }
        html.push('\n');
    }
    html
}

fn page(title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         </head>\n<body>\n{body}</body>\n</html>\n",
        escape(title)
    );
    let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], html)
        .into_response();
    response.extensions_mut().insert(Scriptless);
    response
}

fn unreadable(error: std::io::Error) -> Failure {
    Failure::Service(Error::Store(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_are_links_become_links() {
        let html = linked("a <b>\n<https://x/d/1#2.\"x>\n<javascript:x>\nhttps://x");
        let expected = "a &lt;b&gt;\n&lt;<a href=\"https://x/d/1#2.&quot;x\">https://x/d/1#2.&quot;x</a>&gt;\n\
                        &lt;javascript:x&gt;\nhttps://x\n";
        assert_eq!(html, expected);
    }

    #[test]
    fn names_of_this_machine() {
        for host in ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:8080", "[::1]"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in
            ["", "x.localhost", "siegel.example", "127.0.0.1.evil.example:80", "10.0.0.1", "localhost:8x"]
        {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
