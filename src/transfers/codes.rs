//! Who makes payment codes, as seen from here: ask for one, then look until it is there or refused.

use anyhow::{Context, bail};
use async_trait::async_trait;
use foundation::config::FiscalConfig;
use time::Date;

use super::fiscal::HttpPaymentCodes;
use super::wechat_nontax::WechatNontax;
use crate::app::App;

/// A code to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRequest {
    /// Our number; repeating with the same number and content is harmless.
    pub request_no: String,
    /// 缴款单位.
    pub payer_name: String,
    /// 统一社会信用代码, if there is one.
    pub payer_tax_no: Option<String>,
    /// 收款单位.
    pub payee_name: String,
    /// Fen.
    pub amount_fen: i64,
    /// Reports paid for.
    pub report_count: i64,
    /// 缴款订单号, for the remark.
    pub order_no: String,
    /// The last day on which the code should be good.
    pub valid_until: Date,
}

/// What the maker of codes knows of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeProgress {
    /// It never heard of it: ask for it.
    Unknown,
    /// Being made.
    Pending,
    /// There.
    Issued {
        /// The payment code.
        code: String,
        /// The last day on which it is good, if the maker says one.
        valid_until: Option<Date>,
    },
    /// Money with this code arrived in the fiscal account.
    Paid {
        /// The payment code.
        code: String,
        /// Fen.
        amount_fen: i64,
    },
    /// Refused; the sentence is for people.
    Failed(String),
    /// Given up.
    Cancelled,
}

/// What giving a code up came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenUp {
    /// No money comes with it any more, or nobody can say that it does.
    Done,
    /// Money came with it before: [`PaymentCodes::look`] tells how much.
    PaidBefore,
}

/// One who makes payment codes. Errors mean "not known, ask again"; a refusal is [`CodeProgress::Failed`].
#[async_trait]
pub trait PaymentCodes: Send + Sync {
    /// Asks how far a request is.
    async fn look(&self, request_no: &str) -> anyhow::Result<CodeProgress>;
    /// Asks for a code.
    async fn request(&self, request: &CodeRequest) -> anyhow::Result<CodeProgress>;
    /// Gives a code up; one that is unknown or given up already is fine.
    async fn cancel(&self, request_no: &str) -> anyhow::Result<GivenUp>;
}

/// Whether anybody makes payment codes here: the fiscal system, or WeChat for it.
pub fn available(config: &FiscalConfig) -> bool {
    config.payment_codes == "wechat" || config.provider != "none"
}

/// The one that the configuration names.
pub(super) fn maker(app: &App) -> anyhow::Result<Box<dyn PaymentCodes>> {
    let (config, clock) = (&app.config.fiscal, app.clock.clone());
    match (config.payment_codes.as_str(), config.provider.as_str()) {
        ("wechat", _) => {
            let client = app.wechat.mp().context("fiscal.payment_codes 为 wechat，但服务号还没有配置")?.clone();
            let return_url = format!("{}/h5/", app.config.service.public_base_url);
            Ok(Box::new(WechatNontax::new(client, app.config.wechat.nontax.clone(), return_url, clock)))
        }
        (_, "none") => Ok(Box::new(NoPaymentCodes)),
        (_, "http") => Ok(Box::new(HttpPaymentCodes::new(config, clock)?)),
        (_, other) => bail!("fiscal.provider 应为 none 或 http，不能是“{other}”"),
    }
}

/// Nothing is connected.
struct NoPaymentCodes;

#[async_trait]
impl PaymentCodes for NoPaymentCodes {
    async fn look(&self, _request_no: &str) -> anyhow::Result<CodeProgress> {
        Ok(CodeProgress::Failed("财政非税系统还没有联网，请使用线上支付或到服务窗口缴款".to_owned()))
    }
    async fn request(&self, request: &CodeRequest) -> anyhow::Result<CodeProgress> {
        self.look(&request.request_no).await
    }
    async fn cancel(&self, _request_no: &str) -> anyhow::Result<GivenUp> {
        Ok(GivenUp::Done)
    }
}
