//! The document as a list of operations, and bodies made from its schemas.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Map, Value, json};

/// Schemas that contain themselves end here.
const DEPTH_MAX: usize = 12;

/// One method on one path.
#[derive(Debug, Clone)]
pub struct Operation {
    /// GET, POST …
    pub method: Method,
    /// The template, such as `/api/v1/orders/{id}`.
    pub path: String,
    /// Names of the parameters in the query.
    pub query: Vec<String>,
    /// A body that fits the schema, if a JSON body is taken.
    pub body: Option<Value>,
    /// Whether it takes a body that is not JSON.
    pub takes_bytes: bool,
    /// Names of the logins that it demands, one of which is enough; nothing when it answers without one.
    pub logins: Vec<String>,
    /// Names of the headers that go with every such request.
    pub headers: Vec<String>,
}

impl Operation {
    /// Whether the path names a row.
    pub fn has_id(&self) -> bool {
        self.path.contains('{')
    }

    /// The path with every parameter replaced.
    pub fn path_with(&self, id: &str) -> String {
        let mut path = String::new();
        let mut rest = self.path.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            path.push_str(before);
            path.push_str(id);
            rest = after.split_once('}').map_or("", |(_, after)| after);
        }
        path + rest
    }

    /// Whether programs call it (then refusals are JSON).
    pub fn is_for_programs(&self) -> bool {
        ["/api/", "/integration/", "/staff/"].iter().any(|start| self.path.starts_with(start))
    }
}

/// Values that get past the first check, by what they are called.
pub struct Samples {
    /// Identifiers of rows that exist.
    pub identifiers: BTreeSet<String>,
}

impl Samples {
    /// A text for a property of this name.
    fn text(&self, name: &str) -> String {
        let prefix = match name.trim_end_matches("_ids").trim_end_matches("_id") {
            "fee" | "except" => "fee_",
            "unit" => "unt_",
            "title" => "ttl_",
            "proof" => "upl_",
            "report" => "rpt_",
            "order" => "ord_",
            "key" => return "key-0123456789".to_owned(),
            "phone" => return "13900000009".to_owned(),
            "code" => return "123456".to_owned(),
            "id" => "rpt_",
            _ => return "文字".to_owned(),
        };
        self.with_prefix(prefix).unwrap_or_else(|| "文字".to_owned())
    }

    /// An identifier for the parameter of this path.
    pub fn for_path(&self, path: &str) -> String {
        let noun = path.split("/{").next().and_then(|before| before.rsplit('/').next()).unwrap_or_default();
        let prefix = match noun {
            "invoice-titles" => "ttl_",
            "messages" => "msg_",
            "sessions" => "ses_",
            "reports" => "rpt_",
            "uploads" => "upl_",
            "pickup-vouchers" => "vch_",
            "report-shares" => "shr_",
            "members" | "sub-accounts" => "acc_",
            "registrations" => "rgn_",
            "qualifications" => "qua_",
            _ => "ord_",
        };
        self.with_prefix(prefix).unwrap_or_else(|| format!("{prefix}{:032}", 0))
    }

    fn with_prefix(&self, prefix: &str) -> Option<String> {
        self.identifiers.iter().find(|id| id.starts_with(prefix)).cloned()
    }
}

/// All operations of a document, with bodies made of these samples.
pub fn operations(document: &Value, samples: &Samples) -> Vec<Operation> {
    let paths = document["paths"].as_object().expect("the document has paths");
    let methods = |path: &str, item: &Value| -> Vec<Operation> {
        let item = item.as_object().expect("a path has operations");
        item.iter().map(|(method, operation)| operation_of(document, samples, path, method, operation)).collect()
    };
    paths.iter().flat_map(|(path, item)| methods(path, item)).collect()
}

fn operation_of(document: &Value, samples: &Samples, path: &str, method: &str, operation: &Value) -> Operation {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let query = parameters
        .iter()
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| parameter["name"].as_str().expect("parameters have names").to_owned())
        .collect();
    let content = operation["requestBody"]["content"].as_object();
    let schema = content.and_then(|content| content.get("application/json")).map(|json| &json["schema"]);
    Operation {
        method: method.to_uppercase().parse().expect("a method"),
        path: path.to_owned(),
        query,
        body: schema.map(|schema| Maker { document, samples }.example(schema, "", 0)),
        takes_bytes: content.is_some() && schema.is_none(),
        logins: logins_of(operation),
        headers: parameters
            .iter()
            .filter_map(|parameter| parameter["$ref"].as_str()?.strip_prefix("#/components/parameters/"))
            .map(str::to_owned)
            .collect(),
    }
}

fn logins_of(operation: &Value) -> Vec<String> {
    let wanted = operation["security"].as_array().cloned().unwrap_or_default();
    let names = wanted.iter().map(|one| one.as_object().and_then(|one| one.keys().next().cloned()));
    // An empty entry means that nobody needs to be signed in.
    names.collect::<Option<Vec<String>>>().unwrap_or_default()
}

struct Maker<'a> {
    document: &'a Value,
    samples: &'a Samples,
}

impl Maker<'_> {
    /// A value that fits the schema, with every optional property present. `name` is what it is called.
    fn example(&self, schema: &Value, name: &str, depth: usize) -> Value {
        if depth > DEPTH_MAX {
            return Value::Null;
        }
        let deeper = |schema: &Value, name: &str| self.example(schema, name, depth + 1);
        if let Some(pointer) = schema["$ref"].as_str() {
            let target = self.document.pointer(pointer.trim_start_matches('#')).expect("references lead somewhere");
            return deeper(target, name);
        }
        if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
            return first.clone();
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[choice].as_array() {
                let real = choices.iter().find(|choice| choice["type"] != "null").expect("a choice that is not null");
                return deeper(real, name);
            }
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let objects = parts.iter().map(|part| deeper(part, name));
            return objects.filter_map(|part| part.as_object().cloned()).flatten().collect::<Map<_, _>>().into();
        }
        match type_of(schema) {
            "string" => json!(self.samples.text(name)),
            "integer" => json!(schema["minimum"].as_i64().unwrap_or(0).max(1)),
            "number" => json!(1),
            "boolean" => json!(false),
            "array" => json!([deeper(&schema["items"], name)]),
            _ => {
                let properties = schema["properties"].as_object().into_iter().flatten();
                let mut whole: Map<_, _> =
                    properties.map(|(name, property)| (name.clone(), deeper(property, name))).collect();
                if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
                    whole.insert("key".to_owned(), deeper(values, name));
                }
                whole.into()
            }
        }
    }
}

/// The type; of several (`["string", "null"]`) the first that is not null.
fn type_of(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(name) => name,
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("null"),
        _ => "object",
    }
}

/// Pointers to every value inside, the whole itself not counted.
pub fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, here: &str, found: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(name, child)| (name.clone(), child)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(index, child)| (index.to_string(), child)).collect(),
            _ => Vec::new(),
        };
        for (name, child) in children {
            let place = format!("{here}/{}", name.replace('~', "~0").replace('/', "~1"));
            found.push(place.clone());
            walk(child, &place, found);
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}
