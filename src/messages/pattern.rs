//! Texts of the configuration with `{names}` to be filled in.

/// Replaces every `{name}` by what `value` gives for it. What was filled in is not looked at again, so a unit may be
/// called `{amount}`. Errors with the name that nobody knows.
pub fn fill(pattern: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').ok_or_else(|| after.to_owned())?;
        filled.push_str(&value(name).ok_or_else(|| name.to_owned())?);
        rest = after;
    }
    filled.push_str(rest);
    // What people type often ends its sentence itself.
    Ok(filled.replace("。。", "。"))
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn names_are_filled_in_once_and_unknown_ones_are_named() {
        let value = |name: &str| (name == "unit").then(|| "{unit}公司".to_owned());
        assert_eq!(fill("{unit}有待缴费", value), Ok("{unit}公司有待缴费".to_owned()));
        assert_eq!(fill("没有名字", value), Ok("没有名字".to_owned()));
        assert_eq!(fill("{amount}", value), Err("amount".to_owned()));
        assert_eq!(fill("{unit", value), Err("unit".to_owned()));
    }
}
