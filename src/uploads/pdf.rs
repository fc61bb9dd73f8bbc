//! PDF files of people: taken as they are, if they are harmless by construction.

use lopdf::{Dictionary, Document, LoadOptions, Object};

/// One compressed stream may unpack to so much while the file is read.
const STREAM_BYTES_MAX: usize = 64 * 1024 * 1024;
/// More objects than this no bank slip has.
const OBJECTS_MAX: usize = 50_000;
/// Nesting of arrays and dictionaries.
const DEPTH_MAX: usize = 60;
/// After the last `%%EOF` only line ends may follow.
const TAIL_BYTES_MAX: usize = 16;
/// Where readers of ZIP files look for their directory, from the end.
const ZIP_TAIL_BYTES: usize = 65_557;

const RUNS: &str = "PDF 含有脚本或自动执行的动作，不能上传；请用“打印为 PDF”另存后再传";
const EMBEDS: &str = "PDF 里嵌有其他文件，不能上传；请用“打印为 PDF”另存后再传";
const DAMAGED: &str = "PDF 已损坏或不完整，请重新导出后上传";

/// Looks at a file that begins as a PDF does. The error is a sentence for people.
pub fn check(content: &[u8], pages_max: usize) -> Result<(), String> {
    refuse_polyglots(content)?;
    let options = LoadOptions { max_decompressed_size: Some(STREAM_BYTES_MAX), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(content, options).map_err(|error| {
        if matches!(error, lopdf::Error::Unimplemented(_)) || is_about_encryption(&error) {
            "PDF 设有密码，不能上传；请去掉密码后再传".to_owned()
        } else {
            DAMAGED.to_owned()
        }
    })?;
    if document.is_encrypted() || document.trailer.has(b"Encrypt") || document.encryption_state.is_some() {
        return Err("PDF 设有密码，不能上传；请去掉密码后再传".to_owned());
    }
    if document.objects.len() > OBJECTS_MAX {
        return Err("PDF 太复杂，请用“打印为 PDF”另存后再传".to_owned());
    }
    for object in document.objects.values() {
        refuse_active(object, 0)?;
    }
    refuse_active_dictionary(&document.trailer, 0)?;
    // Counted one by one: collecting them makes room for as many as the file says there are, and memory that is not there ends
    // the process.
    match document.page_iter().count() {
        0 => Err(DAMAGED.to_owned()),
        pages if pages > pages_max => Err(format!("PDF 有 {pages} 页，最多 {pages_max} 页")),
        _ => Ok(()),
    }
}

fn is_about_encryption(error: &lopdf::Error) -> bool {
    matches!(
        error,
        lopdf::Error::Decryption(_) | lopdf::Error::UnsupportedSecurityHandler(_) | lopdf::Error::InvalidPassword
    )
}

/// A file that is also something else: a ZIP (or JAR, or document) whose directory stands at the end.
fn refuse_polyglots(content: &[u8]) -> Result<(), String> {
    let end = content.iter().rposition(|byte| !byte.is_ascii_whitespace() && *byte != 0).map_or(0, |at| at + 1);
    let closed = content[..end].ends_with(b"%%EOF") && content.len() - end <= TAIL_BYTES_MAX;
    if !closed {
        return Err("PDF 不完整，或末尾带有其他内容，请重新导出后上传".to_owned());
    }
    let tail = &content[content.len().saturating_sub(ZIP_TAIL_BYTES)..];
    let is_zip_too = tail.windows(4).enumerate().any(|(at, window)| {
        let comment = tail.get(at + 20..at + 22).map(|bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])));
        // The directory's last record tells the length of the comment that must reach the end of the file.
        window == b"PK\x05\x06" && comment.is_some_and(|comment| at + 22 + comment == tail.len())
    });
    if is_zip_too { Err("文件既是 PDF 又是压缩包，不能上传".to_owned()) } else { Ok(()) }
}

fn refuse_active(object: &Object, depth: usize) -> Result<(), String> {
    if depth > DEPTH_MAX {
        return Err("PDF 太复杂，请用“打印为 PDF”另存后再传".to_owned());
    }
    match object {
        Object::Array(items) => items.iter().try_for_each(|item| refuse_active(item, depth + 1)),
        Object::Dictionary(dictionary) => refuse_active_dictionary(dictionary, depth + 1),
        Object::Stream(stream) => refuse_active_dictionary(&stream.dict, depth + 1),
        _ => Ok(()),
    }
}

fn refuse_active_dictionary(dictionary: &Dictionary, depth: usize) -> Result<(), String> {
    for (key, value) in dictionary.iter() {
        match key.as_slice() {
            b"JS" | b"JavaScript" | b"AA" | b"XFA" | b"RichMedia" | b"RichMediaContent" => return Err(RUNS.to_owned()),
            b"EmbeddedFiles" | b"EF" => return Err(EMBEDS.to_owned()),
            // The kind of an action; a jump inside the file or a web address that must be clicked does nothing by itself.
            b"S" => {
                if let Ok(name) = value.as_name()
                    && [&b"JavaScript"[..], b"Launch", b"SubmitForm", b"ImportData", b"GoToE", b"Rendition", b"Movie"]
                        .contains(&name)
                {
                    return Err(RUNS.to_owned());
                }
            }
            b"Type" | b"Subtype" => {
                if let Ok(name) = value.as_name() {
                    if name == b"EmbeddedFile" || name == b"FileAttachment" {
                        return Err(EMBEDS.to_owned());
                    }
                    if name == b"RichMedia" || name == b"Screen" || name == b"Movie" {
                        return Err(RUNS.to_owned());
                    }
                }
            }
            _ => {}
        }
        refuse_active(value, depth)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use lopdf::dictionary;

    use super::*;

    fn document(change: impl FnOnce(&mut Document, &mut Dictionary)) -> Vec<u8> {
        let mut document = Document::with_version("1.5");
        let pages = document.new_object_id();
        let page = document.add_object(dictionary! {
            "Type" => "Page", "Parent" => pages, "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        });
        document.set_object(pages, dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 });
        let mut catalog = dictionary! { "Type" => "Catalog", "Pages" => pages };
        change(&mut document, &mut catalog);
        let catalog = document.add_object(catalog);
        document.trailer.set("Root", catalog);
        let mut content = Vec::new();
        document.save_to(&mut content).unwrap();
        content
    }

    #[test]
    fn a_plain_file_is_taken() {
        assert_eq!(check(&document(|_, _| ()), 10), Ok(()));
    }

    #[test]
    fn what_runs_or_launches_something_is_refused() {
        let script = document(|document, catalog| {
            let action = document
                .add_object(dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") });
            catalog.set("OpenAction", action);
        });
        assert_eq!(check(&script, 10), Err(RUNS.to_owned()));
        let launch = document(|_, catalog| {
            catalog.set("OpenAction", dictionary! { "S" => "Launch", "F" => Object::string_literal("cmd.exe") });
        });
        assert_eq!(check(&launch, 10), Err(RUNS.to_owned()));
        // A name may be written with escapes; it is read before it is compared.
        let hidden = String::from_utf8_lossy(&script).replace("/JavaScript", "/J#61vaScript").replace("/JS", "/#4aS");
        assert!(check(hidden.as_bytes(), 10).is_err());
    }

    #[test]
    fn what_holds_other_files_is_refused() {
        let holder = document(|document, catalog| {
            let names = document.add_object(dictionary! { "EmbeddedFiles" => dictionary! {} });
            catalog.set("Names", names);
        });
        assert_eq!(check(&holder, 10), Err(EMBEDS.to_owned()));
    }

    #[test]
    fn a_file_that_is_a_zip_as_well_is_refused() {
        let plain = document(|_, _| ());
        let mut behind = plain.clone();
        behind.extend_from_slice(b"PK\x03\x04zip");
        assert!(check(&behind, 10).is_err());
        // The directory of the ZIP before the end, the end of the PDF as its comment.
        let mut before = b"%PDF-1.5\nPK\x05\x06".to_vec();
        before.extend_from_slice(&[0; 16]);
        before.extend_from_slice(&(plain.len() as u16).to_le_bytes());
        before.extend_from_slice(&plain);
        assert_eq!(check(&before, 10), Err("文件既是 PDF 又是压缩包，不能上传".to_owned()));
    }

    #[test]
    fn a_file_that_claims_more_pages_than_there_is_memory_is_counted_page_by_page() {
        let claiming = document(|document, catalog| {
            let inner = catalog.get(b"Pages").unwrap().as_reference().unwrap();
            document.get_dictionary_mut(inner).unwrap().set("Count", i64::MAX / 2);
            let outer =
                document.add_object(dictionary! { "Type" => "Pages", "Kids" => vec![inner.into()], "Count" => 1 });
            catalog.set("Pages", outer);
        });
        assert_eq!(check(&claiming, 10), Ok(()));
        assert!(check(&claiming, 0).is_err());
    }

    #[test]
    fn what_is_cut_off_or_empty_or_too_long_is_refused() {
        let plain = document(|_, _| ());
        assert!(check(&plain[..plain.len() / 2], 10).is_err());
        assert!(check(b"%PDF-1.5\n%%EOF", 10).is_err());
        assert!(check(&plain, 0).is_err());
    }
}
