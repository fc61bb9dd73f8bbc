//! A round red seal that says what it is: 示例.

use std::f32::consts::TAU;

use super::sheet::{Align, Sheet, Style, red};

/// Draws a round seal with `name` on an arc, a star, and `word` below it, turned a little as by a hand.
pub(super) fn draw(sheet: &mut Sheet<'_, '_>, center: (f32, f32), radius: f32, name: &str, word: &str) {
    sheet.turned(-8.0, center, 0.78, |sheet| {
        ring(sheet, center, radius, 2.4);
        ring(sheet, center, radius - 4.0, 0.6);
        star(sheet, center, radius * 0.26);
        arc_text(sheet, center, radius * 0.70, name, radius * 0.21);
        let style = Style::new(radius * 0.24, red()).bold().align(Align::Center);
        sheet.text(center.0, center.1 + radius * 0.58, word, style);
    });
}

fn ring(sheet: &mut Sheet<'_, '_>, center: (f32, f32), radius: f32, thickness: f32) {
    let points: Vec<(f32, f32)> = (0..120).map(|step| on_circle(center, radius, TAU * step as f32 / 120.0)).collect();
    sheet.path(&points, true, None, Some((red(), thickness)));
}

fn star(sheet: &mut Sheet<'_, '_>, center: (f32, f32), radius: f32) {
    let points: Vec<(f32, f32)> = (0..10)
        .map(|step| {
            let reach = if step % 2 == 0 { radius } else { radius * 0.382 };
            on_circle(center, reach, TAU * step as f32 / 10.0)
        })
        .collect();
    sheet.path(&points, true, Some(red()), None);
}

/// Characters stand upright on the upper arc, spread over at most 250 degrees.
fn arc_text(sheet: &mut Sheet<'_, '_>, center: (f32, f32), radius: f32, text: &str, size: f32) {
    let count = text.chars().count();
    if count == 0 {
        return;
    }
    let span = (count as f32 * 23.0).min(250.0);
    let size = size.min(radius * span.to_radians() / count as f32 * 0.95);
    for (position, character) in text.chars().enumerate() {
        let degrees = span * ((position as f32 + 0.5) / count as f32 - 0.5);
        sheet.turned(degrees, center, 1.0, |sheet| {
            let style = Style::new(size, red()).bold().align(Align::Center);
            sheet.text(center.0, center.1 - radius, &character.to_string(), style);
        });
    }
}

/// A point on a circle, `angle` radians clockwise from the top.
fn on_circle(center: (f32, f32), radius: f32, angle: f32) -> (f32, f32) {
    (center.0 + radius * angle.sin(), center.1 - radius * angle.cos())
}
