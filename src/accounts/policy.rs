//! What units of each level may do (`[policy]`). One seed forbids uncertified units online payment, credit and electronic
//! reports (S1-53), another allows everybody everything (S0-04): the institute decides, one line per act.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use foundation::config::PolicyConfig;
use foundation::problem::Problem;

use super::level::UnitLevel;

/// Something that depends on how far a unit is certified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// 线上支付.
    PayOnline,
    /// 欠费申请.
    Credit,
    /// Reading and taking away reports electronically; the voucher for the printed one stays.
    ElectronicReport,
}

impl Act {
    fn text(self) -> &'static str {
        match self {
            Act::PayOnline => "线上支付",
            Act::Credit => "申请欠费",
            Act::ElectronicReport => "在线查看和下载报告",
        }
    }

    fn instead(self) -> &'static str {
        match self {
            Act::PayOnline => "请选择其他缴款方式，或到服务窗口缴费",
            Act::Credit => "请先缴清费用，或联系客服",
            Act::ElectronicReport => "请凭领取凭证到服务窗口领取纸质报告",
        }
    }
}

/// Who may do what.
#[derive(Debug, Clone)]
pub struct Policy {
    allowed: BTreeSet<(Act, UnitLevel)>,
}

impl Policy {
    /// As configured.
    ///
    /// # Errors
    /// When a list names a level that does not exist.
    pub fn of_config(config: &PolicyConfig) -> anyhow::Result<Self> {
        let mut allowed = BTreeSet::new();
        let lists = [
            (Act::PayOnline, "policy.pay_online", &config.pay_online),
            (Act::Credit, "policy.credit", &config.credit),
            (Act::ElectronicReport, "policy.electronic_report", &config.electronic_report),
        ];
        for (act, key, list) in lists {
            for level in list.split(',').map(str::trim).filter(|level| !level.is_empty()) {
                let level = level.parse().map_err(|error| anyhow::anyhow!("{key}：{error}"))?;
                allowed.insert((act, level));
            }
        }
        Ok(Self { allowed })
    }

    /// Whether units of this level may.
    pub fn allows(&self, act: Act, level: UnitLevel) -> bool {
        self.allowed.contains(&(act, level))
    }

    /// Why not, for people; nothing when they may.
    pub fn objection(&self, act: Act, level: UnitLevel) -> Option<String> {
        (!self.allows(act, level)).then(|| format!("{}单位不能{}", level.text(), act.text()))
    }

    /// 403 `level_forbids` when they may not.
    pub fn demand(&self, act: Act, level: UnitLevel) -> Result<(), Problem> {
        let Some(objection) = self.objection(act, level) else { return Ok(()) };
        Err(Problem::new(StatusCode::FORBIDDEN, "level_forbids", format!("{objection}，没有办理，没有扣款"))
            .advice(format!("可以先办理企业认证；{}", act.instead())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(pay_online: &str) -> anyhow::Result<Policy> {
        Policy::of_config(&PolicyConfig {
            pay_online: pay_online.to_owned(),
            credit: String::new(),
            electronic_report: "certified".to_owned(),
        })
    }

    #[test]
    fn only_named_levels_may() {
        let policy = policy("imported, certified").expect("known levels");
        assert!(policy.allows(Act::PayOnline, UnitLevel::Imported));
        assert!(!policy.allows(Act::PayOnline, UnitLevel::Uncertified));
        assert!(!policy.allows(Act::Credit, UnitLevel::Certified));
        let refused = policy.demand(Act::ElectronicReport, UnitLevel::Uncertified).expect_err("forbidden");
        assert_eq!(refused.code(), "level_forbids");
    }

    #[test]
    fn a_level_that_does_not_exist_is_told_with_its_key() {
        assert!(policy("everybody").expect_err("unknown").to_string().contains("policy.pay_online"));
    }
}
