//! Conditional and range requests (RFC 9110 §13 and §14), for bodies that never change.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderName, header};

/// What the request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Everything.
    Whole,
    /// These bytes; not empty, inside the body.
    Range(Range<u64>),
    /// Only bytes that do not exist.
    Outside,
    /// Nothing, as the asker has it.
    Unchanged,
}

/// Reads `If-None-Match`, `Range` and `If-Range` for a body of `size` bytes with the strong entity tag `tag`.
pub(super) fn asked(headers: &HeaderMap, tag: &str, size: u64) -> Asked {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|tags| matches_tag(tags, tag)) {
        return Asked::Unchanged;
    }
    // A condition that does not hold, or is a date, which we have none of, makes the range not asked for.
    if text(header::IF_RANGE).is_some_and(|condition| condition != tag) {
        return Asked::Whole;
    }
    text(header::RANGE).map_or(Asked::Whole, |range| read(range, size))
}

/// Does a list of entity tags name `tag`? By weak comparison, as RFC 9110 §13.1.2 has it.
pub(super) fn matches_tag(tags: &str, tag: &str) -> bool {
    tags.trim() == "*" || tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)
}

/// One range of bytes. What is no such thing, several ranges included, is ignored: the standard allows it, and nobody of
/// ours asks for several.
fn read(range: &str, size: u64) -> Asked {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-'))
    else {
        return Asked::Whole;
    };
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first > last => Asked::Whole,
        (Some(first), last) if last.is_some() || last_is_empty(range) => inside(first, last, size),
        (None, Some(suffix)) if first.is_empty() => match suffix.min(size) {
            0 => Asked::Outside,
            suffix => Asked::Range(size - suffix..size),
        },
        _ => Asked::Whole,
    }
}

fn inside(first: u64, last: Option<u64>, size: u64) -> Asked {
    if first < size {
        Asked::Range(first..last.map_or(size, |last| last.saturating_add(1).min(size)))
    } else {
        Asked::Outside
    }
}

fn last_is_empty(range: &str) -> bool {
    range.trim_end().ends_with('-')
}

/// Digits only: `parse` alone would take a plus sign.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn ask(headers: &[(HeaderName, &str)]) -> Asked {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        asked(&headers, "\"tag\"", 100)
    }

    #[test]
    fn ranges() {
        for (range, expected) in [
            ("bytes=0-9", Asked::Range(0..10)),
            ("bytes=0-0", Asked::Range(0..1)),
            ("bytes=90-", Asked::Range(90..100)),
            ("bytes=90-200", Asked::Range(90..100)),
            ("bytes=-10", Asked::Range(90..100)),
            ("bytes=-200", Asked::Range(0..100)),
            ("bytes=99-99", Asked::Range(99..100)),
            ("bytes=0-18446744073709551615", Asked::Range(0..100)),
            ("bytes=100-", Asked::Outside),
            ("bytes=100-200", Asked::Outside),
            ("bytes=-0", Asked::Outside),
            ("bytes=9-0", Asked::Whole),
            ("bytes=0-9,20-29", Asked::Whole),
            ("bytes=", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=+1-2", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
            ("chunks=0-1", Asked::Whole),
            ("bytes=5-99999999999999999999999", Asked::Whole),
        ] {
            assert_eq!(ask(&[(header::RANGE, range)]), expected, "{range}");
        }
    }

    #[test]
    fn conditions() {
        let range = (header::RANGE, "bytes=0-9");
        assert_eq!(ask(&[]), Asked::Whole);
        assert_eq!(ask(&[(header::IF_NONE_MATCH, "\"other\", W/\"tag\"")]), Asked::Unchanged);
        assert_eq!(ask(&[(header::IF_NONE_MATCH, "*")]), Asked::Unchanged);
        assert_eq!(ask(&[(header::IF_NONE_MATCH, "\"other\"")]), Asked::Whole);
        assert_eq!(ask(&[range.clone(), (header::IF_RANGE, "\"tag\"")]), Asked::Range(0..10));
        assert_eq!(ask(&[range.clone(), (header::IF_RANGE, "W/\"tag\"")]), Asked::Whole);
        assert_eq!(ask(&[range, (header::IF_RANGE, "Sat, 21 Nov 2026 10:00:00 GMT")]), Asked::Whole);
    }
}
