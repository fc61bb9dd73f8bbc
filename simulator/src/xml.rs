//! The little XML of pushes and passive replies.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// `<name><![CDATA[value]]></name>`; a value that would end the section early is split.
pub(crate) fn text(name: &str, value: &str) -> String {
    let mut element = String::new();
    // Writing into a String cannot fail.
    let _infallible = write!(element, "<{name}><![CDATA[{}]]></{name}>", value.replace("]]>", "]]]]><![CDATA[>"));
    element
}

/// `<name>42</name>`
pub(crate) fn number(name: &str, value: impl std::fmt::Display) -> String {
    format!("<{name}>{value}</{name}>")
}

/// The texts of a document by slash-separated path without the root, such as
/// `Articles/item/Title`; repeated elements keep their order.
pub(crate) fn texts(document: &str) -> Option<BTreeMap<String, Vec<String>>> {
    let mut reader = Reader::from_str(document);
    let mut path: Vec<String> = Vec::new();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut current = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                path.push(element.name().as_ref().to_owned());
                current.clear();
            }
            Event::CData(section) => current.push_str(&section),
            Event::Text(text) => current.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                Some(letter) => current.push(letter),
                None => current.push_str(quick_xml::escape::resolve_predefined_entity(&reference)?),
            },
            Event::End(_) => {
                let key = path.get(1..).unwrap_or_default().join("/");
                let value = std::mem::take(&mut current);
                if !value.trim().is_empty() {
                    found.entry(key).or_default().push(value.trim().to_owned());
                }
                path.pop()?;
            }
            Event::DocType(_) => return None,
            Event::Eof => return path.is_empty().then_some(found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_keep_their_order_and_entities_are_resolved() {
        let found = texts(
            "<xml><MsgType><![CDATA[news]]></MsgType><Articles><item><Title>甲 &amp; 乙</Title></item><item><Title>丙</Title></item></Articles></xml>",
        )
        .expect("well-formed");
        assert_eq!(found["MsgType"], ["news"]);
        assert_eq!(found["Articles/item/Title"], ["甲 & 乙", "丙"]);
    }

    #[test]
    fn a_document_type_is_refused() {
        assert!(texts("<!DOCTYPE x [<!ENTITY a 'b'>]><xml/>").is_none());
    }

    #[test]
    fn text_survives_the_end_mark_of_a_section() {
        let found = texts(&format!("<xml>{}</xml>", text("Content", "a]]>b"))).expect("well-formed");
        assert_eq!(found["Content"], ["a]]>b"]);
    }
}
