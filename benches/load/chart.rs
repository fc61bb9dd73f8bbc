//! The shares of the limits as a chart: bars in SVG, readable in light and dark.

use std::fmt::Write as _;

use crate::report::{Line, Report};

const WIDTH: f64 = 860.0;
const NAMES: f64 = 380.0;
const ROW: f64 = 18.0;
/// The longest bar stands for so many percent; longer ones are cut and say so in figures.
const FULL_PERCENT: f64 = 150.0;

/// Draws a bar for every line that has a limit: our share of it, and a mark at the limit itself.
pub fn draw(report: &Report) -> String {
    let bars: Vec<(&Line, f64)> =
        report.lines.iter().filter_map(|line| Some((line, line.share(line.limits.first()?) * 100.0))).collect();
    let height = ROW * (bars.len() as f64 + 3.0);
    let limit = NAMES + 100.0 * scale();
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"8\" y=\"16\" font-size=\"13\" fill=\"#1f2328\">Share of what the database alone manages, same run</text>\n\
         <line x1=\"{limit}\" y1=\"24\" x2=\"{limit}\" y2=\"{height}\" stroke=\"#8c959f\"/>\n\
         <text x=\"{limit}\" y=\"20\" text-anchor=\"middle\" fill=\"#59636e\">100 %</text>\n"
    );
    for (number, (line, percent)) in bars.iter().enumerate() {
        let top = ROW * (number as f64 + 1.7);
        let base = top + 11.0;
        let colour = if line.stage == "SQLite" { "#8250df" } else { "#0969da" };
        let length = percent.min(FULL_PERCENT) * scale();
        let end = NAMES + length + 4.0;
        // Writing into a text does not fail.
        let _infallible = writeln!(
            text,
            "<text x=\"{}\" y=\"{base}\" text-anchor=\"end\" fill=\"#1f2328\">{}: {}</text>\
             <rect x=\"{NAMES}\" y=\"{top}\" width=\"{length:.1}\" height=\"13\" fill=\"{colour}\"/>\
             <text x=\"{end:.1}\" y=\"{base}\" fill=\"#1f2328\">{percent:.0} %</text>",
            NAMES - 6.0,
            line.stage,
            escaped(&line.name),
        );
    }
    text.push_str("</svg>\n");
    text
}

fn scale() -> f64 {
    (WIDTH - NAMES - 50.0) / FULL_PERCENT
}

fn escaped(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;")
}
