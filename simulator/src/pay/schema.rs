//! Field rules of request bodies, with WeChat's way of telling what is wrong.

use serde_json::{Map, Value, json};

use super::PayError;
use crate::instants;

/// One field of a body.
pub(crate) struct Field {
    pub name: &'static str,
    /// Chinese name in error texts.
    pub label: &'static str,
    pub required: bool,
    pub kind: Kind,
}

/// What a field may hold.
pub(crate) enum Kind {
    /// Characters, at least and at most.
    Text(usize, usize),
    /// Whole number, at least.
    Integer(i64),
    Bool,
    /// RFC 3339.
    Time,
    Object(&'static [Field]),
    /// Objects, at most so many.
    List(&'static [Field], usize),
    /// Texts.
    Texts,
}

/// A required field.
pub(crate) const fn need(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field { name, label, required: true, kind }
}

/// An optional field.
pub(crate) const fn may(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field { name, label, required: false, kind }
}

/// Checks a body: every required field, no unknown ones, every value by its rule.
pub(crate) fn check(body: &Value, fields: &[Field]) -> Result<(), PayError> {
    check_object(body, fields, "/body")
}

fn check_object(value: &Value, fields: &[Field], path: &str) -> Result<(), PayError> {
    let Some(object) = value.as_object() else {
        return Err(wrong(path, value, "对象字段", "格式", "必须是JSON对象"));
    };
    no_unknown(object, fields, path)?;
    for field in fields {
        let path = format!("{path}/{}", field.name);
        match object.get(field.name) {
            None if field.required => {
                return Err(wrong(
                    &path,
                    &Value::Null,
                    &format!("值字段“{}”", field.label),
                    "必填性",
                    "此字段为必填项",
                ));
            }
            None => {}
            Some(value) => check_value(value, field, &path)?,
        }
    }
    Ok(())
}

fn no_unknown(object: &Map<String, Value>, fields: &[Field], path: &str) -> Result<(), PayError> {
    match object.keys().find(|key| fields.iter().all(|field| field.name != key.as_str())) {
        Some(key) => {
            Err(PayError::parameter(format!("无法将输入源“{path}/{key}”映射到任何字段，请检查是否传入了多余的参数"))
                .with_detail(json!({"location": "body", "field": format!("{path}/{key}"), "issue": "unknown field"})))
        }
        None => Ok(()),
    }
}

fn check_value(value: &Value, field: &Field, path: &str) -> Result<(), PayError> {
    let label = field.label;
    match &field.kind {
        Kind::Text(least, most) => {
            let kind = format!("字符串字段“{label}”");
            let text = value.as_str().ok_or_else(|| wrong(path, value, &kind, "字符串", "必须是字符串"))?;
            let length = text.chars().count();
            if length < *least {
                let issue = format!("字符串长度小于最小值 {least}");
                return Err(wrong(path, value, &kind, "字符串", &issue));
            }
            if length > *most {
                let issue = format!("字符串长度超过最大值 {most}");
                return Err(wrong(path, value, &kind, "字符串", &issue));
            }
        }
        Kind::Integer(least) => {
            let kind = format!("数值字段“{label}”");
            let number = value.as_i64().ok_or_else(|| wrong(path, value, &kind, "", "必须是整数"))?;
            if number < *least {
                return Err(wrong(path, value, &kind, "", &format!("值低于最小值 {least}")));
            }
        }
        Kind::Bool => {
            if !value.is_boolean() {
                return Err(wrong(path, value, &format!("布尔字段“{label}”"), "", "必须是布尔值"));
            }
        }
        Kind::Time => {
            if value.as_str().and_then(instants::parse_rfc3339).is_none() {
                let kind = format!("值字段“{label}”字符串");
                let issue = "字符串必须是符合 RFC3339 日期时间格式";
                return Err(wrong(path, value, &kind, "", issue));
            }
        }
        Kind::Object(fields) => check_object(value, fields, path)?,
        Kind::List(fields, most) => {
            let kind = format!("列表字段“{label}”");
            let list = value.as_array().ok_or_else(|| wrong(path, value, &kind, "", "必须是数组"))?;
            if list.is_empty() || list.len() > *most {
                return Err(wrong(path, value, &kind, "", &format!("数量须在 1 到 {most} 之间")));
            }
            for (index, item) in list.iter().enumerate() {
                check_object(item, fields, &format!("{path}/{index}"))?;
            }
        }
        Kind::Texts => {
            let good = value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
            if !good {
                return Err(wrong(path, value, &format!("列表字段“{label}”"), "", "必须是字符串数组"));
            }
        }
    }
    Ok(())
}

fn wrong(path: &str, value: &Value, kind: &str, rule: &str, issue: &str) -> PayError {
    PayError::parameter(format!("输入源“{path}”映射到{kind}{rule}规则校验失败，{issue}"))
        .with_detail(json!({"location": "body", "field": path, "value": value, "issue": issue}))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[Field] = &[
        need("name", "名称", Kind::Text(1, 3)),
        may("amount", "金额信息", Kind::Object(&[need("total", "总金额", Kind::Integer(1))])),
        may("time_expire", "交易结束时间", Kind::Time),
    ];

    fn message(body: &Value) -> String {
        check(body, FIELDS).expect_err("must be refused").message
    }

    #[test]
    fn the_text_for_a_zero_amount_is_wechats() {
        assert_eq!(
            message(&json!({"name": "电梯", "amount": {"total": 0}})),
            "输入源“/body/amount/total”映射到数值字段“总金额”规则校验失败，值低于最小值 1"
        );
    }

    #[test]
    fn the_text_for_a_v2_time_is_wechats() {
        assert_eq!(
            message(&json!({"name": "电梯", "time_expire": "20220421191948"})),
            "输入源“/body/time_expire”映射到值字段“交易结束时间”字符串规则校验失败，字符串必须是符合 RFC3339 日期时间格式"
        );
    }

    #[test]
    fn unknown_fields_floats_nulls_and_long_texts_are_refused() {
        for body in [
            json!({"name": "电梯", "extra": 1}),
            json!({"name": "电梯", "amount": {"total": 1.0}}),
            json!({"name": null}),
            json!({"name": "四个汉字"}),
            json!({}),
            json!([]),
        ] {
            assert!(check(&body, FIELDS).is_err(), "{body}");
        }
        assert!(check(&json!({"name": "三汉字"}), FIELDS).is_ok());
    }
}
