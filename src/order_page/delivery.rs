//! How the reports of an order reach the payer, and where they are now.

use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::offices::{self, Place};
use crate::orders::{Delivery, OrderRow};
use crate::parcels;

/// How reports arrive, and where a parcel is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryAnswer {
    /// What the payer chose.
    #[serde(flatten)]
    pub delivery: Delivery,
    /// 领取地点, also after it was taken off the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// 快递公司, once the reports were posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// 运单号.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_no: Option<String>,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posted_at: Option<i64>,
}

pub(super) async fn delivery(app: &App, order: &OrderRow) -> Result<DeliveryAnswer, Problem> {
    let reader = app.database.reader();
    let delivery: Delivery = serde_json::from_str(&order.delivery).map_err(Problem::internal)?;
    let (mut place, mut parcel) = (None, None);
    match &delivery {
        Delivery::Electronic => {}
        Delivery::Counter { office } => place = offices::place(reader, office).await?,
        Delivery::Post { .. } => parcel = parcels::of_order(reader, &order.id).await?,
    }
    let (carrier, tracking_no, posted_at) = match parcel {
        Some(parcel) => (Some(parcel.carrier), Some(parcel.tracking_no), Some(parcel.posted_at)),
        None => (None, None, None),
    };
    Ok(DeliveryAnswer { delivery, place, carrier, tracking_no, posted_at })
}
