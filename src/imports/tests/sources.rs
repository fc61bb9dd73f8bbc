//! Encodings, separators, spreadsheets, and files that are none.

use encoding_rs::GB18030;
use rust_xlsxwriter::Workbook;

use super::{Intake, csv_of, row};
use crate::imports::columns::COLUMNS;
use crate::imports::import_file;

#[tokio::test]
async fn every_usual_encoding_and_separator_is_read() {
    let text = csv_of(&[row(1).with("unit_name", "示例𠮷㛃物业")]);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for (name, content) in [
        ("utf8", text.clone().into_bytes()),
        ("utf8 with mark", format!("\u{feff}{text}").into_bytes()),
        ("gb18030", GB18030.encode(&text).0.into_owned()),
        ("utf16", utf16),
        ("tabs", text.replace(',', "\t").into_bytes()),
        ("old line ends", text.replace('\n', "\r\n").into_bytes()),
    ] {
        let intake = Intake::new().await;
        let path = intake.write("fees.csv", content);
        let summary = import_file(&intake.app, &path, |_| {}).await.unwrap();
        assert_eq!(summary.rows.new, 1, "{name}: {:?}", summary.errors);
        assert_eq!(intake.fee("F0000001").await.unwrap().record.unit_name, "示例𠮷㛃物业", "{name}");
    }
}

#[tokio::test]
async fn chinese_that_begins_late_in_a_long_file_is_read_too() {
    let intake = Intake::new().await;
    let rows: Vec<_> = (1..=400).map(row).collect();
    let text = csv_of(&rows).replace("示例物业001有限公司", "Example");
    let text = text.replacen("DT-DJ-2026-0000400", "渝检-2026-0000400", 1);
    let path = intake.write("fees.csv", GB18030.encode(&text).0);
    let summary = import_file(&intake.app, &path, |_| {}).await.unwrap();
    assert_eq!(summary.rows.new, 400, "{:?}", summary.errors.first());
    assert!(intake.report("渝检-2026-0000400").await.is_some());
}

#[tokio::test]
async fn a_spreadsheet_is_read_like_a_table_and_numbers_that_lost_digits_are_told() {
    let intake = Intake::new().await;
    let path = intake.directory.join("fees.xlsx");
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (place, column) in COLUMNS.iter().enumerate() {
        sheet.write(0, place as u16, column.header).unwrap();
    }
    for (line, row) in [row(1), row(2), row(3)].iter().enumerate() {
        for (place, text) in row.cells().iter().enumerate() {
            sheet.write(line as u32 + 1, place as u16, text.as_str()).unwrap();
        }
    }
    let place = |alias: &str| COLUMNS.iter().position(|column| column.alias == alias).unwrap() as u16;
    sheet.write(1, place("amount"), 605.1).unwrap();
    let date_format = rust_xlsxwriter::Format::new().set_num_format("yyyy/m/d");
    let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 7, 10).unwrap();
    sheet.write_with_format(1, place("issued_on"), &day, &date_format).unwrap();
    sheet.write(2, place("registration_code"), 3.110_500_112_201_603e19).unwrap();
    workbook.save(&path).unwrap();
    let summary = import_file(&intake.app, &path, |_| {}).await.unwrap();
    assert_eq!((summary.rows.new, summary.rows.rejected), (2, 1), "{:?}", summary.errors);
    assert_eq!(summary.errors[0].line, 3);
    assert!(summary.errors[0].reason.contains("文本格式"), "{}", summary.errors[0].reason);
    assert_eq!(intake.fee("F0000001").await.unwrap().record.amount.0, 60_510);
    assert_eq!(intake.report("DT-DJ-2026-0000001").await.unwrap().record.issued_on, "2026-07-10");
}

#[tokio::test]
async fn a_spreadsheet_that_unpacks_to_far_more_is_refused() {
    let intake = Intake::new().await;
    let path = intake.directory.join("bomb.xlsx");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for part in 0..6 {
        archive.start_file(format!("xl/part{part}.xml"), zip::write::SimpleFileOptions::default()).unwrap();
        std::io::copy(&mut std::io::Read::take(std::io::repeat(b' '), 100 * 1024 * 1024), &mut archive).unwrap();
    }
    archive.finish().unwrap();
    let error = import_file(&intake.app, &path, |_| {}).await.unwrap_err();
    assert!(format!("{error:#}").contains("太大"), "{error:#}");
}

/// A file of one part with this content, of which the directory says that it has `told` bytes.
fn archive_of(path: &std::path::Path, part: &str, content: &[u8], repeated: usize, told: Option<u32>) {
    let mut archive = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    archive.start_file(part, zip::write::SimpleFileOptions::default()).unwrap();
    for _ in 0..repeated {
        std::io::Write::write_all(&mut archive, content).unwrap();
    }
    archive.finish().unwrap();
    if let Some(told) = told {
        let mut bytes = std::fs::read(path).unwrap();
        // In the directory the size stands 24 bytes behind the mark of the entry; before the part itself, 22.
        for (mark, place) in [(b"PK\x01\x02", 24), (b"PK\x03\x04", 22)] {
            let at = bytes.windows(4).rposition(|window| window == mark).unwrap() + place;
            bytes[at..at + 4].copy_from_slice(&told.to_le_bytes());
        }
        std::fs::write(path, bytes).unwrap();
    }
}

#[tokio::test]
async fn a_spreadsheet_that_lies_about_its_sizes_or_hides_a_bomb_is_refused() {
    let intake = Intake::new().await;
    let path = intake.directory.join("bomb.xlsx");
    let megabyte = "<a/>".repeat(256 * 1024);
    let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><sst><si><t>&b;</t></si></sst>";
    let long = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(300_000));
    for (part, content, repeated, told, reason) in [
        ("xl/styles.xml", megabyte.as_str(), 1, Some(10), "已损坏"),
        ("xl/styles.xml", megabyte.as_str(), 129, None, "太大"),
        ("xl/sharedStrings.xml", long.as_str(), 1, None, "太长"),
        ("xl/sharedStrings.xml", laughs, 1, None, "不应有"),
        ("xl/worksheets/sheet1.xml", "<row><![CDATA[x]]></row>", 1, None, "不应有"),
    ] {
        archive_of(&path, part, content.as_bytes(), repeated, told);
        let error = import_file(&intake.app, &path, |_| {}).await.unwrap_err();
        assert!(format!("{error:#}").contains(reason), "{part}: {error:#}");
    }
}

#[tokio::test]
async fn what_is_no_table_is_refused_in_a_sentence() {
    let intake = Intake::new().await;
    for (name, content, reason) in [
        ("empty.csv", &b""[..], "是空的"),
        ("old.xls", &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..], "旧版 Excel"),
        ("broken.xlsx", &b"PK\x03\x04 and then nothing"[..], "XLSX"),
        ("letter.csv", "亲爱的先生\n您好\n".as_bytes(), "缺少必需的列"),
        ("header.csv", csv_of(&[]).trim_end().as_bytes(), ""),
    ] {
        let path = intake.write(name, content);
        let result = import_file(&intake.app, &path, |_| {}).await;
        match result {
            Ok(summary) => assert_eq!((name, summary.rows.total), ("header.csv", 0)),
            Err(error) => assert!(!reason.is_empty() && format!("{error:#}").contains(reason), "{name}: {error:#}"),
        }
    }
    let missing = import_file(&intake.app, &intake.directory.join("no.csv"), |_| {}).await.unwrap_err();
    assert!(format!("{missing:#}").contains("无法打开"));
}

#[tokio::test]
async fn a_quotation_mark_that_is_never_closed_ends_the_import_and_the_rows_before_it_stay() {
    let intake = Intake::new().await;
    let good = csv_of(&[row(1)]);
    let path = intake.write("fees.csv", format!("{good}\"U001,{}", "x".repeat(600_000)));
    let error = import_file(&intake.app, &path, |_| {}).await.unwrap_err();
    assert!(format!("{error:#}").contains("引号"), "{error:#}");
    assert!(intake.fee("F0000001").await.is_some());
    assert_eq!(intake.count("SELECT COUNT(*) FROM imports WHERE state = 'interrupted'").await, 1);
}

#[tokio::test]
async fn a_quotation_mark_that_is_never_closed_is_told_by_its_line() {
    let intake = Intake::new().await;
    let rows: Vec<_> = (1..=30).map(row).collect();
    let mut lines: Vec<String> = csv_of(&rows).lines().map(str::to_owned).collect();
    lines[26] = lines[26].replacen("U001,", "\"U001,", 1);
    for end in ["\n", ""] {
        let path = intake.write("fees.csv", format!("{}{end}", lines.join("\n")));
        let summary = import_file(&intake.app, &path, |_| {}).await.unwrap();
        assert_eq!(summary.rows.rejected, 1);
        assert_eq!(summary.errors[0].line, 27);
        assert!(summary.errors[0].reason.contains("引号没有成对"), "{:?}", summary.errors[0]);
    }
    let huge = format!("{}\n\"{}", lines[..27].join("\n").replace('"', ""), "x".repeat(600_000));
    let path = intake.write("huge.csv", huge);
    let error = import_file(&intake.app, &path, |_| {}).await.unwrap_err();
    assert!(format!("{error:#}").contains("第 28 行"), "{error:#}");
}

#[tokio::test]
async fn rows_that_are_too_short_are_told_and_blank_lines_are_nothing() {
    let intake = Intake::new().await;
    let path = intake.write("fees.csv", format!("{}\n,,,\nU001,名称\n", csv_of(&[row(1)])));
    let summary = import_file(&intake.app, &path, |_| {}).await.unwrap();
    assert_eq!((summary.rows.new, summary.rows.rejected), (1, 1));
    assert!(summary.errors[0].reason.contains("缺少金额"));
}

#[tokio::test]
async fn lines_are_counted_as_an_editor_counts_them() {
    let header_and_two = csv_of(&[row(1), row(2).with("unit_address", "一行\n两行")]);
    for line_end in ["\n", "\r\n"] {
        let intake = Intake::new().await;
        let text = format!("{}\n\nU001,名称", header_and_two.trim_end());
        let path = intake.write("fees.csv", text.replace('\n', line_end));
        let summary = import_file(&intake.app, &path, |_| {}).await.unwrap();
        let wrong = summary.errors.last().unwrap();
        assert_eq!(wrong.line, 6, "{line_end:?}: {:?}", summary.errors);
    }
}

#[tokio::test]
async fn the_template_imports_without_an_error() {
    let intake = Intake::new().await;
    let path = intake.write("template.csv", include_bytes!("../../../config/import-template.csv"));
    let summary = import_file(&intake.app, &path, |_| {}).await.unwrap();
    assert_eq!((summary.rows.new, summary.rows.rejected), (2, 0), "{:?}", summary.errors);
    assert_eq!(import_file(&intake.app, &path, |_| {}).await.unwrap().rows.unchanged, 2, "and once more");
    let template = include_str!("../../../config/import-template.csv");
    let header: Vec<&str> = template.trim_start_matches('\u{feff}').lines().next().unwrap().split(',').collect();
    assert_eq!(header, COLUMNS.iter().map(|column| column.header).collect::<Vec<_>>());
}
