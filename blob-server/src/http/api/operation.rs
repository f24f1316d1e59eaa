//! One operation of the API: its route and its description, both made from the same handler. What the handler takes and
//! gives describes itself; only what types cannot tell is said beside it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::handler::Handler;
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::response::NoContent;
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Extension, Json, body::Body};
use blob_api::ProblemKind::{self, *};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::http::App;
use crate::http::auth::{Bearer, By};
use crate::http::blob::Ciphertext;
use crate::http::boxes::PageQuery;
use crate::http::client::{ClientNetwork, Site};
use crate::http::delivery::Created;
use crate::http::error::Failure;
use crate::http::grant::AfterQuery;
use crate::http::json::JsonBody;
use crate::http::named::Named;
use crate::service::{Author, Holder, Opened, Sender};

/// A method of a path.
pub(super) struct Operation {
    pub(super) path: &'static str,
    pub(super) method: Method,
    pub(super) route: MethodRouter<Arc<App>>,
    pub(super) said: Said,
}

/// What is said of an operation, and the schemas that this names.
#[derive(Default)]
pub(super) struct Said {
    pub(super) summary: &'static str,
    pub(super) tag: &'static str,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
    /// Ways to prove who asks; each is enough.
    pub(super) security: Vec<Value>,
    pub(super) answers: BTreeMap<u16, Value>,
    pub(super) problems: Vec<ProblemKind>,
    pub(super) schemas: BTreeMap<String, Value>,
}

impl Operation {
    /// An operation that this handler answers.
    fn new<H, A, T>(method: Method, filter: MethodFilter, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<App>> + Described<A>,
        T: 'static,
    {
        let mut said = Said::default();
        said.problems(&[UnsupportedMedia, TooMany, Internal]);
        if path.contains('{') {
            said.problems(&[NotFound]);
        }
        if filter != MethodFilter::GET {
            said.problems(&[ForeignOrigin, StorageFull]);
        }
        H::describe(&mut said);
        Self { path, method, route: on(filter, handler), said }
    }

    /// What it is for, in one line.
    pub(super) fn is(mut self, summary: &'static str) -> Self {
        self.said.summary = summary;
        self
    }

    /// What it belongs to.
    pub(super) fn tagged(mut self, tag: &'static str) -> Self {
        self.said.tag = tag;
        self
    }

    /// What else it may answer than what follows from its handler's types.
    pub(super) fn or(mut self, problems: &[ProblemKind]) -> Self {
        self.said.problems(problems);
        self
    }

    /// A header that the request may or must have.
    pub(super) fn header(mut self, name: &str, required: bool, pattern: &str, description: &str) -> Self {
        let schema = json!({ "type": "string", "pattern": pattern });
        self.said.parameter(name, "header", required, schema, description);
        self
    }
}

pub(super) fn get<H: Handler<T, Arc<App>> + Described<A>, A, T: 'static>(
    path: &'static str,
    handler: H,
) -> Operation {
    Operation::new(Method::GET, MethodFilter::GET, path, handler)
}
pub(super) fn post<H: Handler<T, Arc<App>> + Described<A>, A, T: 'static>(
    path: &'static str,
    handler: H,
) -> Operation {
    Operation::new(Method::POST, MethodFilter::POST, path, handler)
}
pub(super) fn put<H: Handler<T, Arc<App>> + Described<A>, A, T: 'static>(
    path: &'static str,
    handler: H,
) -> Operation {
    Operation::new(Method::PUT, MethodFilter::PUT, path, handler)
}
pub(super) fn patch<H: Handler<T, Arc<App>> + Described<A>, A, T: 'static>(
    path: &'static str,
    handler: H,
) -> Operation {
    Operation::new(Method::PATCH, MethodFilter::PATCH, path, handler)
}
pub(super) fn delete<H: Handler<T, Arc<App>> + Described<A>, A, T: 'static>(
    path: &'static str,
    handler: H,
) -> Operation {
    Operation::new(Method::DELETE, MethodFilter::DELETE, path, handler)
}

impl Said {
    fn problems(&mut self, problems: &[ProblemKind]) {
        self.problems.extend_from_slice(problems);
    }

    fn parameter(&mut self, name: &str, place: &str, required: bool, schema: Value, description: &str) {
        self.parameters.push(json!({
            "name": name, "in": place, "required": required, "schema": schema, "description": description,
        }));
    }

    fn secured(&mut self, by: &[&str]) {
        self.security.push(by.iter().map(|by| ((*by).to_owned(), json!([]))).collect());
    }

    /// Names a body's schema, and keeps it with all that it names.
    fn schema<T: ToSchema>(&mut self) -> Value {
        let mut named = Vec::new();
        T::schemas(&mut named);
        named.push((T::name().into_owned(), T::schema()));
        self.schemas.extend(named.into_iter().map(|(name, schema)| (name, json!(schema))));
        json!({ "$ref": format!("#/components/schemas/{}", T::name()) })
    }

    fn answer(&mut self, status: u16, description: &str, media: &str, schema: Value) {
        let content = json!({ media: { "schema": schema } });
        self.answers.insert(status, json!({ "description": description, "content": content }));
    }
}

/// A handler, by the types of what it takes and gives.
pub(super) trait Described<Arguments> {
    fn describe(said: &mut Said);
}

macro_rules! described {
    ($($argument:ident)*) => {
        impl<F, G, R, $($argument),*> Described<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> G,
            G: Future<Output = R>,
            R: Given,
            $($argument: Taken,)*
        {
            fn describe(said: &mut Said) {
                $($argument::describe(said);)*
                R::describe(said);
            }
        }
    };
}
described!();
described!(A);
described!(A B);
described!(A B C);
described!(A B C D);
described!(A B C D E);

/// What a handler takes out of a request.
pub(super) trait Taken {
    fn describe(said: &mut Said);
}

macro_rules! untold {
    ($($taken:ty),*) => {$(
        impl Taken for $taken {
            fn describe(_said: &mut Said) {}
        }
    )*};
}
// Nothing that the asker would write. What is read from other headers is said beside the operation.
untold!(State<Arc<App>>, Extension<ClientNetwork>, Site, HeaderMap);

impl Taken for By<Sender> {
    fn describe(said: &mut Said) {
        said.secured(&["session"]);
        said.problems(&[LoggedOut]);
    }
}
impl Taken for By<Holder> {
    fn describe(said: &mut Said) {
        said.secured(&["ticket"]);
        said.problems(&[NotFound]);
    }
}
impl Taken for By<Author> {
    fn describe(said: &mut Said) {
        said.secured(&["session"]);
        said.secured(&["ticket"]);
        said.problems(&[LoggedOut]);
    }
}
impl Taken for Bearer {
    fn describe(said: &mut Said) {
        said.secured(&["gate"]);
        said.problems(&[NotFound]);
    }
}
/// Beside the session.
impl Taken for Option<Bearer> {
    fn describe(said: &mut Said) {
        said.secured(&["gate"]);
        said.problems(&[NotFound]);
    }
}
/// Beside the gate, or enough.
impl Taken for Option<By<Sender>> {
    fn describe(said: &mut Said) {
        said.secured(&["gate", "session"]);
        said.secured(&["session"]);
    }
}
impl Taken for By<Opened> {
    fn describe(said: &mut Said) {
        said.secured(&["opening"]);
        said.problems(&[NotFound, Expired, LoggedOut]);
    }
}
/// The path's template says which.
impl<T> Taken for Named<T> {
    fn describe(said: &mut Said) {
        said.problems(&[NotFound]);
    }
}
impl Taken for PageQuery {
    fn describe(said: &mut Said) {
        let schema = said.schema::<blob_api::DeliveryId>();
        said.parameter("before", "query", false, schema, "The last delivery of the page before.");
        said.problems(&[BadRequest]);
    }
}
impl Taken for AfterQuery {
    fn describe(said: &mut Said) {
        let schema = said.schema::<blob_api::DeliveryId>();
        said.parameter("delivery", "query", false, schema, "The delivery at the end of the page before.");
        let schema = said.schema::<blob_api::RecipientId>();
        said.parameter("recipient", "query", false, schema, "The recipient at the end of the page before.");
        said.problems(&[BadRequest]);
    }
}
impl<T: ToSchema, const MOST: usize> Taken for JsonBody<T, MOST> {
    fn describe(said: &mut Said) {
        let content = json!({ "application/json": { "schema": said.schema::<T>() } });
        said.body = Some(json!({ "required": true, "content": content }));
        said.problems(&[BadRequest, UnsupportedMedia, TooLarge]);
    }
}
impl Taken for Body {
    fn describe(said: &mut Said) {
        let content = json!({ "application/octet-stream": { "schema": {} } });
        let description = "Ciphertext, of the announced `Content-Length`.";
        said.body = Some(json!({ "required": true, "description": description, "content": content }));
        said.problems(&[BadRequest, TooLarge, StorageFull]);
    }
}

/// What a handler gives.
pub(super) trait Given {
    fn describe(said: &mut Said);
}

impl<T: Given> Given for Result<T, Failure> {
    fn describe(said: &mut Said) {
        T::describe(said);
    }
}
impl<T: ToSchema> Given for Json<T> {
    fn describe(said: &mut Said) {
        let schema = said.schema::<T>();
        said.answer(200, "Done.", "application/json", schema);
    }
}
impl Given for NoContent {
    fn describe(said: &mut Said) {
        said.answers.insert(204, json!({ "description": "Done." }));
    }
}
impl Given for Created {
    fn describe(said: &mut Said) {
        said.answers.insert(201, json!({ "description": "It exists." }));
    }
}
impl Given for super::Description {
    fn describe(said: &mut Said) {
        said.answer(200, "Done.", "application/json", json!({ "type": "object" }));
    }
}
impl Given for &'static str {
    fn describe(said: &mut Said) {
        said.answer(200, "Done.", "text/plain", json!({ "type": "string" }));
    }
}
/// The session's cookie, and the rest of the answer.
impl<T: Given> Given for ([(HeaderName, axum::http::HeaderValue); 1], T) {
    fn describe(said: &mut Said) {
        T::describe(said);
        cookie(said, "The session's cookie, or its end.");
    }
}
impl<T: Given> Given for (Option<[(HeaderName, axum::http::HeaderValue); 1]>, T) {
    fn describe(said: &mut Said) {
        T::describe(said);
        cookie(said, "The session's cookie, when there is a session.");
    }
}
impl Given for Ciphertext {
    fn describe(said: &mut Said) {
        for (status, description) in [(200, "All of it."), (206, "The range that was asked for.")] {
            said.answer(status, description, "application/octet-stream", json!({}));
        }
        said.answers.insert(304, json!({ "description": "The asker has it." }));
        said.problems(&[BadRange]);
        let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
        for (name, pattern) in
            [(header::RANGE, "^bytes="), (header::IF_RANGE, ""), (header::IF_NONE_MATCH, "")]
        {
            said.parameter(name.as_str(), "header", false, text(pattern), "As in RFC 9110.");
        }
    }
}

fn cookie(said: &mut Said, description: &str) {
    let schema = json!({ "type": "string" });
    for answer in said.answers.values_mut() {
        answer["headers"] = json!({ "Set-Cookie": { "description": description, "schema": schema } });
    }
}
