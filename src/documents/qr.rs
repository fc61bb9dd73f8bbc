//! QR codes as vector boxes.

use fast_qr::{ECL, QRBuilder};

use super::sheet::{Ink, Sheet};

/// Draws `content` as a QR code of `side` points, without the quiet zone: leave some space around it. Fails for texts
/// longer than a code holds.
pub(super) fn draw(
    sheet: &mut Sheet<'_, '_>,
    content: &str,
    x: f32,
    y: f32,
    side: f32,
    ink: Ink,
) -> anyhow::Result<()> {
    let code = QRBuilder::new(content).ecl(ECL::M).build().map_err(|error| anyhow::anyhow!("QR code: {error:?}"))?;
    let module = side / code.size as f32;
    let dark = (0..code.size).flat_map(|row| (0..code.size).map(move |column| (row, column)));
    let boxes = dark
        .filter(|(row, column)| code[*row][*column].value())
        .map(|(row, column)| (x + column as f32 * module, y + row as f32 * module, module, module));
    sheet.boxes(boxes, ink);
    Ok(())
}
