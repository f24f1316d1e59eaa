//! What a page must be like on the narrowest phone: nothing runs out of it, and what is tapped is large enough.

use anyhow::{Result, ensure};
use harness::browser::Browser;
use serde_json::Value;

/// Elements that reach beyond the window's right edge, unless they scroll by themselves.
const TOO_WIDE: &str = r"
    const wide = document.documentElement.scrollWidth > innerWidth ? ['the page: ' + document.documentElement.scrollWidth] : [];
    const hidden = e => getComputedStyle(e).position === 'absolute' && e.getBoundingClientRect().width <= 1;
    for (const e of document.querySelectorAll('body *')) {
        const r = e.getBoundingClientRect();
        if (r.width && r.right > innerWidth + 0.5 && !hidden(e) && !e.closest('svg')) wide.push(e.tagName + '#' + e.id + '.' + e.className + ' to ' + r.right);
    }
    return wide;
";
/// Buttons and fields that are less than 24 CSS pixels high or wide (WCAG 2.2, 2.5.8).
const TOO_SMALL: &str = r"
    const size = e => { const r = (e.labels?.[0] ?? e).getBoundingClientRect(), s = e.getBoundingClientRect(); return [Math.max(r.width, s.width), Math.max(r.height, s.height)]; };
    return [...document.querySelectorAll('button, input, select, textarea')]
        .filter(e => e.checkVisibility() && Math.min(...size(e)) < 24)
        .map(e => e.tagName + '#' + e.id + ' ' + size(e));
";

/// Classes of the design system that an element has and no rule knows: left out of the style sheet by mistake.
const UNSTYLED: &str = r"
    const known = [...document.styleSheets].flatMap(sheet => [...sheet.cssRules]).map(rule => rule.cssText).join(' ');
    const used = new Set([...document.querySelectorAll('[class*=kern-]')].flatMap(e => [...e.classList]));
    return [...used].filter(name => name.startsWith('kern-') && !known.includes('.' + name));
";

/// Nothing is too wide, too small or without its style.
pub(crate) async fn fits(browser: &Browser) -> Result<()> {
    for (what, script) in [("too wide", TOO_WIDE), ("too small", TOO_SMALL), ("unstyled", UNSTYLED)] {
        let found = browser.script(script, &[]).await?;
        let none = found.as_array().is_some_and(Vec::is_empty);
        ensure!(none, "{what}: {}", serde_json::to_string_pretty::<Value>(&found)?);
    }
    Ok(())
}
