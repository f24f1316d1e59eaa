//! The state machine: every state and step, and what must hold on every way.
#![allow(clippy::unwrap_used, reason = "tests")]

use blob_api::{Level, RecipientState, Step};
use serde_json::{json, to_value};

/// Every step, at this time.
fn steps(at: i64) -> [Step; 8] {
    [
        Step::Registered,
        Step::Activated,
        Step::Released,
        Step::Opened(at),
        Step::Collected(at),
        Step::Reset,
        Step::Expired(at),
        Step::Revoked(at),
    ]
}

/// A level, the steps that were taken, and where they led.
type Way = (Level, Vec<Step>, RecipientState);

/// All states that can be reached in at most `depth` steps.
fn ways(depth: usize) -> Vec<Way> {
    let mut all: Vec<Way> =
        Level::ALL.iter().map(|level| (*level, Vec::new(), RecipientState::new(*level))).collect();
    let mut newest = all.clone();
    for at in 1..=depth {
        newest = newest
            .iter()
            .flat_map(|(level, way, state)| {
                let next =
                    |step| Some((*level, [way.clone(), vec![step]].concat(), state.after(*level, step)?));
                steps(at as i64).into_iter().filter_map(next).collect::<Vec<_>>()
            })
            .collect();
        all.extend(newest.clone());
    }
    all
}

/// Where these steps lead.
fn after(level: Level, steps: &[Step]) -> Option<RecipientState> {
    steps.iter().try_fold(RecipientState::new(level), |state, step| state.after(level, *step))
}

fn last(way: &[Step], wanted: fn(&Step) -> bool) -> Option<usize> {
    way.iter().rposition(wanted)
}

#[test]
fn every_way_keeps_the_order() {
    let ways = ways(7);
    assert!(ways.len() > 300);
    for (level, way, state) in &ways {
        let opened = last(way, |step| matches!(step, Step::Opened(_)));
        let collected = last(way, |step| matches!(step, Step::Collected(_)));
        let ended = last(way, |step| matches!(step, Step::Expired(_) | Step::Revoked(_)));
        let released = last(way, |step| matches!(step, Step::Released));
        let reset = last(way, |step| matches!(step, Step::Reset));
        assert!(collected.is_none() || opened.is_some(), "{way:?}");
        assert!(ended.is_none_or(|ended| ended + 1 == way.len()), "nothing follows an end: {way:?}");
        assert!(reset.is_none() || level.needs_keys(), "{way:?}");
        let may_open = match level {
            Level::One => true,
            Level::Two => way.contains(&Step::Registered),
            Level::Three | Level::Four => released > reset,
        };
        assert_eq!(state.is_open(), ended.is_none() && may_open, "{level:?} {way:?}");
        assert!(!state.is_open() || state.after(*level, Step::Opened(9)).is_some(), "{way:?}");
    }
}

#[test]
fn the_first_time_counts() {
    let opened = after(Level::Two, &[Step::Registered, Step::Opened(5)]).unwrap();
    assert_eq!(opened.after(Level::Two, Step::Opened(9)), Some(opened));
    let collected = opened.after(Level::Two, Step::Collected(7)).unwrap();
    assert_eq!(collected.after(Level::Two, Step::Collected(9)), Some(collected));
    assert_eq!(collected.after(Level::Two, Step::Opened(9)), Some(collected));
}

#[test]
fn nothing_opens_before_its_level_allows() {
    assert!(RecipientState::new(Level::One).is_open());
    for (level, needed) in [
        (Level::Two, &[Step::Registered][..]),
        (Level::Three, &[Step::Registered, Step::Activated, Step::Released]),
        (Level::Four, &[Step::Registered, Step::Activated, Step::Released]),
    ] {
        for taken in 0..needed.len() {
            let state = after(level, &needed[..taken]).unwrap();
            assert_eq!((state.is_open(), state.after(level, Step::Opened(1))), (false, None));
            // None can be left out.
            for step in needed.iter().filter(|step| **step != needed[taken]) {
                assert_eq!(state.after(level, *step), None, "{level:?} {taken} {step:?}");
            }
        }
        assert!(after(level, needed).unwrap().is_open());
    }
}

#[test]
fn on_the_wire() {
    let opened = after(Level::One, &[Step::Opened(5)]).unwrap();
    assert_eq!(to_value(opened).unwrap(), json!({ "is": "opened", "at": 5 }));
    for (_, _, state) in ways(5) {
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<RecipientState>(&text).unwrap(), state);
    }
}
