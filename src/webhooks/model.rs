//! Types of events, states of deliveries, and when a delivery is tried again.

use std::hash::{DefaultHasher, Hash, Hasher};

use foundation::clock::{HOUR_MS, MINUTE_MS};
use foundation::define_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

define_id!(
    /// Somebody who is told.
    EndpointId, "whe"
);
define_id!(
    /// One event; what `webhook-id` says.
    EventId, "evt"
);
define_id!(
    /// One event for one endpoint.
    DeliveryId, "whd"
);

macro_rules! event_kinds {
    ($($name:ident = $code:literal, $text:literal;)*) => {
        /// What other systems are told.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum EventKind { $(#[doc = $text] $name,)* }

        impl EventKind {
            /// All of them.
            pub const ALL: &'static [EventKind] = &[$(EventKind::$name,)*];

            /// As sent: `order.paid`.
            pub fn as_str(self) -> &'static str {
                match self { $(EventKind::$name => $code,)* }
            }

            /// For people.
            pub fn text(self) -> &'static str {
                match self { $(EventKind::$name => $text,)* }
            }
        }
    };
}

event_kinds! {
    OrderPaid = "order.paid", "订单已支付";
    OrderPartReceived = "order.part_received", "订单收到部分款项";
    OrderReopened = "order.reopened", "订单恢复为待支付（认款被撤销）";
    OrderVoided = "order.voided", "订单已作废";
    OrderCompleted = "order.completed", "订单已完成";
    ReportsReady = "order.reports_ready", "订单的报告已全部可下载";
    InvoiceIssued = "invoice.issued", "票据已开具";
    InvoiceFailed = "invoice.failed", "票据未开成";
    RefundStarted = "refund.started", "退款开始";
    RefundSucceeded = "refund.succeeded", "退款已到账";
    RefundCalledOff = "refund.called_off", "退款已取消";
    CreditGranted = "credit.granted", "欠费申请已批准";
    CreditOverdue = "credit.overdue", "欠费已逾期";
    CreditSettled = "credit.settled", "欠费已补缴";
}

impl EventKind {
    /// The type that a code stands for.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == code)
    }

    /// The words for a stored code; the code itself for one that is not known any more.
    pub fn text_of(stored: &str) -> String {
        Self::of_code(stored).map_or_else(|| stored.to_owned(), |kind| kind.text().to_owned())
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Not yet arrived; tried again.
    Waiting,
    /// The receiver has it.
    Delivered,
    /// Given up; a person may replay it.
    Dead,
}

impl DeliveryState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Dead => "dead",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            DeliveryState::Waiting => "等待送达",
            DeliveryState::Delivered => "已送达",
            DeliveryState::Dead => "未送达",
        }
    }
}

impl std::str::FromStr for DeliveryState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [DeliveryState::Waiting, DeliveryState::Delivered, DeliveryState::Dead]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| anyhow::anyhow!("unknown delivery state {text}"))
    }
}

/// Pauses after the first, second … failed try, as the Standard Webhooks convention proposes.
const PAUSES_MS: [i64; 9] = [
    5_000,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
];
/// While an endpoint does not answer, one delivery tries and the others wait: as long again as nothing has arrived there, but
/// no shorter and no longer than this.
const OTHERS_WAIT_MS: std::ops::RangeInclusive<i64> = 5_000..=10 * MINUTE_MS;
/// The others come back one by one within so long, and within no longer than they waited.
const SPREAD_MS_MAX: i64 = MINUTE_MS;
/// Of a short wait, too, they do not all come back in one moment.
const SPREAD_MS_MIN: i64 = 1_000;
/// A delivery that could not even be tried (its endpoint did not answer others) is given up after this.
pub(super) const GIVEN_UP_AFTER_MS: i64 = 76 * HOUR_MS;

/// The pause after so many failed tries, milliseconds; nothing when it is given up.
pub(super) fn pause_after_ms(failures: i64) -> Option<i64> {
    usize::try_from(failures - 1).ok().and_then(|position| PAUSES_MS.get(position)).copied()
}

/// How long nobody tries an endpoint where nothing has arrived for so long; milliseconds. It is of the endpoint alone: how often
/// this or that delivery was tried says nothing of it.
pub(super) fn others_wait_ms(failing_ms: i64) -> i64 {
    failing_ms.clamp(*OTHERS_WAIT_MS.start(), *OTHERS_WAIT_MS.end())
}

/// When a delivery that waits until `resume_at` looks again, epoch milliseconds: of thousands each has its own moment.
pub(super) fn looks_again_at(delivery_id: &str, resume_at: i64, now: i64) -> i64 {
    let within_ms = (resume_at - now).clamp(SPREAD_MS_MIN, SPREAD_MS_MAX);
    let mut hasher = DefaultHasher::new();
    delivery_id.hash(&mut hasher);
    let position = i64::try_from(hasher.finish() % within_ms.unsigned_abs()).unwrap_or(0);
    Ord::max(resume_at, now) + position
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_left_alone_for_as_long_as_it_has_been_silent_and_no_longer_than_ten_minutes() {
        let (first, second, later) = (others_wait_ms(0), others_wait_ms(40_000), others_wait_ms(3 * HOUR_MS));
        assert_eq!((first, second, later), (5_000, 40_000, 10 * MINUTE_MS));
        // One that is alone goes by its own pauses: nobody else's is longer.
        let mut failing_ms = 0;
        for pause in (1..).map_while(pause_after_ms) {
            assert!(others_wait_ms(failing_ms) <= pause, "{failing_ms}");
            failing_ms += pause;
        }
    }

    #[test]
    fn thousands_that_wait_come_back_one_after_the_other_and_soon() {
        let (now, resume_at) = (1_000_000, 1_600_000);
        let moments: Vec<i64> = (0..6_000).map(|at| looks_again_at(&format!("whd_{at}"), resume_at, now)).collect();
        assert!(moments.iter().all(|at| (resume_at..resume_at + MINUTE_MS).contains(at)));
        for second in 0..60 {
            let from = resume_at + second * 1_000;
            let together = moments.iter().filter(|at| (from..from + 1_000).contains(*at)).count();
            assert!((1..300).contains(&together), "{together} in second {second}");
        }
        assert!((now + 5_000..now + 10_000).contains(&looks_again_at("whd_1", now + 5_000, now)));
    }

    #[test]
    fn tries_spread_over_three_days_and_end() {
        let pauses: Vec<i64> = (1..).map_while(pause_after_ms).collect();
        assert_eq!(pauses.len(), PAUSES_MS.len());
        assert!(pauses.windows(2).all(|pair| pair[0] < pair[1]));
        let whole: i64 = pauses.iter().sum();
        assert!((3 * 24 * HOUR_MS..GIVEN_UP_AFTER_MS).contains(&whole), "{whole}");
        assert_eq!(pause_after_ms(0), None);
    }
}
