//! The fonts of our papers: which font has a character, and how wide a text is.

use std::sync::{Arc, LazyLock};

use anyhow::Context;
use krilla::text::Font;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider};

static BUILT_IN: &[u8] = include_bytes!("../../assets/fonts/NotoSansSC-GB2312.ttf");

/// The font compiled in, as a TrueType file.
pub fn built_in_font() -> &'static [u8] {
    BUILT_IN
}

/// What stands for a character that no font has: the mark that Chinese typesetters use (U+3013).
pub const MISSING: char = '〓';

/// Fonts in the order in which they are asked for a character; cheap to clone.
#[derive(Clone)]
pub struct Typeface {
    faces: Vec<Arc<Face>>,
}

struct Face {
    bytes: FaceBytes,
    font: Font,
}

enum FaceBytes {
    BuiltIn,
    Own(Arc<Vec<u8>>),
}

impl Face {
    fn bytes(&self) -> &[u8] {
        match &self.bytes {
            FaceBytes::BuiltIn => BUILT_IN,
            FaceBytes::Own(bytes) => bytes,
        }
    }

    /// Width of a character in thousandths of the font size; nothing if the font lacks it.
    fn advance(&self, character: char) -> Option<f32> {
        let font = FontRef::new(self.bytes()).ok()?;
        let glyph = font.charmap().map(character).filter(|glyph| glyph.to_u32() != 0)?;
        let advance = font.glyph_metrics(Size::new(1_000.0), LocationRef::default()).advance_width(glyph);
        Some(advance.unwrap_or(1_000.0))
    }
}

static BUILT_IN_FACE: LazyLock<Arc<Face>> = LazyLock::new(|| {
    let font = Font::new(BUILT_IN.into(), 0).expect("the font compiled in is sound");
    Arc::new(Face { bytes: FaceBytes::BuiltIn, font })
});

/// A piece of text in one font.
pub(super) struct Run {
    pub(super) font: Font,
    pub(super) text: String,
    /// Thousandths of the font size.
    pub(super) width: f32,
}

impl Typeface {
    /// The font compiled in: GB 2312 and some rare name characters.
    pub fn built_in() -> Self {
        Self { faces: vec![Arc::clone(&BUILT_IN_FACE)] }
    }

    /// The built-in font, and for characters that it lacks the font of `documents.font_file` (empty: none).
    pub fn open(font_file: &str) -> anyhow::Result<Self> {
        let mut typeface = Self::built_in();
        if !font_file.is_empty() {
            let bytes = std::fs::read(font_file).with_context(|| format!("无法读取字体文件 {font_file}"))?;
            let bytes = Arc::new(bytes);
            let font = Font::new(Arc::clone(&bytes).into(), 0);
            let font = font.with_context(|| format!("{font_file} 不是可用的 TrueType/OpenType 字体"))?;
            typeface.faces.push(Arc::new(Face { bytes: FaceBytes::Own(bytes), font }));
        }
        Ok(typeface)
    }

    /// Cuts `text` into runs of one font each; what no font has becomes [`MISSING`].
    pub(super) fn runs(&self, text: &str) -> Vec<Run> {
        let mut runs: Vec<(usize, Run)> = Vec::new();
        for character in text.chars().filter(|character| !character.is_control()) {
            let (position, character, advance) = self.place(character);
            match runs.last_mut() {
                Some((last, run)) if *last == position => {
                    run.text.push(character);
                    run.width += advance;
                }
                _ => {
                    let font = self.faces[position].font.clone();
                    runs.push((position, Run { font, text: character.to_string(), width: advance }));
                }
            }
        }
        runs.into_iter().map(|(_, run)| run).collect()
    }

    /// Which font draws the character (or its replacement), and how wide.
    fn place(&self, character: char) -> (usize, char, f32) {
        let found =
            self.faces.iter().enumerate().find_map(|(position, face)| Some((position, face.advance(character)?)));
        match found {
            Some((position, advance)) => (position, character, advance),
            None => (0, MISSING, self.faces[0].advance(MISSING).unwrap_or(1_000.0)),
        }
    }

    /// Width of `text` at `size`, in points.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().filter(|character| !character.is_control()).map(|character| self.place(character).2).sum::<f32>()
            * size
            / 1_000.0
    }

    /// `text` in lines of at most `width` points. The last allowed line ends in … when there is more.
    pub(super) fn wrap(&self, text: &str, size: f32, width: f32, lines_max: usize) -> Vec<String> {
        let mut lines = vec![String::new()];
        let mut used = 0.0;
        let unit = size / 1_000.0;
        let ellipsis = self.place('…').2 * unit;
        let mut rest = text.chars().filter(|character| !character.is_control()).peekable();
        while let Some(character) = rest.next() {
            let advance = self.place(character).2 * unit;
            let on_last_line = lines.len() == lines_max;
            let reserve = if on_last_line && rest.peek().is_some() { ellipsis } else { 0.0 };
            if used + advance + reserve > width && used > 0.0 {
                if on_last_line && self.width(&rest.clone().collect::<String>(), size) + used + advance > width {
                    lines.last_mut().expect("there is a line").push('…');
                    return lines;
                }
                if !on_last_line {
                    lines.push(String::new());
                    used = 0.0;
                }
            }
            lines.last_mut().expect("there is a line").push(character);
            used += advance;
        }
        lines
    }

    /// Draws the outline of a character of the built-in font at `size` with `pen` and returns its width; nothing is drawn
    /// for one that the font lacks. The y axis points up.
    pub fn outline(&self, character: char, size: f32, pen: &mut impl OutlinePen) -> f32 {
        let face = &self.faces[0];
        let Ok(font) = FontRef::new(face.bytes()) else { return 0.0 };
        let Some(glyph) = font.charmap().map(character) else { return 0.0 };
        if let Some(outline) = font.outline_glyphs().get(glyph) {
            let settings = DrawSettings::unhinted(Size::new(size), LocationRef::default());
            outline.draw(settings, pen).ok();
        }
        font.glyph_metrics(Size::new(size), LocationRef::default()).advance_width(glyph).unwrap_or(0.0)
    }

    /// Whether `text` has characters that no font has.
    pub(super) fn lacks_some_of(&self, text: &str) -> bool {
        let lacks = |character: char| self.faces.iter().all(|face| face.advance(character).is_none());
        text.chars().any(|character| !character.is_control() && lacks(character))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_no_font_has_is_replaced_and_not_lost() {
        let typeface = Typeface::built_in();
        let text: String = typeface.runs("张\u{2A6D6}\u{1F600}山").into_iter().map(|run| run.text).collect();
        assert_eq!(text, "张〓〓山");
        assert!(typeface.lacks_some_of("\u{2A6D6}") && !typeface.lacks_some_of("重庆市渝中区 ABC 123 ￥（）"));
    }

    #[test]
    fn long_texts_are_wrapped_and_cut_with_an_ellipsis() {
        let typeface = Typeface::built_in();
        assert_eq!(typeface.wrap("一二三四五", 10.0, 50.0, 1), ["一二三四五"]);
        assert_eq!(typeface.wrap("一二三四五六", 10.0, 50.0, 1), ["一二三四…"]);
        assert_eq!(typeface.wrap("一二三四五六七", 10.0, 50.0, 2), ["一二三四五", "六七"]);
        assert_eq!(typeface.wrap("一二三四五六七八九十甲", 10.0, 50.0, 2), ["一二三四五", "六七八九…"]);
        assert_eq!(typeface.wrap("", 10.0, 50.0, 2), [""]);
    }

    #[test]
    fn a_font_file_that_is_none_is_told_by_name() {
        let error = Typeface::open("Cargo.toml").err().expect("no font").to_string();
        assert!(error.contains("Cargo.toml"), "{error}");
    }
}
