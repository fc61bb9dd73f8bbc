//! Pushes of the mini-program as its console sends them when 数据格式 is JSON.

use serde_json::{Map, Value, json};

use crate::xml;

/// A push that is written in XML, as JSON: the fields at the top, and what XML keeps below `<Name><List>` as `List`, which is
/// a list in the events of a question, and in the others an object when there is one alone.
pub(crate) fn of_xml(document: &str) -> String {
    let mut fields = Map::new();
    let mut lines: Vec<Map<String, Value>> = Vec::new();
    for (path, values) in xml::texts(document).unwrap_or_default() {
        match path.split_once("/List/") {
            Some((_, name)) => {
                for (index, value) in values.into_iter().enumerate() {
                    if lines.len() <= index {
                        lines.push(Map::new());
                    }
                    lines[index].insert(name.to_owned(), json!(value));
                }
            }
            None => {
                let value = values.into_iter().next().unwrap_or_default();
                let number = value.parse::<i64>().ok().filter(|_| path == "CreateTime");
                fields.insert(path, number.map_or_else(|| json!(value), |number| json!(number)));
            }
        }
    }
    let asked = fields.get("Event").is_some_and(|event| event == "subscribe_msg_popup_event");
    match lines.len() {
        0 => {}
        1 if !asked => {
            fields.insert("List".to_owned(), lines.remove(0).into());
        }
        _ => {
            fields.insert("List".to_owned(), lines.into());
        }
    }
    Value::Object(fields).to_string()
}

/// The encrypted push around it.
pub(crate) fn envelope(original_id: &str, ciphertext: &str) -> String {
    json!({ "ToUserName": original_id, "Encrypt": ciphertext }).to_string()
}
