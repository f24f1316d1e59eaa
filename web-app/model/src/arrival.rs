//! A link that someone pastes into the page, and the parts of a link that arrives.

/// What stands before the delivery in a link's path: for those who need no account, and for those who do.
const PAGES: [&str; 2] = ["/d/", "/r/"];

/// The two halves of a delivery's link, as text that nobody has checked yet: the worker does that.
#[derive(Clone, PartialEq, Eq)]
pub struct PastedLink {
    /// Last segment of the path.
    pub delivery: String,
    /// What stood after `#`, or after `%23` when a program had rewritten it.
    pub fragment: String,
}

impl PastedLink {
    /// Finds a link of ours in what was pasted: a whole address with or without its scheme, perhaps broken over lines by
    /// a mail program, or only the part after `#` when `delivery` is known from the page's own address.
    #[must_use]
    pub fn find(pasted: &str, delivery: Option<&str>) -> Option<Self> {
        let text: String = pasted.chars().filter(|character| !character.is_whitespace()).collect();
        let text = text.trim_matches(['<', '>', '"', '\'']).replace("%23", "#");
        let (before, fragment) = match text.split_once('#') {
            Some(halves) => halves,
            // A link without its fragment holds no secret.
            None if PAGES.iter().any(|page| text.contains(page)) => return None,
            None => ("", text.as_str()),
        };
        let named = PAGES.iter().find_map(|page| before.rsplit_once(page));
        let named = named.map(|(_, id)| id.trim_end_matches('/').to_owned());
        let delivery = named.or_else(|| delivery.map(str::to_owned)).filter(|id| !id.is_empty())?;
        (!fragment.is_empty()).then(|| Self { delivery, fragment: fragment.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn found(pasted: &str, page: Option<&str>) -> Option<(String, String)> {
        PastedLink::find(pasted, page).map(|link| (link.delivery, link.fragment))
    }

    #[test]
    fn whole_links_and_halves() {
        let both = Some(("ID".to_owned(), "1.secret.".to_owned()));
        assert_eq!(found("https://x.example/d/ID#1.secret.", None), both);
        assert_eq!(found("  <https://x.example/d/ID#1.secret.>\n", None), both);
        assert_eq!(found("https://x.example/d/ID#1.se\r\ncret.", Some("OTHER")), both);
        assert_eq!(found("https://x.example/r/ID#1.secret.", None), both);
        assert_eq!(found("x.example/d/ID%231.secret.", None), both);
        assert_eq!(found("#1.secret.", Some("ID")), both);
        assert_eq!(found("1.secret.", Some("ID")), both);
        assert_eq!(found("1.secret.", None), None);
        assert_eq!(found("https://x.example/d/ID", Some("ID")), None);
        assert_eq!(found("https://x.example/r/ID", Some("ID")), None);
        assert_eq!(found("", Some("ID")), None);
        assert_eq!(found("https://x.example/d/ID#", Some("ID")), None);
    }
}
