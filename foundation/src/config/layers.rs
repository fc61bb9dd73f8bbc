//! Laying file and environment over the defaults.

use std::path::Path;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// Every variable of ours starts so.
const PREFIX: &str = "TEJIAN__";

/// Why the configuration cannot be used; names the key and where it came from.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or cannot be read.
    #[error("无法读取配置文件 {path}：{reason}")]
    Unreadable { path: String, reason: String },
    /// Not TOML.
    #[error("配置文件 {path} 不是有效的 TOML：{reason}")]
    NotToml { path: String, reason: String },
    /// A key that the defaults do not know.
    #[error("不认识的配置项 {key}（来自{origin}）")]
    UnknownKey { key: String, origin: String },
    /// A value of the wrong type.
    #[error("配置项 {key} 的值不对（来自{origin}）：应为{expected}")]
    WrongType { key: String, origin: String, expected: &'static str },
    /// The merged whole does not fit.
    #[error("配置不完整：{0}")]
    Unfit(String),
}

pub(super) fn merge<T: DeserializeOwned>(
    defaults: &str,
    preset: &[(&str, &str)],
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<T, ConfigError> {
    let mut whole: Table = toml::from_str(defaults).map_err(|error| ConfigError::Unfit(error.to_string()))?;
    for (name, text) in preset {
        set_from_variable(&mut whole, name, text)?;
    }
    if let Some(path) = file {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: shown.clone(), reason: error.to_string() })?;
        let layer: Table = toml::from_str(&text)
            .map_err(|error| ConfigError::NotToml { path: shown.clone(), reason: error.message().to_owned() })?;
        overlay(&mut whole, layer, "", &format!("配置文件 {shown}"))?;
    }
    let mut variables: Vec<(String, String)> =
        environment.into_iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
    variables.sort();
    for (name, text) in variables {
        set_from_variable(&mut whole, &name, &text)?;
    }
    T::deserialize(Value::Table(whole)).map_err(|error: toml::de::Error| ConfigError::Unfit(error.message().to_owned()))
}

fn overlay(target: &mut Table, layer: Table, parent: &str, origin: &str) -> Result<(), ConfigError> {
    for (name, value) in layer {
        let key = if parent.is_empty() { name.clone() } else { format!("{parent}.{name}") };
        if let (Some(text_key), Value::String(path)) = (secret_behind_file(target, &name), &value) {
            let content = read_secret(path, &key)?;
            target.insert(text_key, Value::String(content));
            continue;
        }
        let known = target
            .get_mut(&name)
            .ok_or_else(|| ConfigError::UnknownKey { key: key.clone(), origin: origin.to_owned() })?;
        match (known, value) {
            (Value::Table(inner), Value::Table(layer)) => overlay(inner, layer, &key, origin)?,
            (known, value) if known.same_type(&value) => *known = value,
            (known, _) => return Err(wrong_type(known, key, origin)),
        }
    }
    Ok(())
}

/// `TEJIAN__HTTP__LISTEN` is the key `http.listen`.
fn set_from_variable(whole: &mut Table, name: &str, text: &str) -> Result<(), ConfigError> {
    let key = name.strip_prefix(PREFIX).unwrap_or(name);
    let path: Vec<String> = key.split("__").map(str::to_lowercase).collect();
    set_from_text(whole, &path, text, &format!("环境变量 {name}"))
}

fn set_from_text(whole: &mut Table, path: &[String], text: &str, origin: &str) -> Result<(), ConfigError> {
    let key = path.join(".");
    let unknown = || ConfigError::UnknownKey { key: key.clone(), origin: origin.to_owned() };
    let (name, parents) = path.split_last().ok_or_else(unknown)?;
    let mut table = whole;
    for parent in parents {
        table = table.get_mut(parent).and_then(Value::as_table_mut).ok_or_else(unknown)?;
    }
    if let Some(text_key) = secret_behind_file(table, name) {
        let content = read_secret(text, &key)?;
        table.insert(text_key, Value::String(content));
        return Ok(());
    }
    let known = table.get_mut(name).ok_or_else(unknown)?;
    let value = match known {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.trim().replace('_', "").parse().ok().map(Value::Integer),
        Value::Boolean(_) => text.trim().parse().ok().map(Value::Boolean),
        _ => None,
    };
    *known = value.ok_or_else(|| wrong_type(known, key.clone(), origin))?;
    Ok(())
}

/// `api_v3_key_file` stands for `api_v3_key` when the latter is a known text and the former is not a key of its own.
fn secret_behind_file(table: &Table, name: &str) -> Option<String> {
    let text_key = name.strip_suffix("_file")?;
    let stands_for_text = !table.contains_key(name) && table.get(text_key).is_some_and(Value::is_str);
    stands_for_text.then(|| text_key.to_owned())
}

fn read_secret(path: &str, key: &str) -> Result<String, ConfigError> {
    std::fs::read_to_string(path)
        .map(|content| content.trim_end().to_owned())
        .map_err(|error| ConfigError::Unreadable { path: format!("{path}（{key}）"), reason: error.to_string() })
}

fn wrong_type(known: &Value, key: String, origin: &str) -> ConfigError {
    let expected = match known {
        Value::Integer(_) => "整数",
        Value::Boolean(_) => "true 或 false",
        Value::Table(_) => "一个小节",
        _ => "文字",
    };
    ConfigError::WrongType { key, origin: origin.to_owned(), expected }
}
