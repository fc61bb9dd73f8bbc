//! The longest of everything that fills a text: with it every text is checked at the start.

use super::wording::Values;

/// 100,000 reports, a hundred million yuan, the longest name of a unit.
pub(super) fn longest_values() -> Values {
    [
        ("unit", "重庆市".repeat(33)),
        ("unit_id", format!("unt_{}", "f".repeat(32))),
        ("order_id", format!("ord_{}", "f".repeat(32))),
        ("order_no", "9".repeat(32)),
        ("amount", "100,000,000.00 元".to_owned()),
        ("amount_plain", "100000000.00元".to_owned()),
        ("count", "100000".to_owned()),
        ("new", "100000".to_owned()),
        ("ready", "100000".to_owned()),
        ("time", "2026年12月31日 23:59".to_owned()),
        ("reason", "原因".repeat(100)),
        ("title", "曳引驱动乘客电梯 等 100000 份报告".to_owned()),
        ("phone", "023-00000000".to_owned()),
        ("received", "100,000,000.00 元".to_owned()),
        ("missing", "100,000,000.00 元".to_owned()),
        ("until", "2026年12月31日 23:59".to_owned()),
        ("credit_id", format!("crd_{}", "f".repeat(32))),
        ("credit_no", "QF2026366999999".to_owned()),
        ("owed", "100,000,000.00 元".to_owned()),
        ("due", "2026年12月31日".to_owned()),
        ("days", "3650".to_owned()),
        ("registration_id", format!("rgn_{}", "f".repeat(32))),
        ("certificate_no", "号".repeat(60)),
        ("registration_no", "ZC2026366999999".to_owned()),
        ("carrier", "快递".repeat(20)),
        ("answer", "答复".repeat(400)),
        ("to", "到尾号 9999 的账户".to_owned()),
        ("tracking_no", "9".repeat(40)),
        ("name", "测试人员".repeat(5)),
        ("role", "负责人".to_owned()),
        ("device", "其他设备 · 浏览器".to_owned()),
        ("old_phone", "139****0001".to_owned()),
        ("new_phone", "139****0001".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}
