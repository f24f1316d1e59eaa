//! The doors between the packages and modules.

use serde_json::Value;

use super::{Tree, code};

/// Crates that implement primitives; only `crypto-core/src/suite.rs` may name them.
const PRIMITIVES: &[&str] = &[
    "aes_gcm::",
    "argon2::",
    "hkdf::",
    "hmac::",
    "sha2::",
    "opaque_ke::",
    "hpke::",
    "x25519_dalek::",
    "ed25519_dalek::",
    "curve25519_dalek::",
];
/// The modules of crypto-core that the server may use: neither can open anything.
const SERVER_MAY_USE: &[&str] = &["login", "access"];
/// What the tests link to write a crowd of people into a database, and to open somebody's keys; only `crowd.rs` and `keys.rs` in
/// `tests/harness/` may name it.
const CROWD: &[&str] = &["blob-api", "blob-server", "crypto-core"];
/// The package of the journeys.
const TESTS: &str = "siegel-tests";
/// The one cargo feature: private keys in the clear, for the tests alone.
const CANARIES: &str = "canaries";
/// Longest source file; beyond it a reader no longer knows the room.
const LONGEST_FILE: usize = 500;

pub(super) fn check(tree: &Tree, wrong: &mut Vec<String>) {
    dependencies(tree, wrong);
    modules(tree, wrong);
    habits(tree, wrong);
}

fn dependencies(tree: &Tree, wrong: &mut Vec<String>) {
    let ours: Vec<&str> = tree.ours().filter_map(|p| p["name"].as_str()).collect();
    let mut only = |package: &str, allowed: &[&str], why: &str| {
        for name in tree
            .dependencies(package)
            .into_iter()
            .filter(|name| ours.contains(name) && !allowed.contains(name))
        {
            wrong.push(format!("{package} depends on {name}: {why}"));
        }
    };
    only("crypto-core", &[], "crypto-core imports nothing of ours");
    only("blob-api", &[], "blob-api is the wire and nothing else");
    only(
        "blob-server",
        &["blob-api", "crypto-core"],
        "the server knows the wire and crypto-core's login and access",
    );
    only("web-model", &["blob-api"], "the model is plain structs");
    only("web-app", &["blob-api", "web-model"], "no page can touch a key: only the worker links crypto-core");
    only("crypto-worker", &["blob-api", "web-model", "crypto-core"], "the worker needs no page");
    only(TESTS, CROWD, "the tests drive the product through browser and HTTP alone");
    for name in tree.dependencies("blob-api") {
        if !["serde", "base64ct", "utoipa"].contains(&name) {
            wrong.push(format!(
                "blob-api depends on {name}: it has serde, base64ct and what describes them only, and no logic"
            ));
        }
    }
    for package in tree.ours() {
        let asks =
            |needed: &Value| needed["features"].as_array().is_some_and(|all| all.contains(&CANARIES.into()));
        let needed = package["dependencies"].as_array();
        if package["name"] != TESTS && needed.is_some_and(|needed| needed.iter().any(asks)) {
            wrong.push(format!("{} has {CANARIES}: only {TESTS} may", package["name"]));
        }
        let mut features = package["features"].as_object().into_iter().flat_map(serde_json::Map::keys);
        if features.any(|feature| feature != CANARIES) {
            wrong.push(format!(
                "{} has cargo features: none may change a byte written or a check made",
                package["name"]
            ));
        }
    }
}

fn modules(tree: &Tree, wrong: &mut Vec<String>) {
    for (path, text) in tree.below("crypto-core/src/", ".rs").filter(|(path, _)| !path.contains("/suite")) {
        forbid(wrong, path, text, PRIMITIVES, "only suite.rs names crates of primitives");
    }
    let may = |path: &str| ["/harness/crowd.rs", "/harness/keys.rs"].iter().any(|file| path.ends_with(file));
    for (path, text) in tree.below("tests/", ".rs").filter(|(path, _)| !may(path)) {
        let names = ["blob_api::", "blob_server::", "crypto_core::"];
        forbid(wrong, path, text, &names, "the tests drive the product through browser and HTTP alone");
    }
    for (path, text) in tree.below("blob-server/src/", ".rs") {
        for (line, text) in code(text) {
            for after in text.split("crypto_core::").skip(1) {
                if !SERVER_MAY_USE.iter().any(|module| after.starts_with(module)) {
                    wrong.push(format!(
                        "{path}:{line}: the server may use crypto_core::{{login, access}} only"
                    ));
                }
            }
        }
        if !path.starts_with("blob-server/src/store/") {
            forbid(wrong, path, text, &["sqlx::", "object_store::"], "only store/ knows how things are kept");
        }
        if !path.starts_with("blob-server/src/mail/") && path != "blob-server/src/config/value.rs" {
            forbid(wrong, path, text, &["lettre::"], "only mail/ knows how mails travel");
        }
        if path.starts_with("blob-server/src/service/") || path.starts_with("blob-server/src/store/") {
            forbid(wrong, path, text, &["axum::"], "only http/ knows HTTP");
        }
    }
    for (path, text) in tree.below("web-app/src/", ".rs").filter(|(path, _)| !path.ends_with("/api.rs")) {
        forbid(
            wrong,
            path,
            text,
            &["gloo_net", ".fetch_with_request", ".fetch_with_str", "XmlHttpRequest"],
            "JSON calls live in api.rs",
        );
    }
    for (path, text) in
        tree.below("web-app/worker/src/", ".rs").filter(|(path, _)| !path.contains("/pipeline/"))
    {
        forbid(
            wrong,
            path,
            text,
            &[".fetch_with_request", ".fetch_with_str", "gloo_net"],
            "bulk transfers live in pipeline/",
        );
    }
}

fn habits(tree: &Tree, wrong: &mut Vec<String>) {
    for (path, text) in tree.below("", ".rs") {
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            wrong.push(format!("{path} has {lines} lines; {LONGEST_FILE} are the most"));
        }
        if path != "xtask/src/tidy/doors.rs" {
            forbid(
                wrong,
                path,
                text,
                &["todo!", "unimplemented!", "TODO", "FIXME"],
                "nothing is left open in the code",
            );
        }
    }
    for ending in [".js", ".css", ".html", ".json"] {
        for (path, text) in tree.below("www/", ending) {
            forbid(
                wrong,
                path,
                text,
                &["Math.random", "eval(", "innerHTML", "\"http", "'http", "(http", "\"//", "'//", "(//"],
                "www/ has nothing inline, random or foreign",
            );
        }
    }
}

fn forbid(wrong: &mut Vec<String>, path: &str, text: &str, words: &[&str], why: &str) {
    for (line, text) in code(text) {
        if let Some(word) = words.iter().find(|word| mentions(text, word)) {
            wrong.push(format!("{path}:{line}: {word}: {why}"));
        }
    }
}

/// Does the line have the word, not as the end of a longer name?
fn mentions(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        !word.starts_with(char::is_alphabetic)
            || !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_code_and_not_in_comments_or_longer_names() {
        let mut wrong = Vec::new();
        forbid(&mut wrong, "a.rs", "// sha2::x\nmy_sha2::x; suite::sha2::x;\n", PRIMITIVES, "");
        assert!(wrong.is_empty(), "{wrong:?}");
        forbid(&mut wrong, "a.rs", "use sha2::Sha256;", PRIMITIVES, "");
        assert_eq!(wrong.len(), 1);
    }
}
