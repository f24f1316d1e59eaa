//! The API in OpenAPI's words, made from its operations.

use std::collections::BTreeMap;

use blob_api::{Problem, ProblemKind};
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::operation::{Operation, Said};

/// What an operation's path may name.
const NAMED: &[(&str, &str)] = &[
    ("delivery", "DeliveryId"),
    ("blob", "BlobId"),
    ("recipient", "RecipientId"),
    ("session", "SessionId"),
    ("passkey", "PasskeyId"),
    ("ticket", "TicketId"),
    ("name", "BoxName"),
];
/// What the server answers is described without what is beside the point: what these say is in the document itself.
const BESIDE: &str = "; the answer to `GET`";
const INTRODUCTION: &str = "All that browsers say to the server. Bulk bytes are ciphertext: what is in them is made and \
     read in the browser. Requests that change something need an `Origin` (or `Sec-Fetch-Site`) of the server's own \
     pages. Every refusal is a problem (RFC 9457), of which only `type` is for programs.";

/// The document.
pub(super) fn document(operations: Vec<Operation>) -> Value {
    let mut schemas: BTreeMap<String, Value> = named_in_paths();
    let mut refusals = BTreeMap::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for Operation { path, method, mut said, .. } in operations {
        schemas.append(&mut said.schemas);
        let item = paths.entry(path).or_default();
        item.insert(method.as_str().to_lowercase(), described(path, said, &mut refusals));
    }
    schemas.insert(Problem::name().into_owned(), json!(Problem::schema()));
    schemas.insert(ProblemKind::name().into_owned(), json!(ProblemKind::schema()));
    let bearer =
        |description: &str| json!({ "type": "http", "scheme": "bearer", "description": description });
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Siegel",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": refusals,
            "securitySchemes": {
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-siegel",
                    "description": "The cookie of a session. Over plain http it is called `siegel`.",
                },
                "gate": bearer("The gate token, which proves possession of a link."),
                "opening": bearer("The token of an opening."),
                "ticket": bearer("The token of a ticket."),
            },
        },
    });
    tidy(&mut document);
    document
}

fn named_in_paths() -> BTreeMap<String, Value> {
    fn one<T: ToSchema>() -> (String, Value) {
        (T::name().into_owned(), json!(T::schema()))
    }
    [
        one::<blob_api::DeliveryId>(),
        one::<blob_api::BlobId>(),
        one::<blob_api::RecipientId>(),
        one::<blob_api::SessionId>(),
        one::<blob_api::PasskeyId>(),
        one::<blob_api::TicketId>(),
    ]
    .into()
}

fn described(path: &str, said: Said, refusals: &mut BTreeMap<String, Value>) -> Value {
    let mut parameters: Vec<Value> = path.split('/').filter_map(in_path).collect();
    parameters.extend(said.parameters);
    let mut responses: Map<String, Value> =
        said.answers.into_iter().map(|(status, answer)| (status.to_string(), answer)).collect();
    let mut problems: BTreeMap<u16, Vec<ProblemKind>> = BTreeMap::new();
    // In the order of the list, so that the same ones are the same refusal wherever they come from.
    for kind in ProblemKind::ALL.iter().filter(|kind| said.problems.contains(kind)) {
        problems.entry(kind.status()).or_default().push(*kind);
    }
    for (status, kinds) in problems {
        let name = kinds.iter().map(|kind| format!("{kind:?}")).collect::<Vec<_>>().join("Or");
        let reference = format!("#/components/responses/{name}");
        refusals.entry(name).or_insert_with(|| refusal(&kinds));
        responses.insert(status.to_string(), json!({ "$ref": reference }));
    }
    let mut operation = json!({ "summary": said.summary, "tags": [said.tag], "responses": responses });
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = said.body {
        operation["requestBody"] = body;
    }
    if !said.security.is_empty() {
        operation["security"] = said.security.into();
    }
    operation
}

fn in_path(segment: &str) -> Option<Value> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    let schema = match NAMED.iter().find(|(known, _)| *known == name) {
        Some((_, schema)) => json!({ "$ref": format!("#/components/schemas/{schema}") }),
        None => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
    };
    Some(json!({ "name": name, "in": "path", "required": true, "schema": schema }))
}

/// An answer that is one of these problems.
fn refusal(kinds: &[ProblemKind]) -> Value {
    let titles: Vec<_> = kinds.iter().map(|kind| kind.title()).collect();
    let one_of = json!({ "properties": { "type": { "enum": kinds } } });
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    let schema = json!({ "allOf": [problem, one_of] });
    let mut answer = json!({
        "description": titles.join(" Or: "),
        "content": { "application/problem+json": { "schema": schema } },
    });
    if kinds.contains(&ProblemKind::TooMany) {
        answer["headers"] = json!({ "Retry-After": { "schema": { "type": "integer", "minimum": 0 } } });
    }
    answer
}

/// Takes out what is for readers of the source, and gives the type of times its name, which an alias does not have.
fn tidy(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(tidy),
        Value::Object(members) => {
            if let Some(mut seconds) = members.remove("i64") {
                seconds["description"] = "Seconds since 1970-01-01T00:00:00Z.".into();
                members.insert("UnixSeconds".to_owned(), seconds);
            }
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "$ref" => *text = text.replace("/i64", "/UnixSeconds"),
                    Value::String(text) if name == "description" => *text = plain(text),
                    _ => tidy(member),
                }
            }
        }
        _ => {}
    }
}

/// A comment of the source without its links.
fn plain(comment: &str) -> String {
    let text = match comment.split_once(BESIDE) {
        Some((text, _)) => format!("{text}."),
        None => comment.to_owned(),
    };
    text.replace("[`", "`").replace("`]", "`").replace("crate::", "").replace('\n', " ")
}
