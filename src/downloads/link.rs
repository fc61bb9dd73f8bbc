//! What a link carries, and how it is made and opened.

use std::str::FromStr;

use foundation::problem::Problem;
use foundation::signed_token::TokenRefused;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::{Scope, SessionId, UnitId};
use crate::app::App;

/// What can be downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// 缴款订单 as PDF (S0-32); `id` is an order.
    OrderDocument,
    /// All reports of an order as ZIP (B-24); `id` is an order.
    OrderReportsZip,
    /// The receipt of an order (S0-47); `id` is an order.
    OrderInvoice,
    /// The same as OFD, where the issuer gives one; `id` is an order.
    OrderInvoiceOfd,
    /// One report (S0-46); `id` is a report.
    Report,
    /// All receipts that were issued in a year as ZIP; `id` is the year.
    YearInvoicesZip,
    /// 年度缴费对账单 as spreadsheet; `id` is the year.
    YearStatementXlsx,
    /// 年度缴费对账单 as PDF; `id` is the year.
    YearStatementPdf,
    /// 设备标签 that goes with a paid report (S1-50); `id` is a report.
    DeviceLabel,
}

/// For whom and for what a link is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Link {
    pub(super) kind: FileKind,
    pub(super) object: String,
    pub(super) session: SessionId,
    pub(super) unit: UnitId,
}

impl Link {
    pub(super) fn of(scope: &Scope, kind: FileKind, object: &str) -> Self {
        Self { kind, object: object.to_owned(), session: scope.session().id.clone(), unit: scope.unit_id().clone() }
    }

    /// The signed text of the address.
    pub(super) fn sign(&self, app: &App, expires_at: i64) -> String {
        let payload = serde_json::to_string(self).expect("a link is plain data");
        app.links.sign(&payload, expires_at)
    }
}

impl FromStr for Link {
    type Err = serde_json::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text)
    }
}

/// Opens a link and the scope that its session has now.
pub(super) async fn open(app: &App, token: &str) -> Result<(Link, Scope), Problem> {
    let payload = app.links.open(token, app.now_ms()).map_err(|refused| match refused {
        TokenRefused::Expired => Problem::new(axum::http::StatusCode::GONE, "link_expired", "下载链接已过期")
            .advice("请返回页面重新点击下载"),
        TokenRefused::Forged => invalid(),
    })?;
    // Other tokens of ours are signed with the same secret; only a link has this form.
    let link: Link = payload.parse().map_err(|_| invalid())?;
    let scope = Scope::of_link(app, &link.session, &link.unit).await?;
    let scope = scope.ok_or_else(|| {
        Problem::new(axum::http::StatusCode::FORBIDDEN, "link_revoked", "登录已失效，链接不能再使用")
            .advice("请重新登录后再下载")
    })?;
    Ok((link, scope))
}

fn invalid() -> Problem {
    Problem::not_found("link_invalid", "下载链接无效").advice("请返回页面重新点击下载")
}
