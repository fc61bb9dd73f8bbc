//! 非税缴费 (nontax §2): payment orders at WeChat for what is owed to the treasury. Money is fen, times are unix seconds.
//!
//! What is named after its field in WeChat's pages is sent as it stands; [decided] where those are silent: an order is
//! made with our own number, and the number of the payment notice that the fiscal side gives it, the payment code, stands
//! in the order's details from then on.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::client::MpClient;
use crate::api::ApiError;

/// One item that is paid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NontaxItem {
    /// From 1.
    pub no: i64,
    /// 项目编码.
    pub item_id: String,
    /// 项目名称.
    pub item_name: String,
    /// Fen.
    pub fee: i64,
}

/// A payment order to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NontaxOrder {
    /// Our number.
    pub order_no: String,
    /// For people.
    pub desc: String,
    /// Fen.
    pub fee: i64,
    /// Where the payer's browser goes afterwards.
    pub return_url: String,
    /// Address of the caller.
    pub ip: String,
    /// 执收单位编码.
    pub department_code: String,
    /// 执收单位名称.
    pub department_name: String,
    /// 行政区划代码.
    pub region_code: String,
    /// 缴款人.
    pub user_name: String,
    /// What is paid for; adds up to `fee`.
    pub items: Vec<NontaxItem>,
    /// Unix seconds.
    pub payment_notice_create_time: i64,
    /// Last day, `YYYYMMDD`.
    pub payment_expire_date: String,
    /// 服务编号, when WeChat gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_id: Option<String>,
    /// 收款银行编号; WeChat chooses without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_id: Option<String>,
}

/// An order that was made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NontaxMade {
    /// WeChat's number.
    pub order_id: String,
    /// The page on which it can be paid.
    #[serde(default)]
    pub pay_url: Option<String>,
}

/// Orders with one number of ours.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct NontaxOrders {
    /// WeChat's numbers, oldest first.
    #[serde(default)]
    pub order_id_list: Vec<String>,
    /// The one that was paid, if one was.
    #[serde(default)]
    pub paid_order_id: Option<String>,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NontaxStatus {
    /// Waits for its money (1).
    Unpaid,
    /// Paid (3, 4).
    Paid,
    /// Given back, or on the way (5, 6).
    Refunded,
    /// Closed, because its time was over (12).
    Closed,
    /// A number that the pages do not name: treat it as not known.
    Unknown(i64),
}

/// An order in full, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NontaxDetail {
    /// WeChat's number.
    pub order_id: String,
    /// Our number.
    #[serde(default)]
    pub order_no: Option<String>,
    /// 缴费通知书编号: the payment code, once the fiscal side has given one.
    #[serde(default)]
    pub payment_notice_no: Option<String>,
    /// Fen.
    pub fee: i64,
    /// Last day, `YYYYMMDD`.
    #[serde(default)]
    pub payment_expire_date: Option<String>,
    status: i64,
}

impl NontaxDetail {
    /// Where it stands: the one place in which WeChat's numbers get a meaning.
    pub fn status(&self) -> NontaxStatus {
        match self.status {
            1 => NontaxStatus::Unpaid,
            3 | 4 => NontaxStatus::Paid,
            5 | 6 => NontaxStatus::Refunded,
            12 => NontaxStatus::Closed,
            other => NontaxStatus::Unknown(other),
        }
    }
}

impl MpClient {
    /// Makes an order that is paid on a page or by its code (unifiedorder, MWEB: nobody's openid is needed).
    ///
    /// # Errors
    /// [`ApiError::Rejected`] when WeChat does not take it; repeating with the same number makes a second order.
    pub async fn nontax_order(&self, order: &NontaxOrder) -> Result<NontaxMade, ApiError> {
        let mut body = serde_json::to_value(order).map_err(|error| ApiError::Invalid(error.to_string()))?;
        body["appid"] = json!(self.app_id());
        body["scene"] = json!("biz");
        body["trade_type"] = json!("MWEB");
        body["payment_notice_type"] = json!(1);
        self.api.post("/nontax/unifiedorder", &body).await
    }

    /// The orders that were made with one number of ours (getorderlist).
    ///
    /// # Errors
    /// [`ApiError::Rejected`] when WeChat does not answer the question.
    pub async fn nontax_orders(
        &self,
        region_code: &str,
        department_code: &str,
        order_no: &str,
    ) -> Result<NontaxOrders, ApiError> {
        let body = json!({
            "appid": self.app_id(),
            "region_code": region_code,
            "department_code": department_code,
            "order_no": order_no,
        });
        self.api.post("/nontax/getorderlist", &body).await
    }

    /// One order in full (getorder).
    ///
    /// # Errors
    /// [`ApiError::Rejected`] for an order that is not there.
    pub async fn nontax_detail(&self, order_id: &str) -> Result<NontaxDetail, ApiError> {
        self.api.post("/nontax/getorder", &json!({ "appid": self.app_id(), "order_id": order_id })).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_pages_have_a_meaning_and_others_have_none() {
        let of = |status: i64| NontaxDetail {
            order_id: "A".to_owned(),
            order_no: None,
            payment_notice_no: None,
            fee: 1,
            payment_expire_date: None,
            status,
        };
        for (status, meaning) in [
            (1, NontaxStatus::Unpaid),
            (3, NontaxStatus::Paid),
            (4, NontaxStatus::Paid),
            (5, NontaxStatus::Refunded),
            (6, NontaxStatus::Refunded),
            (12, NontaxStatus::Closed),
            (2, NontaxStatus::Unknown(2)),
        ] {
            assert_eq!(of(status).status(), meaning);
        }
    }

    #[test]
    fn an_answer_with_more_than_we_know_is_read() {
        let text = r#"{"errcode":0,"errmsg":"ok","appid":"wx","order_id":"AQCA","order_no":"WT1-1","fee":126500,
            "fee_type":1,"status":1,"payment_notice_no":"34000019081115065040","items":[],"partial_refund_info":{}}"#;
        let detail: NontaxDetail = serde_json::from_str(text).expect("readable");
        assert_eq!(detail.payment_notice_no.as_deref(), Some("34000019081115065040"));
        assert_eq!(detail.status(), NontaxStatus::Unpaid);
    }
}
