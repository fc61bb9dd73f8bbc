//! How long certificates still last: WeChat Pay's own, and the merchant's where it is given (`wechat.pay.merchant_certificate`).
//! WeChat Pay's public key has no end, so that a merchant who uses it alone has none of the former.

use metrics::gauge;

use crate::app::{App, merchant_certificate};

const DAY_S: f64 = 86_400.0;

/// Sets the gauges; `now` is epoch milliseconds.
pub(super) fn tell(app: &App, now: i64) {
    let days_left = |ends_at_s: i64| (ends_at_s - now.div_euclid(1_000)) as f64 / DAY_S;
    // The last one to end, whichever it is: the others were followed by it, and their series would never go.
    if let Some(ends_at_s) = app.pay.certificate_ends().into_iter().map(|(_, ends_at_s)| ends_at_s).max() {
        gauge!("tejian_certificate_days_left", "owner" => "platform").set(days_left(ends_at_s));
    }
    // One that cannot be read has kept the process from starting.
    if let Ok(Some(own)) = merchant_certificate(&app.config) {
        let serial = own.serial().to_owned();
        gauge!("tejian_certificate_days_left", "owner" => "merchant", "serial" => serial)
            .set(days_left(own.not_after()));
    }
}
