//! What the server says of its API, held against the server: schemathesis asks whatever the description allows, and what
//! it does not.

use std::process::Stdio;

use blob_api::*;
use reqwest::Method;
use tokio::process::Command;

use crate::boxes::{BOX, Ticket, box_settings, create_request, submit_by_link};
use crate::harness::*;
use crate::keys::keys;
use crate::recipients::{Addressed, to_recipients};

/// No answer that the description does not have, and none that only a broken server gives.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection,unsupported_method,\
    allow_header_conformance,missing_required_header";
/// With them the session would be over, and nothing else could be asked.
const LEFT_OUT: [&str; 2] = ["DELETE /api/session", "DELETE /api/account/sessions"];
/// Requests for each operation, beside those that follow from the description without chance.
const EXAMPLES: &str = "8";

#[tokio::test]
async fn openapi_is_public_and_complete() {
    let server = Running::start(&[]).await;
    let response = server.get(path::OPENAPI).await;
    assert_eq!(response.headers()["content-type"], "application/json");
    let said: serde_json::Value = response.json().await.unwrap();
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    assert_eq!(
        said,
        serde_json::from_str::<serde_json::Value>(&std::fs::read_to_string(kept).unwrap()).unwrap()
    );
}

/// What the description allows at most is taken, and one more is not. (schemathesis tries no lists and texts of such length.)
#[tokio::test]
async fn openapi_bounds_are_those_of_the_server() {
    let (server, admin) = Running::with_admin(&["--max-days", "3650"]).await;
    let said: serde_json::Value = server.get(path::OPENAPI).await.json().await.unwrap();
    let bound = |of: &str| {
        let found = said["components"]["schemas"].pointer(of).and_then(serde_json::Value::as_u64);
        usize::try_from(found.unwrap_or_else(|| panic!("no bound {of}"))).unwrap()
    };
    let answer = async |request: reqwest::RequestBuilder| request.send().await.unwrap().status().as_u16();

    let name = async |chars| {
        let change = ChangeAccount { name: Some("ä".repeat(chars)), ..ChangeAccount::default() };
        answer(admin.call(&server, Method::PATCH, path::ACCOUNT).json(&change)).await
    };
    let most = bound("/DisplayName/maxLength");
    assert_eq!([name(0).await, name(1).await, name(most).await, name(most + 1).await], [400, 200, 200, 400]);

    let code = async |bytes| {
        let [local, label] = ["x".repeat(64), "x".repeat(63)];
        let email = format!("{local}@{label}.{label}.{}", "x".repeat(bytes - 64 - 1 - 2 * 64));
        let ask = AskCode { email, purpose: Purpose::Register, language: Language::En };
        answer(server.call(Method::POST, path::CODES).json(&ask)).await
    };
    let most = bound("/Email/maxLength");
    assert_eq!([code(most).await, code(most + 1).await], [200, 400]);

    let readiness = async |addresses| {
        let ask = AskReadiness { level: Level::Two, emails: vec!["rita@post.example".to_owned(); addresses] };
        answer(admin.call(&server, Method::POST, path::READINESS).json(&ask)).await
    };
    let most = bound("/AskReadiness/properties/emails/maxItems");
    assert_eq!([readiness(0).await, readiness(most).await, readiness(most + 1).await], [200, 200, 413]);

    let store = async |replaces, card, vault| {
        let mut keys = keys(replaces, replaces + 1);
        keys.card.0.resize(card, 7);
        keys.vault.sealed.0.resize(vault, 7);
        answer(admin.call(&server, Method::PUT, path::KEYS).json(&keys)).await
    };
    let bytes = |characters: usize| characters * 3 / 4;
    let (card, vault) = (bytes(bound("/Kept/maxLength")), bytes(bound("/SealedVault/maxLength")));
    assert_eq!([store(0, 0, vault).await, store(0, card + 1, vault).await], [400, 400]);
    assert_eq!([store(0, card, 0).await, store(0, card, vault + 1).await], [400, 400]);
    assert_eq!(store(0, card, vault).await, 204);

    let create = async |days| {
        let body = CreateDelivery { days: u16::try_from(days).unwrap(), ..Sealed::new(&[]).create_body() };
        answer(admin.call(&server, Method::POST, path::DELIVERIES).json(&body)).await
    };
    let (least, most) = (bound("/Days/minimum"), bound("/Days/maximum"));
    let edges = [least - 1, least, most, most + 1];
    let answers =
        [create(edges[0]).await, create(edges[1]).await, create(edges[2]).await, create(edges[3]).await];
    assert_eq!(answers, [400, 201, 201, 400]);

    let sealed = Sealed::new(&[]);
    sealed.create(&server, &admin).await;
    sealed.put_cover(&server, &admin, COVER_BYTES).await;
    let send = async |recipients, note| {
        let all: Vec<_> = (0..recipients).map(|n| Addressed::new(&format!("rita{n}@post.example"))).collect();
        let send = to_recipients(&all.iter().collect::<Vec<_>>());
        let send = SendDelivery { note: Some("ö".repeat(note)), ..send };
        answer(admin.call(&server, Method::POST, &path::send(&sealed.id)).json(&send)).await
    };
    let most = (bound("/SendDelivery/properties/recipients/maxItems"), bound("/NoteLine/maxLength"));
    assert_eq!([send(most.0 + 1, most.1).await, send(most.0, most.1 + 1).await], [413, 400]);
    assert_eq!(send(most.0, most.1).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs schemathesis, which `cargo xtask test` brings"]
async fn openapi_schemathesis() {
    let limits = [
        ["--requests-per-second", "100000"],
        ["--logins-per-minute", "100000"],
        ["--logins-per-hour", "100000"],
        ["--codes-per-hour", "100000"],
    ];
    let server = Running::start(&limits.concat()).await;
    let (_, upload) = server.register("staff@amt.example", PASSWORD).await;
    server.set_up("admin@amt.example").await;
    server.add_account("staff@amt.example", "Karl", Role::Staff, &upload).await;
    let staff = server.log_in("staff@amt.example", PASSWORD).await;
    assert_eq!(server.confirm(&staff, "staff@amt.example", PASSWORD).await.status(), 204);
    let things = Things::new(&server, &staff).await;

    hold_against(&server, "", "").await;
    let before = LOG.text().len();
    hold_against(&server, &format!("Cookie = {:?}", staff.cookie), &things.config()).await;
    let turned_away = turned_away(&server, &LOG.text()[before..]).await;
    assert!(turned_away.is_empty(), "the session was not taken, so this proved nothing: {turned_away:?}");
    assert!(server.stop().await);
}

/// What needs a session and answered no request with anything but that.
async fn turned_away(server: &Running, log: &str) -> Vec<String> {
    let said: serde_json::Value = server.get(path::OPENAPI).await.json().await.unwrap();
    let mut turned_away = Vec::new();
    for (path, item) in said["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{} {path}", method.to_uppercase());
            let needed = operation["security"][0].get("session").is_some();
            let line = format!("method=\"{}\" route=\"{path}\" status=", method.to_uppercase());
            let answers = log.match_indices(&line).map(|(at, _)| &log[at + line.len()..][..3]);
            if needed && !LEFT_OUT.contains(&name.as_str()) && answers.clone().all(|status| status == "401") {
                turned_away.push(name);
            }
        }
    }
    turned_away
}

/// What there is to ask about.
struct Things {
    sent: Sealed,
    opening: Token,
    draft: Sealed,
    /// May be deleted.
    other: Sealed,
    /// For the account's submit box, with something submitted.
    ticket: Ticket,
    submission: Sealed,
    request: TicketId,
}

impl Things {
    async fn new(server: &Running, staff: &Person) -> Self {
        let sent = server.send(staff, &[b"a file's ciphertext"], 100).await;
        let opening = sent.open(server).await;
        let draft = Sealed::new(&[b"another file's ciphertext"]);
        draft.create(server, staff).await;
        draft.upload(server, staff, &draft.files[0].0, b"x", 1).await;
        let other = Sealed::new(&[]);
        other.create(server, staff).await;
        assert_eq!(server.store_box(staff, 0, &box_settings(BOX, None)).await.status(), 204);
        let ticket = server.ticket(BOX, "citizen@post.example").await;
        let submission = server.submission_draft(&ticket, Level::Two).await;
        let submit = ticket.person.call(server, Method::POST, &path::submit(&submission.id));
        assert_eq!(submit.json(&submit_by_link()).send().await.unwrap().status(), 200);
        let request = create_request();
        let asked = staff.call(server, Method::POST, path::REQUESTS).json(&request);
        assert_eq!(asked.send().await.unwrap().status(), 201);
        Self { sent, opening, draft, other, ticket, submission, request: request.ticket }
    }

    /// Lets schemathesis ask with the rights that the link's holder has, and about what exists, which it does not delete.
    fn config(&self) -> String {
        let Self { sent, opening, draft, other, ticket, submission, request } = self;
        let bearer = ticket.person.ticket.as_ref().unwrap().to_text();
        let (gate, opening) = (sent.gate.to_text(), opening.to_text());
        format!(
            r#"
            [dictionaries.deliveries]
            values = ["{sent}", "{draft}"]
            [dictionaries.others]
            values = ["{other}"]
            [dictionaries.blobs]
            values = ["{sent_blob}", "{draft_blob}"]
            [dictionaries.names]
            values = ["{BOX}"]
            [dictionaries.tickets]
            values = ["{ticket}"]
            [dictionaries.requests]
            values = ["{request}"]
            [dictionaries.submissions]
            values = ["{submission}"]
            [parameters]
            "path.name" = {{ dictionary = "names", probability = 0.8 }}
            "path.ticket" = {{ dictionary = "tickets", probability = 0.8 }}
            "path.delivery" = {{ dictionary = "deliveries", probability = 0.8 }}
            "path.blob" = {{ dictionary = "blobs", probability = 0.8 }}
            [[operations]]
            include-name = {LEFT_OUT:?}
            enabled = false
            [[operations]]
            include-name = "DELETE {delivery}"
            parameters = {{ "path.delivery" = {{ dictionary = "others", probability = 0.8 }} }}
            [[operations]]
            include-path = ["{state}", "{openings}"]
            headers = {{ Authorization = "Bearer {gate}" }}
            [[operations]]
            include-path = ["{cover}", "{blob}", "{collected}"]
            headers = {{ Authorization = "Bearer {opening}" }}
            [[operations]]
            include-path = ["{of_ticket}", "{answer}"]
            headers = {{ Authorization = "Bearer {bearer}" }}
            [[operations]]
            include-path = ["{submit}"]
            headers = {{ Authorization = "Bearer {bearer}" }}
            parameters = {{ "path.delivery" = {{ dictionary = "submissions", probability = 0.8 }} }}
            [[operations]]
            include-path = ["{of_request}"]
            parameters = {{ "path.ticket" = {{ dictionary = "requests", probability = 0.8 }} }}
            "#,
            ticket = ticket.id,
            submission = submission.id,
            of_ticket = path::TICKET,
            answer = path::TICKET_ANSWER,
            submit = path::SUBMIT,
            of_request = path::REQUEST,
            sent = sent.id,
            draft = draft.id,
            other = other.id,
            sent_blob = sent.files[0].0,
            draft_blob = draft.files[0].0,
            delivery = path::DELIVERY,
            state = path::STATE,
            openings = path::OPENINGS,
            cover = path::COVER,
            blob = path::BLOB,
            collected = path::COLLECTED,
        )
    }
}

/// Runs schemathesis against the server, with these headers and whatever else it is told; what it found is told.
async fn hold_against(server: &Running, headers: &str, told: &str) {
    let program =
        std::env::var_os("SIEGEL_SCHEMATHESIS").expect("cargo xtask test says where schemathesis is");
    let (origin, folder) = (server.origin(), tempfile::tempdir().unwrap());
    let config = format!("[headers]\nOrigin = {origin:?}\n{headers}\n{told}");
    std::fs::write(folder.path().join("schemathesis.toml"), config).unwrap();
    let run = Command::new(program)
        .args(["run", &format!("{origin}{}", path::OPENAPI), "--url", &origin])
        .args(["--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-examples", EXAMPLES])
        .args(["--generation-deterministic", "--generation-with-security-parameters", "false"])
        .args(["--continue-on-failure", "--no-shrink", "--no-color", "--warnings", "off"])
        // Several of them trip over each other.
        .args(["--workers", "1"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output();
    let run = run.await.unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}\n{}", String::from_utf8_lossy(&run.stderr));
    assert!(said.contains("No issues found"), "{said}");
}
