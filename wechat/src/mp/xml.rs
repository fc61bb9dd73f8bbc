//! The small XML of pushes, read without anything that XML can do beyond it: a DOCTYPE is refused, entities are not
//! resolved, size, depth and number of elements are limited (pitfalls A19).

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

pub(super) const BYTES_MAX: usize = 256 * 1024;
pub(super) const DEPTH_MAX: usize = 16;
pub(super) const ELEMENTS_MAX: usize = 2_000;

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// Larger, deeper or with more elements than any push.
    #[error("the document is too large")]
    TooLarge,
    /// A DOCTYPE or an unknown entity.
    #[error("the document has a document type or an unknown entity")]
    Forbidden,
    /// Not well-formed, as XML or as JSON.
    #[error("the document is not well-formed")]
    Malformed,
}

/// An element: its name, the text directly inside, and its children in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Name as written.
    pub name: String,
    /// Text and CDATA directly inside, joined.
    pub text: String,
    /// Children; names may repeat (`List`).
    pub children: Vec<Element>,
}

impl Element {
    /// The first child with this name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child with this name.
    pub fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// All children with this name: one or many, an XML list is always read as a list.
    pub fn children_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Text of the path of first children, for example `["ScanCodeInfo", "ScanResult"]`.
    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        let mut element = self;
        for name in path {
            element = element.child(name)?;
        }
        Some(&element.text)
    }
}

/// Reads one document and returns its root.
pub fn parse(text: &str) -> Result<Element, XmlError> {
    if text.len() > BYTES_MAX {
        return Err(XmlError::TooLarge);
    }
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    let mut elements = 0;
    loop {
        match reader.read_event().map_err(|_| XmlError::Malformed)? {
            Event::Start(start) => {
                begin(&mut elements, &open, &root)?;
                open.push(Element { name: start.name().as_ref().to_owned(), ..Element::default() });
            }
            Event::Empty(start) => {
                begin(&mut elements, &open, &root)?;
                let element = Element { name: start.name().as_ref().to_owned(), ..Element::default() };
                close(element, &mut open, &mut root);
            }
            Event::End(_) => {
                let element = open.pop().ok_or(XmlError::Malformed)?;
                close(element, &mut open, &mut root);
            }
            Event::Text(text) => append(&mut open, &text.xml10_content())?,
            Event::CData(text) => append(&mut open, &text.into_inner())?,
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|_| XmlError::Malformed)?;
                match character {
                    Some(character) => append(&mut open, character.encode_utf8(&mut [0; 4]))?,
                    None => append(&mut open, resolve_predefined_entity(&reference).ok_or(XmlError::Forbidden)?)?,
                }
            }
            Event::DocType(_) => return Err(XmlError::Forbidden),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    if !open.is_empty() {
        return Err(XmlError::Malformed);
    }
    root.ok_or(XmlError::Malformed)
}

/// `text` inside CDATA; a `]]>` in it is split over two sections.
pub fn cdata(text: &str) -> String {
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

fn begin(elements: &mut usize, open: &[Element], root: &Option<Element>) -> Result<(), XmlError> {
    *elements += 1;
    if *elements > ELEMENTS_MAX || open.len() >= DEPTH_MAX {
        return Err(XmlError::TooLarge);
    }
    if open.is_empty() && root.is_some() { Err(XmlError::Malformed) } else { Ok(()) }
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

fn append(open: &mut [Element], text: &str) -> Result<(), XmlError> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(XmlError::Malformed),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_entities_and_split_cdata_are_read() {
        let text = format!("<xml><A>{}&amp;&#x7535;</A><L><X>1</X></L><L/></xml>", cdata("a]]>b<"));
        let root = parse(&text).expect("well-formed");
        assert_eq!(root.child_text("A"), Some("a]]>b<&电"));
        assert_eq!(root.children_named("L").count(), 2);
        assert_eq!(root.text_at(&["L", "X"]), Some("1"));
    }

    #[test]
    fn document_types_entities_depth_and_garbage_are_refused() {
        let bomb = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><xml><A>&a;</A></xml>";
        assert_eq!(parse(bomb), Err(XmlError::Forbidden));
        assert_eq!(parse("<xml>&nbsp;</xml>"), Err(XmlError::Forbidden));
        assert_eq!(parse(&"<a>".repeat(17)), Err(XmlError::TooLarge));
        assert_eq!(parse(&format!("<a>{}</a>", "x".repeat(300_000))), Err(XmlError::TooLarge));
        for text in ["", "电梯", "<a>", "<a></b>", "<a/><b/>", "{\"a\":1}", "<a/>x"] {
            assert_eq!(parse(text), Err(XmlError::Malformed), "{text}");
        }
    }
}
