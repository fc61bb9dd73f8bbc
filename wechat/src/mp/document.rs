//! What a push is written in: XML, or JSON where the console of a mini-program says so (消息推送, 数据格式). Both are read into
//! the same tree, within the same limits.

use serde_json::Value;

use super::xml::{self, BYTES_MAX, DEPTH_MAX, ELEMENTS_MAX, Element, XmlError};

/// Reads one document and returns its root. In JSON each field is a child of its name, each member of a list a child of the
/// list's name: one alone or in a list of one, both are the same.
pub fn parse(text: &str) -> Result<Element, XmlError> {
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') { of_json(text) } else { xml::parse(text) }
}

fn of_json(text: &str) -> Result<Element, XmlError> {
    if text.len() > BYTES_MAX {
        return Err(XmlError::TooLarge);
    }
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|_| XmlError::Malformed)?;
    element("json", &value, 0, &mut 0)
}

fn element(name: &str, value: &Value, depth: usize, elements: &mut usize) -> Result<Element, XmlError> {
    *elements += 1;
    if *elements > ELEMENTS_MAX || depth >= DEPTH_MAX {
        return Err(XmlError::TooLarge);
    }
    let mut read = Element { name: name.to_owned(), ..Element::default() };
    match value {
        Value::Null => {}
        Value::Bool(is) => read.text = is.to_string(),
        Value::Number(number) => read.text = number.to_string(),
        // XML has no such character either.
        Value::String(text) if text.contains('\0') => return Err(XmlError::Malformed),
        Value::String(text) => read.text.clone_from(text),
        // A list has the name of its field; one inside another has none.
        Value::Array(_) => return Err(XmlError::Malformed),
        Value::Object(fields) => {
            for (name, field) in fields {
                let members = match field {
                    Value::Array(members) => members.as_slice(),
                    one => std::slice::from_ref(one),
                };
                for member in members {
                    read.children.push(element(name, member, depth + 1, elements)?);
                }
            }
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_push_reads_the_same_from_both() {
        let json =
            parse(r#" {"A":"电&<","N":1785500000,"Id":18446744073709551615,"L":[{"X":"1"},{"X":"2"}],"E":null}"#);
        let json = json.expect("JSON");
        assert_eq!(json.child_text("A"), Some("电&<"));
        assert_eq!(json.child_text("N"), Some("1785500000"));
        assert_eq!(json.child_text("Id"), Some("18446744073709551615"));
        assert_eq!(json.child_text("E"), Some(""));
        let marks: Vec<_> = json.children_named("L").map(|one| one.child_text("X").expect("a mark")).collect();
        assert_eq!(marks, ["1", "2"]);
        let alone = parse(r#"{"L":{"X":"1"}}"#).expect("JSON");
        assert_eq!(alone.text_at(&["L", "X"]), Some("1"));
        let xml = parse("\u{feff}<xml><A>1</A></xml>").expect("XML");
        assert_eq!(xml.child_text("A"), Some("1"));
    }

    #[test]
    fn what_is_too_large_too_deep_or_no_object_is_refused() {
        let deep = format!("{}1{}", r#"{"a":"#.repeat(16), "}".repeat(16));
        assert_eq!(parse(&deep), Err(XmlError::TooLarge));
        assert_eq!(parse(&format!(r#"{{"a":[{}1]}}"#, "1,".repeat(2_000))), Err(XmlError::TooLarge));
        assert_eq!(parse(&format!(r#"{{"a":"{}"}}"#, "x".repeat(300_000))), Err(XmlError::TooLarge));
        for text in ["{", "[]", "[{}]", "1", r#""a""#, r#"{"a":[[1]]}"#, "{\"a\":\"\\u0000\"}", "{}x", "{'a':1}"] {
            assert_eq!(parse(text), Err(XmlError::Malformed), "{text}");
        }
    }
}
