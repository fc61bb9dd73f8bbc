//! Laying file and environment over the defaults.

use std::path::Path;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// Every variable of ours starts so.
const PREFIX: &str = "TEJIAN__";

/// Sections whose keys the product knows and not this crate: texts under any name.
const OPEN_SECTIONS: &[&str] = &["wechat.templates"];

/// Why the configuration cannot be used; names the key and where it came from.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or cannot be read.
    #[error("无法读取配置文件 {path}：{reason}")]
    Unreadable {
        /// Which file; for a secret also which key.
        path: String,
        /// In Chinese.
        reason: String,
    },
    /// Not TOML.
    #[error("配置文件 {path} {place}不是有效的 TOML（文字要放在双引号里，每个键只能写一次）")]
    NotToml {
        /// Which file.
        path: String,
        /// `第 3 行`, or nothing when it is not known.
        place: String,
    },
    /// A key that the defaults do not know.
    #[error("不认识的配置项 {key}（来自{origin}）")]
    UnknownKey {
        /// With its sections: `http.listen`.
        key: String,
        /// A file or a variable.
        origin: String,
    },
    /// A value of the wrong type.
    #[error("配置项 {key} 的值不对（来自{origin}）：应为{expected}")]
    WrongType {
        /// With its sections: `http.listen`.
        key: String,
        /// A file or a variable.
        origin: String,
        /// In Chinese.
        expected: &'static str,
    },
    /// The merged whole does not fit.
    #[error("配置不完整：{0}")]
    Unfit(String),
    /// Several of the above.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("；"))]
    Several(Vec<ConfigError>),
}

impl ConfigError {
    fn of(mut errors: Vec<ConfigError>) -> Result<(), Self> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(ConfigError::Several(errors)),
        }
    }

    /// One by one.
    pub fn each(&self) -> &[ConfigError] {
        match self {
            ConfigError::Several(errors) => errors,
            one => std::slice::from_ref(one),
        }
    }
}

pub(super) fn merge<T: DeserializeOwned>(
    defaults: &str,
    preset: &[(&str, &str)],
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<T, ConfigError> {
    let mut whole: Table = toml::from_str(defaults).map_err(|error| ConfigError::Unfit(error.to_string()))?;
    let mut errors = Vec::new();
    for (name, text) in preset {
        errors.extend(set_from_variable(&mut whole, name, text).err());
    }
    if let Some(path) = file {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: shown.clone(), reason: in_chinese(&error) })?;
        let layer: Table = toml::from_str(&text)
            .map_err(|error| ConfigError::NotToml { path: shown.clone(), place: place_of(&error, &text) })?;
        overlay(&mut whole, layer, "", &format!("配置文件 {shown}"), &mut errors);
    }
    let mut variables: Vec<(String, String)> =
        environment.into_iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
    variables.sort();
    for (name, text) in variables {
        errors.extend(set_from_variable(&mut whole, &name, &text).err());
    }
    ConfigError::of(errors)?;
    serde_path_to_error::deserialize(Value::Table(whole)).map_err(|error| {
        let key = error.path().to_string();
        ConfigError::Unfit(unfit_value(&key, error.inner().message()))
    })
}

/// serde says: unknown variant `prod`, expected one of `production`, `demo`, `test`.
fn unfit_value(key: &str, told: &str) -> String {
    let quoted: Vec<&str> = told.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((value, offered)) if told.starts_with("unknown variant") => {
            format!("{key} 的值“{value}”不对，可以是 {}", offered.join("、"))
        }
        _ => format!("{key} 的值超出允许的范围"),
    }
}

fn place_of(error: &toml::de::Error, text: &str) -> String {
    let Some(span) = error.span() else { return String::new() };
    let line = text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1;
    format!("第 {line} 行")
}

/// What the operating system says of a file.
fn in_chinese(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "文件不存在".to_owned(),
        std::io::ErrorKind::PermissionDenied => "没有读取权限".to_owned(),
        std::io::ErrorKind::IsADirectory => "这是一个目录".to_owned(),
        std::io::ErrorKind::InvalidData => "内容不是 UTF-8 文字".to_owned(),
        _ => error.raw_os_error().map_or("读取出错".to_owned(), |code| format!("读取出错（系统错误 {code}）")),
    }
}

fn overlay(target: &mut Table, layer: Table, parent: &str, origin: &str, errors: &mut Vec<ConfigError>) {
    for (name, value) in layer {
        let key = if parent.is_empty() { name.clone() } else { format!("{parent}.{name}") };
        if let (Some(text_key), Value::String(path)) = (secret_behind_file(target, &name), &value) {
            match read_secret(path, &key) {
                Ok(content) => _ = target.insert(text_key, Value::String(content)),
                Err(error) => errors.push(error),
            }
            continue;
        }
        match (target.get_mut(&name), value) {
            (None, value @ Value::String(_)) if OPEN_SECTIONS.contains(&parent) => _ = target.insert(name, value),
            (None, _) => errors.push(ConfigError::UnknownKey { key, origin: origin.to_owned() }),
            (Some(Value::Table(inner)), Value::Table(layer)) => overlay(inner, layer, &key, origin, errors),
            (Some(known), value) if known.same_type(&value) => *known = value,
            (Some(known), _) => errors.push(wrong_type(known, key, origin)),
        }
    }
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
    if OPEN_SECTIONS.contains(&parents.join(".").as_str()) {
        table.insert(name.clone(), Value::String(text.to_owned()));
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
        .map_err(|error| ConfigError::Unreadable { path: format!("{path}（{key}）"), reason: in_chinese(&error) })
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
