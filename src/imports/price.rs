//! Why a fee costs what it costs, in the cells of a row: rule, items and decree.

use foundation::money::Fen;
use foundation::text::fold_width;

use super::cleaning::tidy;
use crate::fees::{PriceBasis, PriceItem};

/// Longest texts, in characters.
const TEXT_CHARACTERS_MAX: usize = 200;
const ITEMS_MAX: usize = 20;

/// Items as they stand in one cell: `检验费=1000；超层 5 层=265`.
pub(in crate::imports) fn items_text(items: &[PriceItem]) -> String {
    let item = |item: &PriceItem| {
        let text = item.text.replace([';', '；'], "，");
        format!("{text}={}", signed_yuan(item.amount_fen))
    };
    items.iter().map(item).collect::<Vec<_>>().join("；")
}

fn signed_yuan(amount: Fen) -> String {
    if amount.0 < 0 { format!("-{}", Fen(-amount.0).to_yuan_text()) } else { amount.to_yuan_text() }
}

/// Reads the three cells; nothing when all are blank. The error is the reason for people.
pub(super) fn read(rule: &str, items: &str, legal_basis: &str, amount: Fen) -> Result<Option<PriceBasis>, String> {
    let (rule, legal_basis) = (tidy(rule), tidy(legal_basis));
    let items = read_items(items)?;
    if rule.is_empty() && items.is_empty() && legal_basis.is_empty() {
        return Ok(None);
    }
    if rule.is_empty() {
        return Err("有费用明细或收费依据时，缺少收费标准".to_owned());
    }
    if [&rule, &legal_basis].iter().any(|text| text.chars().count() > TEXT_CHARACTERS_MAX) {
        return Err(format!("收费标准或收费依据超过 {TEXT_CHARACTERS_MAX} 个字符"));
    }
    let sum = items.iter().try_fold(0i64, |sum, item| sum.checked_add(item.amount_fen.0));
    if !items.is_empty() && sum != Some(amount.0) {
        return Err(format!("费用明细的合计与金额 {} 元不符", amount.to_yuan_text()));
    }
    Ok(Some(PriceBasis { rule, items, legal_basis: (!legal_basis.is_empty()).then_some(legal_basis) }))
}

fn read_items(cell: &str) -> Result<Vec<PriceItem>, String> {
    let parts = cell.split([';', '；', '\n']).map(tidy).filter(|part| !part.is_empty());
    let items = parts.map(|part| read_item(&part)).collect::<Result<Vec<_>, _>>()?;
    if items.len() > ITEMS_MAX {
        return Err(format!("费用明细超过 {ITEMS_MAX} 项"));
    }
    Ok(items)
}

fn read_item(part: &str) -> Result<PriceItem, String> {
    let shown: String = part.chars().take(40).collect();
    let wrong = || format!("费用明细“{shown}”写法不对，应如 检验费=1000；超层费=265");
    let (text, amount) = part.rsplit_once(['=', '＝']).ok_or_else(wrong)?;
    let text = tidy(text);
    if text.is_empty() || text.chars().count() > TEXT_CHARACTERS_MAX {
        return Err(wrong());
    }
    let amount = fold_width(amount.trim());
    let (sign, digits) = match amount.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, amount.as_str()),
    };
    let amount = Fen::from_yuan_text(digits).map_err(|_| wrong())?;
    Ok(PriceItem { text, amount_fen: Fen(sign * amount.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explained_price_is_read_as_people_write_it() {
        let cell = "定期检验费（10 层）＝1000； 超过 10 层部分 5 层×53 元=265;";
        let basis = read("每台每次", cell, "渝价〔2016〕1 号（示例）", Fen(126_500)).unwrap().unwrap();
        assert_eq!(basis.items[1], PriceItem { text: "超过 10 层部分 5 层×53 元".to_owned(), amount_fen: Fen(26_500) });
        assert_eq!(
            read("每台每次", &items_text(&basis.items), "渝价〔2016〕1 号（示例）", Fen(126_500)).unwrap(),
            Some(basis)
        );
        let reduced = read("减半", "检验费=100；小微企业减半=-50", "", Fen(5_000)).unwrap().unwrap();
        assert_eq!(reduced.items[1].amount_fen, Fen(-5_000));
        assert_eq!(read(" ", "", "", Fen(1)).unwrap(), None);
    }

    #[test]
    fn what_does_not_add_up_is_refused_with_its_reason() {
        assert!(read("每台", "检验费=10", "", Fen(2_000)).unwrap_err().contains("20.00"));
        assert!(read("每台", "检验费 10", "", Fen(1_000)).unwrap_err().contains("写法不对"));
        assert!(read("", "检验费=10", "", Fen(1_000)).unwrap_err().contains("缺少收费标准"));
    }
}
