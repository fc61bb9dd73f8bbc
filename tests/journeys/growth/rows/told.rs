//! What is only ever added to.

use super::{Filling, TOLD, UNITS, id_of};

/// Notices, messages, calls, jobs that are done, and the audit trail.
pub(super) async fn told(filling: &Filling<'_>) {
    let at = filling.at(TOLD);
    let account = id_of("acc", &format!("i % {UNITS}"));
    let notice_columns = [
        ("id", "'cev_0192f0c4000070008000' || (100000000000 + i)"),
        ("kind", "'payment'"),
        ("envelope_id", "'envelope ' || i"),
        ("headers", "'[]'"),
        ("body", if filling.world.app.database.is_sqlite() { "x'7b7d'" } else { "'\\x7b7d'::bytea" }),
        ("out_trade_no", "'TJ' || (20000000 + i) || 'A'"),
        ("state", "'applied'"),
        ("seen_count", "1"),
        ("received_at", &at),
        ("applied_at", &at),
    ];
    filling.table("channel_events", TOLD, &notice_columns).await;
    let message_columns = [
        ("id", "'msg_0192f0c4000070008000' || (100000000000 + i)"),
        ("account_id", account.as_str()),
        ("kind", "'fee_posted'"),
        ("dedup_key", "'message ' || i"),
        ("title", "'有费用待缴'"),
        ("body", "'有费用待缴'"),
        ("link", "'/pages/fees/fees'"),
        ("created_at", &at),
    ];
    filling.table("messages", TOLD, &message_columns).await;
    let delivery_columns = [
        ("id", "'mdl_0192f0c4000070008000' || (100000000000 + i)"),
        ("message_id", "'msg_0192f0c4000070008000' || (100000000000 + i)"),
        ("channel", "'template'"),
        ("app_id", "'wx0000000000000001'"),
        ("openid", "'o' || i"),
        ("template_id", "'t'"),
        ("state", "'delivered'"),
        ("channel_message_id", "'' || i"),
        ("created_at", &at),
        ("updated_at", &at),
    ];
    filling.table("message_deliveries", TOLD, &delivery_columns).await;
    let job_columns = [
        ("id", "'job_0192f0c4000070008000' || (100000000000 + i)"),
        ("kind", "'messages.send'"),
        ("payload", "'{}'"),
        ("run_at", &at),
        ("dedup_key", "'done ' || i"),
        ("state", "'done'"),
        ("created_at", &at),
    ];
    filling.table("jobs", TOLD, &job_columns).await;
    let entry_columns = [
        ("id", "'aud_0192f0c4000070008000' || (100000000000 + i)"),
        ("at", at.as_str()),
        ("actor", "'stf_' || (i % 50)"),
        ("action", "'staff.signed_in'"),
        ("object", "'ord_' || (i / 3)"),
        ("seq", "i + 1"),
        ("hash", "'0'"),
    ];
    filling.table("audit_entries", TOLD, &entry_columns).await;
    filling.world.tamper(&format!("UPDATE audit_chain SET seq = {TOLD}")).await;
    let call_columns =
        [("request_id", "'call ' || i"), ("request_hash", "'0'"), ("answer", "'{}'"), ("created_at", at.as_str())];
    filling.table("integration_requests", TOLD, &call_columns).await;
    let push_columns =
        [("dedup_key", "'push ' || i"), ("openid", "'o' || i"), ("kind", "'text'"), ("received_at", at.as_str())];
    filling.table("inbound_messages", TOLD, &push_columns).await;
    let event_columns = [
        ("id", "'whe_0192f0c4000070008000' || (100000000000 + i)"),
        ("seq", "i + 1"),
        ("kind", "'order.paid'"),
        ("object_id", "'ord_' || i"),
        ("body", "'{}'"),
        ("at", at.as_str()),
    ];
    filling.table("webhook_events", TOLD, &event_columns).await;
    filling.world.tamper(&format!("UPDATE webhook_feed SET seq = {TOLD}")).await;
    let sent_columns = [
        ("id", "'whd_0192f0c4000070008000' || (100000000000 + i)"),
        ("event_id", "'whe_0192f0c4000070008000' || (100000000000 + i)"),
        ("endpoint_id", "'whk_1'"),
        ("kind", "'order.paid'"),
        ("object_id", "'ord_' || i"),
        ("state", "'delivered'"),
        ("round_started_at", at.as_str()),
        ("created_at", at.as_str()),
        ("updated_at", at.as_str()),
    ];
    filling.table("webhook_deliveries", TOLD, &sent_columns).await;
}
