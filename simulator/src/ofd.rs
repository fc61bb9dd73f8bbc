//! Receipts in the national layout format (OFD, GB/T 33190): a ZIP of a few XML files with the facts as text.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::documents::yuan;
use crate::instants;
use crate::world::providers::Receipt;

const NAMESPACE: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";
/// Page in millimetres.
const PAGE_BOX: &str = "0 0 210 140";
const LINE_HEIGHT_MM: usize = 10;

/// One fiscal receipt.
pub(crate) fn fiscal_receipt(receipt: &Receipt) -> Result<Vec<u8>, zip::result::ZipError> {
    let text = |name: &str| receipt.request[name].as_str().unwrap_or_default().to_owned();
    let lines = [
        "非税收入一般缴款电子票据（模拟）".to_owned(),
        format!("票据代码：{}　票据号码：{}", receipt.receipt_code, receipt.receipt_number),
        format!("校验码：{}　开票日期：{}", receipt.check_code, instants::day(receipt.issued_at.unwrap_or_default())),
        format!("交款人：{}", text("payer_name")),
        format!("统一社会信用代码：{}", text("payer_tax_no")),
        format!("金额合计：{}", yuan(receipt.request["amount_fen"].as_i64().unwrap_or_default())),
        format!("备注：{}", text("remark")),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        ("OFD.xml", root(&receipt.request_no)),
        ("Doc_0/Document.xml", document()),
        ("Doc_0/PublicRes.xml", resources()),
        ("Doc_0/Pages/Page_0/Content.xml", page(&lines)),
    ] {
        zip.start_file(name, SimpleFileOptions::default())?;
        zip.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
        zip.write_all(content.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

fn root(id: &str) -> String {
    format!(
        "<ofd:OFD {NAMESPACE} Version=\"1.0\" DocType=\"OFD\"><ofd:DocBody><ofd:DocInfo><ofd:DocID>{}</ofd:DocID>\
         </ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        escaped(id)
    )
}

fn document() -> String {
    format!(
        "<ofd:Document {NAMESPACE}><ofd:CommonData><ofd:MaxUnitID>99</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>\
         {PAGE_BOX}</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData>\
         <ofd:Pages><ofd:Page ID=\"1\" BaseLoc=\"Pages/Page_0/Content.xml\"/></ofd:Pages></ofd:Document>"
    )
}

fn resources() -> String {
    format!(
        "<ofd:Res {NAMESPACE} BaseLoc=\"Res\"><ofd:Fonts><ofd:Font ID=\"2\" FontName=\"SimSun\" FamilyName=\"SimSun\"/>\
         </ofd:Fonts></ofd:Res>"
    )
}

fn page(lines: &[String]) -> String {
    let objects: String = lines
        .iter()
        .enumerate()
        .map(|(number, line)| {
            let (id, y) = (number + 10, 12 + number * LINE_HEIGHT_MM);
            let steps = "5 ".repeat(line.chars().count().saturating_sub(1));
            format!(
                "<ofd:TextObject ID=\"{id}\" Boundary=\"15 {y} 190 8\" Font=\"2\" Size=\"5\"><ofd:TextCode X=\"0\" Y=\"6\" \
                 DeltaX=\"{}\">{}</ofd:TextCode></ofd:TextObject>",
                steps.trim_end(),
                escaped(line)
            )
        })
        .collect();
    format!("<ofd:Page {NAMESPACE}><ofd:Content><ofd:Layer ID=\"3\">{objects}</ofd:Layer></ofd:Content></ofd:Page>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
