//! A page to draw on: texts by baseline, rules and boxes, in points from the upper left corner.

use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::TextDirection;

use super::typeface::Typeface;

/// A4 width in points.
pub(super) const PAGE_WIDTH: f32 = 595.28;
/// A4 height in points.
pub(super) const PAGE_HEIGHT: f32 = 841.89;

/// A colour.
pub(super) type Ink = rgb::Color;

/// Texts.
pub(super) fn black() -> Ink {
    rgb::Color::new(0x1F, 0x23, 0x29)
}
/// Labels and small print.
pub(super) fn grey() -> Ink {
    rgb::Color::new(0x6B, 0x72, 0x80)
}
/// Table rules.
pub(super) fn rule_ink() -> Ink {
    rgb::Color::new(0xB8, 0xBE, 0xC7)
}
/// Background of heads and labels.
pub(super) fn tint() -> Ink {
    rgb::Color::new(0xF3, 0xF5, 0xF8)
}
/// Seals.
pub(super) fn red() -> Ink {
    rgb::Color::new(0xD3, 0x2F, 0x2F)
}

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// Starts there.
    Left,
    /// Its middle is there.
    Center,
    /// Ends there.
    Right,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) ink: Ink,
    /// Thickened strokes: the built-in font has one weight only.
    pub(super) bold: bool,
    pub(super) align: Align,
}

impl Style {
    pub(super) fn new(size: f32, ink: Ink) -> Self {
        Self { size, ink, bold: false, align: Align::Left }
    }
    pub(super) fn bold(mut self) -> Self {
        self.bold = true;
        self
    }
    pub(super) fn align(mut self, align: Align) -> Self {
        self.align = align;
        self
    }
}

/// A page being drawn.
pub(super) struct Sheet<'surface, 'document> {
    surface: &'surface mut Surface<'document>,
    typeface: &'surface Typeface,
}

impl<'surface, 'document> Sheet<'surface, 'document> {
    pub(super) fn new(surface: &'surface mut Surface<'document>, typeface: &'surface Typeface) -> Self {
        Self { surface, typeface }
    }

    pub(super) fn typeface(&self) -> &'surface Typeface {
        self.typeface
    }

    /// Draws one line of text with its baseline at `y`; returns its width.
    pub(super) fn text(&mut self, x: f32, y: f32, text: &str, style: Style) -> f32 {
        let runs = self.typeface.runs(text);
        let width = runs.iter().map(|run| run.width).sum::<f32>() * style.size / 1_000.0;
        let mut cursor = match style.align {
            Align::Left => x,
            Align::Center => x - width / 2.0,
            Align::Right => x - width,
        };
        self.surface.set_fill(Some(fill(style.ink)));
        self.surface.set_stroke(style.bold.then(|| stroke(style.ink, style.size * 0.028)));
        for run in runs {
            let start = Point::from_xy(cursor, y);
            self.surface.draw_text(start, run.font, style.size, &run.text, false, TextDirection::LeftToRight);
            cursor += run.width * style.size / 1_000.0;
        }
        self.surface.set_stroke(None);
        width
    }

    /// Draws text with `spacing` points between the characters, centered on `x`: for titles.
    pub(super) fn spaced_title(&mut self, x: f32, y: f32, text: &str, spacing: f32, style: Style) {
        let count = text.chars().count() as f32;
        let width = self.typeface.width(text, style.size) + spacing * (count - 1.0).max(0.0);
        let mut cursor = x - width / 2.0;
        for character in text.chars() {
            cursor += self.text(cursor, y, &character.to_string(), style) + spacing;
        }
    }

    /// A filled box.
    pub(super) fn fill_box(&mut self, x: f32, y: f32, width: f32, height: f32, ink: Ink) {
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(fill(ink)));
        self.draw_rect(x, y, width, height);
    }

    /// A box of lines.
    pub(super) fn frame(&mut self, x: f32, y: f32, width: f32, height: f32, ink: Ink, thickness: f32) {
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(stroke(ink, thickness)));
        self.draw_rect(x, y, width, height);
        self.surface.set_stroke(None);
    }

    /// A straight line.
    pub(super) fn line(&mut self, from: (f32, f32), to: (f32, f32), ink: Ink, thickness: f32) {
        self.path(&[from, to], false, None, Some((ink, thickness)));
    }

    /// A line through points, closed and filled if wished.
    pub(super) fn path(
        &mut self,
        points: &[(f32, f32)],
        closed: bool,
        inside: Option<Ink>,
        outline: Option<(Ink, f32)>,
    ) {
        let mut builder = PathBuilder::new();
        for (position, (x, y)) in points.iter().enumerate() {
            if position == 0 {
                builder.move_to(*x, *y);
            } else {
                builder.line_to(*x, *y);
            }
        }
        if closed {
            builder.close();
        }
        self.surface.set_fill(inside.map(fill));
        self.surface.set_stroke(outline.map(|(ink, thickness)| stroke(ink, thickness)));
        if let Some(path) = builder.finish() {
            self.surface.draw_path(&path);
        }
        self.surface.set_stroke(None);
    }

    /// Boxes of one colour as one path: for QR codes, where seams between separate boxes would show.
    pub(super) fn boxes(&mut self, boxes: impl Iterator<Item = (f32, f32, f32, f32)>, ink: Ink) {
        let mut builder = PathBuilder::new();
        for (x, y, width, height) in boxes {
            if let Some(rect) = Rect::from_xywh(x, y, width, height) {
                builder.push_rect(rect);
            }
        }
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(fill(ink)));
        if let Some(path) = builder.finish() {
            self.surface.draw_path(&path);
        }
    }

    /// Draws turned by `degrees` (clockwise) around a point and with `opacity` (0–1).
    pub(super) fn turned(
        &mut self,
        degrees: f32,
        around: (f32, f32),
        opacity: f32,
        draw: impl FnOnce(&mut Sheet<'_, 'document>),
    ) {
        self.surface.push_transform(&Transform::from_rotate_at(degrees, around.0, around.1));
        self.surface.push_opacity(NormalizedF32::new(opacity).unwrap_or(NormalizedF32::ONE));
        draw(&mut Sheet { surface: self.surface, typeface: self.typeface });
        self.surface.pop();
        self.surface.pop();
    }

    fn draw_rect(&mut self, x: f32, y: f32, width: f32, height: f32) {
        let mut builder = PathBuilder::new();
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            builder.push_rect(rect);
        }
        if let Some(path) = builder.finish() {
            self.surface.draw_path(&path);
        }
    }
}

fn fill(ink: Ink) -> Fill {
    Fill { paint: ink.into(), ..Fill::default() }
}

fn stroke(ink: Ink, width: f32) -> Stroke {
    Stroke { paint: ink.into(), width, ..Stroke::default() }
}
