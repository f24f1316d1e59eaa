//! Runs every case of `testkit/` with the cipher in Rust, as the worker's tests run them in a browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;

use common::block_on;
use crypto_core::testkit::{Buffers, CASES, run};

#[test]
fn every_case_comes_out_as_it_says() {
    let failed: Vec<_> = CASES
        .iter()
        .filter_map(|(name, text)| {
            block_on(run(text, &Buffers::RUST)).err().map(|why| format!("{name}: {why}"))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn no_file_of_the_folder_is_forgotten() {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/testkit")).unwrap();
    let files: BTreeSet<_> = folder
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".txt").map(str::to_owned))
        .collect();
    let cases: BTreeSet<_> = CASES.iter().map(|case| case.0.to_owned()).collect();
    assert_eq!(files, cases);
    assert!(cases.len() >= 150);
}

/// A runner that accepts everything would prove nothing: each case must fail when another outcome is written into it.
#[test]
fn a_case_with_another_expectation_fails() {
    for (name, text) in CASES.iter().filter(|case| !case.1.contains("password:")) {
        let other = if text.contains("\nexpect: ok\n") { "damaged" } else { "ok" };
        let start = text.find("\nexpect: ").unwrap() + 1;
        let end = start + text[start..].find('\n').unwrap();
        let changed = format!("{}expect: {other}{}", &text[..start], &text[end..]);
        assert!(block_on(run(&changed, &Buffers::RUST)).is_err(), "{name}");
    }
}
