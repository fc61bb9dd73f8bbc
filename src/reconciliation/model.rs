//! What can be wrong on a day, and what is proposed. Pure.

use std::str::FromStr;

use foundation::define_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

define_id!(
    /// One difference of a day.
    DifferenceId, "dif"
);

/// What does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// WeChat took money that our books do not have.
    MissingInBooks,
    /// Our books have a payment that WeChat's bill lacks.
    MissingAtChannel,
    /// Both know it, with other amounts or other numbers.
    AmountDiffers,
    /// WeChat gave money back and our books do not know.
    RefundMissingInBooks,
    /// Our books have a refund that WeChat's bill lacks.
    RefundMissingAtChannel,
    /// The movements of the merchant account are not those of the trade bill.
    FundFlowDiffers,
    /// We have a paid order that the core system has not booked.
    CoreMissing,
    /// The core system booked an order that is not paid with us.
    CoreUnknown,
    /// Both have the order, with other amounts.
    CoreAmountDiffers,
}

impl DifferenceKind {
    /// All kinds.
    pub const ALL: [DifferenceKind; 9] = [
        DifferenceKind::MissingInBooks,
        DifferenceKind::MissingAtChannel,
        DifferenceKind::AmountDiffers,
        DifferenceKind::RefundMissingInBooks,
        DifferenceKind::RefundMissingAtChannel,
        DifferenceKind::FundFlowDiffers,
        DifferenceKind::CoreMissing,
        DifferenceKind::CoreUnknown,
        DifferenceKind::CoreAmountDiffers,
    ];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            DifferenceKind::MissingInBooks => "missing_in_books",
            DifferenceKind::MissingAtChannel => "missing_at_channel",
            DifferenceKind::AmountDiffers => "amount_differs",
            DifferenceKind::RefundMissingInBooks => "refund_missing_in_books",
            DifferenceKind::RefundMissingAtChannel => "refund_missing_at_channel",
            DifferenceKind::FundFlowDiffers => "fund_flow_differs",
            DifferenceKind::CoreMissing => "core_missing",
            DifferenceKind::CoreUnknown => "core_unknown",
            DifferenceKind::CoreAmountDiffers => "core_amount_differs",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            DifferenceKind::MissingInBooks => "微信已收款，本系统无记录",
            DifferenceKind::MissingAtChannel => "本系统已入账，微信账单没有",
            DifferenceKind::AmountDiffers => "金额或单号不一致",
            DifferenceKind::RefundMissingInBooks => "微信已退款，本系统无记录",
            DifferenceKind::RefundMissingAtChannel => "本系统已退款，微信账单没有",
            DifferenceKind::FundFlowDiffers => "资金账单与交易账单不一致",
            DifferenceKind::CoreMissing => "业务系统未入账",
            DifferenceKind::CoreUnknown => "业务系统已入账，本系统未收款",
            DifferenceKind::CoreAmountDiffers => "与业务系统金额不一致",
        }
    }

    /// Whether it is about what a payer paid through WeChat.
    pub fn is_about_payment(self) -> bool {
        matches!(
            self,
            DifferenceKind::MissingInBooks | DifferenceKind::MissingAtChannel | DifferenceKind::AmountDiffers
        )
    }

    /// Whether the other side is the core system; otherwise it is WeChat.
    pub fn is_of_core(self) -> bool {
        matches!(self, DifferenceKind::CoreMissing | DifferenceKind::CoreUnknown | DifferenceKind::CoreAmountDiffers)
    }

    /// What to do about it.
    pub fn proposal(self) -> Remedy {
        match self {
            DifferenceKind::MissingInBooks | DifferenceKind::MissingAtChannel => Remedy::AskChannel,
            DifferenceKind::RefundMissingAtChannel => Remedy::AskChannel,
            DifferenceKind::CoreMissing => Remedy::TellCore,
            DifferenceKind::AmountDiffers
            | DifferenceKind::RefundMissingInBooks
            | DifferenceKind::FundFlowDiffers
            | DifferenceKind::CoreUnknown
            | DifferenceKind::CoreAmountDiffers => Remedy::LookIntoIt,
        }
    }
}

impl FromStr for DifferenceKind {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DifferenceKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| anyhow::anyhow!("unknown kind of difference {text}"))
    }
}

/// A proposed fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Ask WeChat about this number and book what it says.
    AskChannel,
    /// Send the core system the order again.
    TellCore,
    /// A person must look at both sides.
    LookIntoIt,
}

impl Remedy {
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            Remedy::AskChannel => "向微信查询这笔单号，按查询结果入账",
            Remedy::TellCore => "向业务系统补推这张订单",
            Remedy::LookIntoIt => "请核对两边的原始记录，处理后登记说明",
        }
    }
}

/// Where the reconciliation of a day stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// Not compared yet.
    None,
    /// Compared; everything fits.
    Balanced,
    /// Compared; something is open.
    Differences,
    /// Closed by a person: the day does not change any more.
    Closed,
}

impl DayState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            DayState::None => "none",
            DayState::Balanced => "balanced",
            DayState::Differences => "differences",
            DayState::Closed => "closed",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            DayState::None => "未对账",
            DayState::Balanced => "已对平",
            DayState::Differences => "有差异",
            DayState::Closed => "已关账",
        }
    }
}

impl FromStr for DayState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [DayState::None, DayState::Balanced, DayState::Differences, DayState::Closed]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| anyhow::anyhow!("unknown state of a day {text}"))
    }
}

/// A movement of money in WeChat's trade bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillLine {
    /// Number of the payment with us.
    pub out_trade_no: String,
    /// Number of the payment with WeChat.
    pub transaction_id: String,
    /// Number of the refund with us; nothing for a payment.
    pub out_refund_no: Option<String>,
    /// What was paid or given back, fen.
    pub amount_fen: i64,
}

/// What was found on a day, before it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What does not fit.
    pub kind: DifferenceKind,
    /// The number by which both sides know it.
    pub reference: String,
    /// On the other side, fen.
    pub channel_fen: Option<i64>,
    /// In our books, fen.
    pub books_fen: Option<i64>,
}
