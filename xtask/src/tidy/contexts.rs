//! What a page's context holds is asked for before anything is waited for: code that runs later has no page around it, and
//! would panic in front of somebody.

use super::{Tree, code};

pub(super) fn check(tree: &Tree, wrong: &mut Vec<String>) {
    let files: Vec<_> = tree.below("web-app/src/", ".rs").collect();
    let mut asking = vec!["expect_context", "use_context"];
    asking.extend(files.iter().flat_map(|(_, text)| helpers(text)));
    for (path, text) in files {
        for (line, name) in too_late(text, &asking) {
            wrong.push(format!("{path}:{line}: {name}() finds nothing in async code; ask before it begins"));
        }
    }
}

/// Functions that do nothing but ask.
fn helpers(text: &str) -> Vec<&str> {
    let lines = text.lines().zip(text.lines().skip(1));
    let helpers = lines.filter(|(_, body)| body.trim() == "expect_context()");
    helpers.filter_map(|(line, _)| Some(line.split_once("fn ")?.1.split_once("()")?.0)).collect()
}

/// Calls of these in blocks, closures and functions that are `async`.
fn too_late<'a>(text: &str, asking: &[&'a str]) -> Vec<(usize, &'a str)> {
    let mut found = Vec::new();
    // How deep the braces are, whether the next begins something `async`, and where the outermost of that began.
    let (mut depth, mut comes, mut began) = (0_usize, false, None);
    for (number, line) in code(text) {
        let mut before = "";
        for piece in line.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_')) {
            let name = piece.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
            let sign = piece.get(name.len()..).unwrap_or_default();
            comes = (comes || name == "async") && sign != ";";
            let is_call = sign == "(" || line.contains(&format!("{name}::<"));
            if began.is_some() && !matches!(before, "." | ":") && is_call {
                found.extend(asking.iter().find(|one| **one == name).map(|one| (number, *one)));
            }
            match sign {
                "{" => {
                    depth += 1;
                    began = began.or(comes.then_some(depth));
                    comes = false;
                }
                "}" => {
                    began = began.filter(|began| *began != depth);
                    depth = depth.saturating_sub(1);
                }
                _ => {}
            }
            before = sign;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKING: &[&str] = &["expect_context", "keys"];

    #[test]
    fn helpers_are_found() {
        assert_eq!(helpers("pub(crate) fn keys() -> Keys {\n    expect_context()\n}\n"), ["keys"]);
        assert!(helpers("let all = expect_context();\nfn other() {\n    keys()\n").is_empty());
    }

    #[test]
    fn only_what_is_asked_later_is_wrong() {
        let well = "fn page() {\n    let keys = keys();\n    spawn_local(async move {\n        \
            // keys()\n        api::keys().await;\n        keys.lock();\n        all.keys(All { keys: 1 });\n    });\n    \
            let other: Begun = expect_context();\n}\nlet one = async || api::one().await;\nif true { keys(); }\n";
        assert_eq!(too_late(well, ASKING), []);
        let late = "spawn_local(async move {\n    if true {\n        keys().lock();\n    }\n    \
            expect_context::<Begun>();\n});\nasync fn later() {\n    keys();\n}\n";
        assert_eq!(too_late(late, ASKING), [(3, "keys"), (5, "expect_context"), (8, "keys")]);
    }
}
