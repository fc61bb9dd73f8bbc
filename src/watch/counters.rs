//! Counters whose growth an alarm asks for (`deploy/prometheus/alerts.yml`). A series that is born with its first happening
//! shows no growth, and the alarm would sleep through the very thing it waits for: these begin at nothing, with every label
//! that an alarm looks at.

use metrics::{counter, histogram};

const PLAIN: [&str; 8] = [
    "tejian_answers_broken_total",
    "tejian_cache_failures_total",
    "tejian_double_payments_total",
    "tejian_figures_failed_total",
    "tejian_payment_mismatches_total",
    "tejian_refunds_after_payout_total",
    "tejian_sms_day_limit_reached",
    "tejian_unknown_keys_total",
];
/// Name, label, and its values.
const LABELLED: [(&str, &str, &[&str]); 3] = [
    ("tejian_http_answers_total", "class", &["2xx", "3xx", "4xx", "5xx"]),
    ("tejian_http_refused_total", "kind", &["people", "notices", "large_bodies"]),
    ("tejian_webhook_deliveries_total", "outcome", &["dead"]),
];
const NOTICES: [&str; 3] = ["payment", "refund", "fapiao"];
/// Where the reading of a notice ends for reasons that are ours to mend.
const STAGES: [&str; 3] = ["algorithm", "decrypt", "timestamp"];

/// Called once, when recording starts.
pub fn begin() {
    for name in PLAIN {
        counter!(name).increment(0);
    }
    for (name, label, values) in LABELLED {
        for value in values {
            counter!(name, label => *value).increment(0);
        }
    }
    for kind in NOTICES {
        for stage in STAGES {
            counter!("tejian_notices_total", "kind" => kind, "outcome" => "refused", "stage" => stage).increment(0);
        }
    }
    let _begun = histogram!("tejian_notice_age_seconds");
}
