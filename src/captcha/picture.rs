//! Digits as a picture: bent, turned, crossed by lines and strewn with specks, all of it one path whose pieces stand in
//! no order, so that nothing in the source of the picture tells which piece is which.

use std::fmt::Write as _;

use rand::Rng;
use rand::seq::SliceRandom;
use skrifa::outline::OutlinePen;

use crate::documents::Typeface;

const WIDTH: f32 = 220.0;
const HEIGHT: f32 = 72.0;
const SIZE: f32 = 46.0;
const LINES: usize = 4;
const SPECKS: usize = 42;

/// A step of an outline.
#[derive(Debug, Clone, Copy)]
enum Step {
    Move([f32; 2]),
    Line([f32; 2]),
    Quadratic([f32; 2], [f32; 2]),
    Cubic([f32; 2], [f32; 2], [f32; 2]),
}

impl Step {
    fn bent(self, bend: &impl Fn([f32; 2]) -> [f32; 2]) -> Self {
        match self {
            Step::Move(point) => Step::Move(bend(point)),
            Step::Line(point) => Step::Line(bend(point)),
            Step::Quadratic(control, point) => Step::Quadratic(bend(control), bend(point)),
            Step::Cubic(first, second, point) => Step::Cubic(bend(first), bend(second), bend(point)),
        }
    }
}

/// Closed outlines, one after the other.
#[derive(Default)]
struct Pieces(Vec<Vec<Step>>);

impl Pieces {
    fn go_on(&mut self, step: Step) {
        if let Some(piece) = self.0.last_mut() {
            piece.push(step);
        }
    }
}

impl OutlinePen for Pieces {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.push(vec![Step::Move([x, y])]);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.go_on(Step::Line([x, y]));
    }
    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        self.go_on(Step::Quadratic([cx0, cy0], [x, y]));
    }
    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.go_on(Step::Cubic([cx0, cy0], [cx1, cy1], [x, y]));
    }
    fn close(&mut self) {}
}

/// The picture of `digits`.
pub(super) fn svg(typeface: &Typeface, digits: &str) -> String {
    let mut rng = rand::rng();
    let mut pieces = Vec::new();
    let room = (WIDTH - 24.0) / digits.chars().count().max(1) as f32;
    for (position, digit) in digits.chars().enumerate() {
        let mut outline = Pieces::default();
        let width = typeface.outline(digit, SIZE, &mut outline);
        let middle = 12.0 + room * (position as f32 + 0.5) + rng.random_range(-3.0..3.0);
        let baseline = HEIGHT / 2.0 + SIZE * 0.36 + rng.random_range(-7.0..7.0);
        let (turn, shear): (f32, f32) = (rng.random_range(-0.38..0.38), rng.random_range(-0.25..0.25));
        let scale: f32 = rng.random_range(0.85..1.15);
        let place = move |[x, y]: [f32; 2]| {
            // Around the middle of the digit; the font's y axis points up.
            let (x, y) = ((x - width / 2.0 + shear * y) * scale, (SIZE * 0.36 - y) * scale);
            let (sine, cosine) = turn.sin_cos();
            [middle + x * cosine - y * sine, baseline - SIZE * 0.36 + x * sine + y * cosine]
        };
        pieces.extend(outline.0.into_iter().map(|piece| bent(piece, &place)));
    }
    pieces.extend((0..LINES).map(|_| line(&mut rng)));
    pieces.extend((0..SPECKS).map(|_| speck(&mut rng)));
    pieces.shuffle(&mut rng);
    let (wave_x, wave_y): (f32, f32) = (rng.random_range(2.0..3.5), rng.random_range(2.0..3.5));
    let (start_x, start_y): (f32, f32) = (rng.random_range(0.0..6.0), rng.random_range(0.0..6.0));
    let wave =
        move |[x, y]: [f32; 2]| [x + wave_x * (y / 13.0 + start_x).sin(), y + wave_y * (x / 24.0 + start_y).sin()];
    let mut path = String::new();
    for piece in pieces {
        print(&mut path, &bent(piece, &wave));
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\"><path fill=\"#2b3a55\" d=\"{path}\"/></svg>"
    )
}

fn bent(piece: Vec<Step>, bend: &impl Fn([f32; 2]) -> [f32; 2]) -> Vec<Step> {
    piece.into_iter().map(|step| step.bent(bend)).collect()
}

/// A thin curved line from edge to edge.
fn line(rng: &mut impl Rng) -> Vec<Step> {
    let (left, right) = (rng.random_range(8.0..HEIGHT - 8.0), rng.random_range(8.0..HEIGHT - 8.0));
    let by: [f32; 2] = [rng.random_range(WIDTH * 0.25..WIDTH * 0.75), rng.random_range(-20.0..HEIGHT + 20.0)];
    let thickness = rng.random_range(1.2..2.2);
    vec![
        Step::Move([2.0, left]),
        Step::Quadratic(by, [WIDTH - 2.0, right]),
        Step::Line([WIDTH - 2.0, right + thickness]),
        Step::Quadratic([by[0], by[1] + thickness], [2.0, left + thickness]),
    ]
}

/// A small triangle.
fn speck(rng: &mut impl Rng) -> Vec<Step> {
    let (x, y) = (rng.random_range(4.0..WIDTH - 4.0), rng.random_range(4.0..HEIGHT - 4.0));
    let mut corner = || [x + rng.random_range(-1.8..1.8), y + rng.random_range(-1.8..1.8)];
    vec![Step::Move(corner()), Step::Line(corner()), Step::Line(corner())]
}

fn print(path: &mut String, piece: &[Step]) {
    for step in piece {
        let (letter, points) = match *step {
            Step::Move(point) => ('M', vec![point]),
            Step::Line(point) => ('L', vec![point]),
            Step::Quadratic(control, point) => ('Q', vec![control, point]),
            Step::Cubic(first, second, point) => ('C', vec![first, second, point]),
        };
        path.push(letter);
        for [x, y] in points {
            let _infallible = write!(path, "{x:.1} {y:.1} ");
        }
    }
    path.push('Z');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_holds_no_text_and_is_never_the_same_twice() {
        let typeface = Typeface::built_in();
        let first = svg(&typeface, "23456");
        assert!(!first.contains("<text") && !first.contains("23456"), "{first}");
        assert!(first.len() < 20_000, "{} bytes", first.len());
        assert_ne!(first, svg(&typeface, "23456"));
        assert!(first.matches('M').count() > LINES + SPECKS + 4, "digits are drawn");
    }
}
