//! Receipts, refunds, bank lines, reviews and the ledger of the core system.

use super::{Filling, ORDERS, id_of};

pub(super) async fn money(filling: &Filling<'_>) {
    let at = filling.at(ORDERS);
    let (order, attempt) = (id_of("ord", "i"), id_of("pay", "i"));
    let invoice_columns = [
        ("id", "'inv_0192f0c4000070008000' || (100000000000 + i)"),
        ("order_id", order.as_str()),
        ("receipt_class", "'nontax'"),
        ("kind", "'fiscal_receipt'"),
        ("title", "'{\"kind\":\"organization\",\"name\":\"示例物业\",\"tax_no\":\"91500000DEM0000145\"}'"),
        ("amount_fen", "60500"),
        ("state", "'issued'"),
        ("invoice_number", "'' || (30000000 + i)"),
        ("requested_at", &at),
        ("updated_at", &at),
    ];
    filling.table("invoices", ORDERS, &invoice_columns).await;
    let refund_columns = [
        ("id", "'rfd_0192f0c4000070008000' || (100000000000 + i)"),
        ("order_id", order.as_str()),
        ("attempt_id", &attempt),
        ("out_refund_no", "'TJR' || (20000000 + i)"),
        ("refund_id", "'50' || (20000000 + i)"),
        ("transaction_id", "'42000' || (10000000 + i)"),
        ("amount_fen", "60500"),
        ("total_fen", "60500"),
        ("reason", "'重复付款'"),
        ("state", "'success'"),
        ("created_at", &at),
        ("accepted_at", &at),
        ("updated_at", &at),
    ];
    filling.table("refunds", ORDERS, &refund_columns).await;
    let line_columns = [
        ("id", "'btx_0192f0c4000070008000' || (100000000000 + i)"),
        ("statement_id", "'bst_' || (i / 100)"),
        ("account_no", "'5000'"),
        ("booked_on", "'2026-0' || (1 + i % 7) || '-1' || (i % 10)"),
        ("amount_fen", "60500 + i"),
        ("rest_fen", "0"),
        ("payer_name", "'示例物业' || i || '有限公司'"),
        ("payer_key", "'示例物业' || i || '有限公司'"),
        ("remark", "'检验费'"),
        ("dedup_key", "'line ' || i"),
        ("state", "'claimed'"),
        ("search_text", "'示例物业' || i || '有限公司|检验费'"),
        ("created_at", &at),
        ("updated_at", &at),
    ];
    filling.table("bank_transactions", ORDERS, &line_columns).await;
    let review_columns = [
        ("id", "'rev_0192f0c4000070008000' || (100000000000 + i)"),
        ("kind", "'refund'"),
        ("subject_id", "'rfd_0192f0c4000070008000' || (100000000000 + i)"),
        ("title", "'退款'"),
        ("search_text", "'示例物业' || i"),
        ("state", "'approved'"),
        ("submitted_by", "'stf_1'"),
        ("submitted_by_name", "'出纳'"),
        ("decided_at", &at),
        ("due_at", &at),
        ("created_at", &at),
        ("updated_at", &at),
    ];
    filling.table("reviews", ORDERS, &review_columns).await;
    let entry_columns = [
        ("day", "'2025-0' || (1 + i % 9) || '-1' || (i % 10)"),
        ("order_no", "'TJ' || (20000000 + i)"),
        ("amount_fen", "60500"),
    ];
    filling.table("core_ledger_entries", ORDERS, &entry_columns).await;
}
