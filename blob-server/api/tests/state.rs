//! The state machine: every state and step, and what must hold on every way.
#![allow(clippy::unwrap_used, reason = "tests")]

use blob_api::{Level, RecipientState, Step};
use serde_json::{json, to_value};

/// Every step, at this time.
fn steps(at: i64) -> [Step; 5] {
    [Step::Registered, Step::Opened(at), Step::Collected(at), Step::Expired(at), Step::Revoked(at)]
}

/// All states that can be reached in at most `depth` steps, with the steps that led there.
fn ways(depth: usize) -> Vec<(Vec<Step>, RecipientState)> {
    let starts = [(Level::One, false), (Level::Two, false), (Level::Two, true)];
    let mut all: Vec<_> =
        starts.map(|(level, account)| (Vec::new(), RecipientState::new(level, account))).into();
    let mut newest = all.clone();
    for at in 1..=depth {
        newest = newest
            .iter()
            .flat_map(|(way, state)| {
                let next = |step| Some(([way.clone(), vec![step]].concat(), state.after(step)?));
                steps(at as i64).into_iter().filter_map(next).collect::<Vec<_>>()
            })
            .collect();
        all.extend(newest.clone());
    }
    all
}

fn position(way: &[Step], wanted: fn(&Step) -> bool) -> Option<usize> {
    way.iter().position(wanted)
}

#[test]
fn every_way_keeps_the_order() {
    let ways = ways(6);
    assert!(ways.len() > 100);
    for (way, state) in &ways {
        let opened = position(way, |step| matches!(step, Step::Opened(_)));
        let collected = position(way, |step| matches!(step, Step::Collected(_)));
        let ended = position(way, |step| matches!(step, Step::Expired(_) | Step::Revoked(_)));
        assert!(collected.is_none() || opened < collected, "{way:?}");
        assert!(ended.is_none_or(|ended| ended + 1 == way.len()), "nothing follows an end: {way:?}");
        assert_eq!(
            state.is_open(),
            ended.is_none() && *state != RecipientState::new(Level::Two, false),
            "{way:?}"
        );
    }
}

#[test]
fn the_first_time_counts() {
    let opened = RecipientState::new(Level::Two, true).after(Step::Opened(5)).unwrap();
    assert_eq!(opened.after(Step::Opened(9)), Some(opened));
    let collected = opened.after(Step::Collected(7)).unwrap();
    assert_eq!(collected.after(Step::Collected(9)), Some(collected));
    assert_eq!(collected.after(Step::Opened(9)), Some(collected));
}

#[test]
fn nothing_opens_without_an_account_from_level_2_on() {
    let state = RecipientState::new(Level::Two, false);
    assert_eq!((state.after(Step::Opened(1)), state.is_open()), (None, false));
    assert!(state.after(Step::Registered).unwrap().is_open());
    assert!(RecipientState::new(Level::One, false).is_open());
}

#[test]
fn on_the_wire() {
    let opened = RecipientState::new(Level::One, false).after(Step::Opened(5)).unwrap();
    assert_eq!(to_value(opened).unwrap(), json!({ "is": "opened", "at": 5 }));
    for (_, state) in ways(4) {
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<RecipientState>(&text).unwrap(), state);
    }
}
