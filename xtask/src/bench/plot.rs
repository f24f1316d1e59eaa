//! Figures as a picture: two bars a figure, ours and the one beside it, readable on light and on dark pages.

use std::fmt::Write;

use super::figure::{Figure, Target};

const WIDTH: f64 = 720.0;
/// Where a full bar ends; its number stands behind.
const BAR: f64 = 520.0;
const ROW: f64 = 78.0;
const STYLE: &str = "text{font:14px system-ui,sans-serif;fill:#1f2328}.label{font-weight:600}\
.ours{fill:#0b5fa5}.theirs{fill:#9aa4af}.target{stroke:#b3261e;stroke-width:2}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.ours{fill:#58a6ff}.theirs{fill:#6e7681}.target{stroke:#ff7b72}}";

/// Draws figures with their labels. Within a figure lengths are true to scale; the red line is the target.
pub(super) fn draw(figures: &[(&Figure, String)]) -> String {
    let height = figures.iter().map(|_| ROW).sum::<f64>();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\"><style>{STYLE}</style>\n"
    );
    for ((figure, label), top) in figures.iter().zip((0_u32..).map(|row| f64::from(row) * ROW)) {
        row(&mut svg, figure, label, top);
    }
    svg.push_str("</svg>\n");
    svg
}

fn row(svg: &mut String, figure: &Figure, label: &str, top: f64) {
    let reference = figure.reference.unwrap_or(1.0);
    let target = figure.target.map(|target| match target {
        Target::AtLeast(target) | Target::AtMost(target) => target * reference,
    });
    let largest = [Some(figure.value), figure.reference, target].into_iter().flatten().fold(0.0, f64::max);
    let length = |value: f64| value / largest * BAR;
    // Writing to a string cannot fail.
    let _ = writeln!(svg, "<text class=\"label\" y=\"{}\">{}</text>", top + 16.0, escape(label));
    let mut bar = |class: &str, value: f64, y: f64, name: &str, line: Option<f64>| {
        let width = length(value);
        let text = format!("{} {}{name}", number(value), figure.unit);
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" y=\"{y}\" width=\"{width:.1}\" height=\"16\" rx=\"2\"/>\
             <text x=\"{:.1}\" y=\"{}\">{}</text>",
            behind(width, line),
            y + 13.0,
            escape(&text)
        );
    };
    bar("ours", figure.value, top + 24.0, "", target.map(length));
    if let (Some(reference), Some(name)) = (figure.reference, &figure.ratio_to) {
        bar("theirs", reference, top + 44.0, &format!(" {name}"), None);
    }
    if let Some(target) = target {
        let x = length(target);
        let _ = writeln!(
            svg,
            "<line class=\"target\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{}\" y2=\"{}\"/>",
            top + 21.0,
            top + 43.0
        );
    }
}

/// Where the text behind a bar begins: behind the target's line, too, where that would cross it.
fn behind(bar: f64, target: Option<f64>) -> f64 {
    const GAP: f64 = 8.0;
    /// No text behind a bar is longer.
    const TEXT: f64 = 190.0;
    target.filter(|line| (bar..bar + TEXT).contains(line)).unwrap_or(bar) + GAP
}

/// With three digits that count.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_true_to_scale() {
        let target = Some(Target::AtLeast(0.85));
        let figure = Figure::compared("f", "MiB/s", "plain <PUT>", &[(50.0, 100.0)], target);
        let svg = draw(&[(&figure, "Upload & more".to_owned())]);
        assert!(svg.contains("class=\"ours\" y=\"24\" width=\"260.0\""), "{svg}");
        assert!(svg.contains("class=\"theirs\" y=\"44\" width=\"520.0\""), "{svg}");
        assert!(svg.contains("x1=\"442.0\""), "{svg}");
        // The number stands behind the target's line, which it would cross behind its own bar.
        assert!(svg.contains("x=\"450.0\""), "{svg}");
        assert!(svg.contains("Upload &amp; more") && svg.contains("plain &lt;PUT&gt;"), "{svg}");
    }

    #[test]
    fn three_digits_count() {
        assert_eq!([1234.5, 45.67, 0.851].map(number), ["1234", "45.7", "0.85"]);
    }
}
