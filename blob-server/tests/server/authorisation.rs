//! Who may do what: every route of a delivery, asked by everyone.

use blob_api::*;
use reqwest::{Method, RequestBuilder};

use crate::harness::*;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Actor {
    Stranger,
    Sender,
    Colleague,
    GateHolder,
    OpeningHolder,
    /// Holds gate, opening and session, all of them of another delivery and another account.
    Elsewhere,
}
use Actor::*;

const EVERYONE: [Actor; 6] = [Stranger, Sender, Colleague, GateHolder, OpeningHolder, Elsewhere];

#[tokio::test]
async fn every_route_and_every_actor() {
    let (server, admin, colleague) = Running::with_colleague().await;
    let sealed = server.send(&admin, &[b"a file's ciphertext"], 100).await;
    let opening = sealed.open(&server).await;
    let other = server.send(&colleague, &[b"another"], 100).await;
    let other_opening = other.open(&server).await;
    let blob = sealed.files[0].0;

    let as_actor = |actor, request: RequestBuilder| match actor {
        Stranger => request,
        Sender => request.header("cookie", &admin.cookie),
        Colleague => request.header("cookie", &colleague.cookie),
        GateHolder => request.bearer_auth(sealed.gate.to_text()),
        OpeningHolder => request.bearer_auth(opening.to_text()),
        Elsewhere => request.bearer_auth(other_opening.to_text()).header("cookie", &colleague.cookie),
    };
    let part = || server.call(Method::PUT, &path::part(&sealed.id, &blob, 0));
    let complete = CompleteBlob { parts: 1, size: 19 };
    let open = OpenDelivery { email: Some("r@post.example".to_owned()), auth: sealed.auth.clone() };
    let post = |path: String| server.call(Method::POST, &path);
    let get = |path: String| server.call(Method::GET, &path);
    type Build<'a> = Box<dyn Fn() -> RequestBuilder + 'a>;
    // The delivery is sent: what the sender may still do is told by other statuses than those of people without right.
    let routes: Vec<(&str, Build, Actor, u16)> = vec![
        (
            "part",
            Box::new(|| {
                part().header(CONTENT_DIGEST, digest(b"a file's ciphertext")).body("a file's ciphertext")
            }),
            Sender,
            204,
        ),
        ("complete", Box::new(|| post(path::complete(&sealed.id, &blob)).json(&complete)), Sender, 204),
        ("blobs", Box::new(|| get(path::blobs(&sealed.id))), Sender, 409),
        ("put cover", Box::new(|| server.call(Method::PUT, &path::cover(&sealed.id)).body("x")), Sender, 409),
        ("send", Box::new(|| post(path::send(&sealed.id)).json(&to_anyone())), Sender, 200),
        ("state", Box::new(|| get(path::state(&sealed.id))), GateHolder, 200),
        ("open", Box::new(|| post(path::openings(&sealed.id)).json(&open)), GateHolder, 200),
        ("cover", Box::new(|| get(path::cover(&sealed.id))), OpeningHolder, 200),
        ("blob", Box::new(|| get(path::blob(&sealed.id, &blob))), OpeningHolder, 200),
        ("head", Box::new(|| server.call(Method::HEAD, &path::blob(&sealed.id, &blob))), OpeningHolder, 200),
        (
            "collected",
            Box::new(|| post(path::collected(&sealed.id)).json(&Collected { blobs: vec![blob] })),
            OpeningHolder,
            204,
        ),
        (
            "remove blob",
            Box::new(|| server.call(Method::DELETE, &path::blob(&sealed.id, &blob))),
            Sender,
            409,
        ),
        // Last, as it takes the rest away.
        ("delete", Box::new(|| server.call(Method::DELETE, &path::delivery(&sealed.id))), Sender, 204),
    ];
    for (name, build, allowed, status) in routes {
        for actor in EVERYONE.into_iter().filter(|actor| *actor != allowed).chain([allowed]) {
            let seen = as_actor(actor, build()).send().await.unwrap().status().as_u16();
            let for_sender = allowed == Sender;
            let has_session = matches!(actor, Sender | Colleague | Elsewhere);
            let expected = match actor {
                actor if actor == allowed => status,
                _ if for_sender && !has_session => 401,
                _ => 404,
            };
            assert_eq!(seen, expected, "{name} by {actor:?}");
        }
    }
}

#[tokio::test]
async fn making_deliveries_needs_a_session() {
    let (server, _) = Running::with_admin(&[]).await;
    let sealed = Sealed::new(&[]);
    let request = server.call(Method::POST, path::DELIVERIES).json(&sealed.create_body());
    refused(request.send().await.unwrap(), ProblemKind::LoggedOut).await;
    let request = server.call(Method::POST, path::DELIVERIES).bearer_auth(Token([1; 32]).to_text());
    refused(request.json(&sealed.create_body()).send().await.unwrap(), ProblemKind::LoggedOut).await;
    refused(server.get(path::DRAFTS).await, ProblemKind::LoggedOut).await;
}

/// Bytes of an answer, without what differs from request to request anyway.
async fn bytes(request: RequestBuilder) -> String {
    let response = request.send().await.unwrap();
    let mut headers: Vec<_> = response
        .headers()
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"))
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    format!("{} {headers:?} {}", response.status(), response.text().await.unwrap())
}

#[tokio::test]
async fn missing_foreign_and_unsent_look_alike() {
    let (server, admin, colleague) = Running::with_colleague().await;
    let foreign = server.send(&admin, &[b"x"], 100).await;
    let draft = Sealed::new(&[]);
    draft.create(&server, &colleague).await;
    let missing = Sealed::new(&[]);
    let blob = foreign.files[0].0;

    let ask = |method: Method, path: String| server.call(method, &path).bearer_auth(Token([9; 32]).to_text());
    let gate_of_draft =
        bytes(server.call(Method::GET, &path::state(&draft.id)).bearer_auth(draft.gate.to_text())).await;
    for (method, paths) in [
        (
            Method::GET,
            [
                path::state(&foreign.id),
                path::state(&draft.id),
                path::state(&missing.id),
                "/api/deliveries/short/state".to_owned(),
            ],
        ),
        (
            Method::GET,
            [
                path::blob(&foreign.id, &blob),
                path::blob(&draft.id, &blob),
                path::blob(&missing.id, &blob),
                "/api/deliveries/x/blobs/y".to_owned(),
            ],
        ),
        (
            Method::GET,
            [
                path::cover(&foreign.id),
                path::cover(&draft.id),
                path::cover(&missing.id),
                "/api/deliveries/%ff/cover".to_owned(),
            ],
        ),
    ] {
        for path in paths {
            assert_eq!(bytes(ask(method.clone(), path.clone())).await, gate_of_draft, "{path}");
        }
    }
    // The sender's side of the same.
    let end = |id| bytes(colleague.call(&server, Method::DELETE, &path::delivery(id)));
    assert_eq!(end(&foreign.id).await, end(&missing.id).await);
    let blobs = |id| bytes(colleague.call(&server, Method::GET, &path::blobs(id)));
    assert_eq!(blobs(&foreign.id).await, blobs(&missing.id).await);
    let complete = CompleteBlob { parts: 1, size: 1 };
    let complete =
        |id| bytes(colleague.call(&server, Method::POST, &path::complete(id, &blob)).json(&complete));
    assert_eq!(complete(&foreign.id).await, complete(&missing.id).await);
}
