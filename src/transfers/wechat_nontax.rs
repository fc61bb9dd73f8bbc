//! Payment codes through WeChat's 非税缴费: an order there carries the number of the payment notice that the fiscal side
//! gives it, and that number is the code. The order ends by itself on its last day; there is no call that gives it up.

use anyhow::{Context, bail};
use async_trait::async_trait;
use foundation::clock::SharedClock;
use foundation::config::WechatNontaxConfig;
use time::Date;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use wechat::api::ApiError;
use wechat::mp::{MpClient, NontaxDetail, NontaxItem, NontaxOrder, NontaxStatus};

use super::codes::{CodeProgress, CodeRequest, GivenUp, PaymentCodes};

const DAY: &[BorrowedFormatItem<'static>] = format_description!("[year][month][day]");
/// A job asks, no browser: there is no address of a payer to tell.
const NO_PAYERS_ADDRESS: &str = "127.0.0.1";
const USER_NAME_CHARACTERS_MAX: usize = 100;

/// WeChat as maker of payment codes.
pub(super) struct WechatNontax {
    client: MpClient,
    config: WechatNontaxConfig,
    return_url: String,
    clock: SharedClock,
}

impl WechatNontax {
    pub(super) fn new(client: MpClient, config: WechatNontaxConfig, return_url: String, clock: SharedClock) -> Self {
        Self { client, config, return_url, clock }
    }

    async fn detail(&self, order_id: &str) -> anyhow::Result<CodeProgress> {
        progress(self.client.nontax_detail(order_id).await?)
    }

    fn order(&self, request: &CodeRequest) -> anyhow::Result<NontaxOrder> {
        let maybe = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(NontaxOrder {
            order_no: request.request_no.clone(),
            desc: format!("{}（缴款订单 {}）", self.config.item_name, request.order_no),
            fee: request.amount_fen,
            return_url: self.return_url.clone(),
            ip: NO_PAYERS_ADDRESS.to_owned(),
            department_code: self.config.department_code.clone(),
            department_name: self.config.department_name.clone(),
            region_code: self.config.region_code.clone(),
            user_name: request.payer_name.chars().take(USER_NAME_CHARACTERS_MAX).collect(),
            items: vec![NontaxItem {
                no: 1,
                item_id: self.config.item_id.clone(),
                item_name: self.config.item_name.clone(),
                fee: request.amount_fen,
            }],
            payment_notice_create_time: self.clock.now_ms().div_euclid(1_000),
            payment_expire_date: request.valid_until.format(DAY)?,
            service_id: maybe(&self.config.service_id),
            bank_id: maybe(&self.config.bank_id),
        })
    }
}

/// What an order at WeChat means for the code.
fn progress(detail: NontaxDetail) -> anyhow::Result<CodeProgress> {
    let code = detail.payment_notice_no.clone().filter(|code| !code.is_empty());
    Ok(match detail.status() {
        NontaxStatus::Unpaid => match code {
            None => CodeProgress::Pending,
            Some(code) => {
                let until = detail.payment_expire_date.as_deref().filter(|text| !text.is_empty());
                let valid_until =
                    until.map(|text| Date::parse(text, DAY)).transpose().context("payment_expire_date")?;
                CodeProgress::Issued { code, valid_until }
            }
        },
        NontaxStatus::Paid => CodeProgress::Paid {
            code: code.context("a paid non-tax order without the number of its notice")?,
            amount_fen: detail.fee,
        },
        NontaxStatus::Refunded | NontaxStatus::Closed => CodeProgress::Cancelled,
        NontaxStatus::Unknown(status) => bail!("non-tax order in an unknown status {status}"),
    })
}

#[async_trait]
impl PaymentCodes for WechatNontax {
    async fn look(&self, request_no: &str) -> anyhow::Result<CodeProgress> {
        let config = &self.config;
        let found = self.client.nontax_orders(&config.region_code, &config.department_code, request_no).await?;
        let paid = found.paid_order_id.filter(|id| !id.is_empty());
        match paid.or_else(|| found.order_id_list.last().cloned()) {
            Some(order_id) => self.detail(&order_id).await,
            None => Ok(CodeProgress::Unknown),
        }
    }

    async fn request(&self, request: &CodeRequest) -> anyhow::Result<CodeProgress> {
        match self.client.nontax_order(&self.order(request)?).await {
            Ok(made) => self.detail(&made.order_id).await,
            // Busy, or the token or quota is the matter: ask again. Whatever else WeChat says is about this order.
            Err(error) if error.is_busy() || error.rate_limited() || error.quota_exhausted() => Err(error.into()),
            Err(ApiError::Rejected { errcode, errmsg }) => {
                tracing::warn!(request_no = request.request_no, errcode, errmsg, "WeChat takes no non-tax order");
                Ok(CodeProgress::Failed(format!("微信非税缴费没有受理（{errcode}），请稍后再试或使用线上支付")))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn cancel(&self, _request_no: &str) -> anyhow::Result<GivenUp> {
        // Nothing to call: it ends on its last day, and money that comes before is found by its code.
        Ok(GivenUp::Done)
    }
}
