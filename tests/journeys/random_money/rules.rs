//! What holds whatever happens to money, each rule as a query that counts its violations.

/// Rule and query; they hold at any moment between two transactions.
pub const MONEY_RULES: &[(&str, &str)] = &[
    (
        "a fee is in at most one live order",
        "SELECT COUNT(*) FROM (SELECT l.fee_id FROM order_lines l JOIN orders o ON o.id = l.order_id \
         WHERE o.state <> 'void' GROUP BY l.fee_id HAVING COUNT(*) > 1) doubled",
    ),
    (
        "the lines of an order add up to its amount",
        "SELECT COUNT(*) FROM orders o WHERE o.amount_fen <> (SELECT SUM(l.amount_fen) FROM order_lines l WHERE l.order_id = o.id)",
    ),
    (
        "a paid order has exactly one effective payment of its amount",
        "SELECT COUNT(*) FROM orders o WHERE o.state IN ('paid', 'completed') AND \
         (SELECT COUNT(*) FROM payment_attempts a WHERE a.id = o.paid_attempt_id AND a.id = o.paid_reference AND o.paid_by = 'attempt' \
            AND a.state = 'paid' AND a.amount_fen = o.amount_fen AND a.order_id = o.id AND o.received_fen = 0) \
         + (SELECT COUNT(*) FROM bank_claims c WHERE c.id = o.paid_reference AND o.paid_by = 'bank_claim' AND c.state = 'live' \
            AND c.order_id = o.id AND o.received_fen = o.amount_fen AND o.paid_attempt_id IS NULL) \
         + (SELECT COUNT(*) FROM counter_payments p WHERE p.id = o.paid_reference AND o.paid_by = 'counter' AND p.order_id = o.id \
            AND p.state = 'live' AND o.received_fen = o.amount_fen AND o.paid_attempt_id IS NULL) \
         + (SELECT COUNT(*) FROM remittances r WHERE r.id = o.paid_reference AND o.paid_by = 'remittance' AND r.order_id = o.id \
            AND r.state = 'approved' AND o.paid_attempt_id IS NULL) <> 1",
    ),
    (
        "an order that was never paid has no effective payment",
        "SELECT COUNT(*) FROM orders WHERE state NOT IN ('paid', 'completed', 'refunding', 'refunded') AND (paid_attempt_id IS NOT NULL OR paid_by IS NOT NULL)",
    ),
    (
        "what an order received is what was claimed for it and taken at counters",
        "SELECT COUNT(*) FROM orders o WHERE o.received_fen <> \
         COALESCE((SELECT SUM(c.amount_fen) FROM bank_claims c WHERE c.order_id = o.id AND c.state = 'live'), 0) \
         + COALESCE((SELECT SUM(p.amount_fen) FROM counter_payments p WHERE p.order_id = o.id AND p.state = 'live'), 0)",
    ),
    (
        "an order never receives more than it costs, and a void one has given everything back that came",
        "SELECT COUNT(*) FROM orders o WHERE o.received_fen < 0 OR o.received_fen > o.amount_fen OR (o.state = 'void' AND \
         o.received_fen <> COALESCE((SELECT SUM(r.amount_fen) FROM refunds r WHERE r.order_id = o.id AND r.voids_order \
         AND r.state NOT IN ('proposed', 'declined')), 0))",
    ),
    (
        "an order that has all of its money does not wait",
        "SELECT COUNT(*) FROM orders WHERE state IN ('pending_payment', 'paying') AND received_fen = amount_fen",
    ),
    (
        "money of a line is claimed, on its way back to its sender, or left, fen by fen",
        "SELECT COUNT(*) FROM bank_transactions t WHERE t.rest_fen < 0 OR t.rest_fen <> t.amount_fen - \
         COALESCE((SELECT SUM(c.amount_fen) FROM bank_claims c WHERE c.transaction_id = t.id AND c.state = 'live'), 0) \
         - COALESCE((SELECT SUM(r.amount_fen) FROM refunds r WHERE r.line_id = t.id AND r.state <> 'declined'), 0)",
    ),
    (
        "a remittance is under review exactly while its order is, and approved only for the order it paid",
        "SELECT COUNT(*) FROM remittances r JOIN orders o ON o.id = r.order_id WHERE \
         (r.state = 'approved' AND (o.paid_by IS NULL OR o.paid_by <> 'remittance')) \
         OR (o.under_review AND r.state <> 'submitted')",
    ),
    (
        "what is told as payable in all is what is payable",
        "SELECT COUNT(*) FROM (SELECT (SELECT SUM(fee_count) FROM payable_changes) AS counted, \
         (SELECT SUM(amount_fen) FROM payable_changes) AS amount) t WHERE COALESCE(t.counted, 0) <> \
         (SELECT COUNT(*) FROM fees WHERE state = 'payable') OR COALESCE(t.amount, 0) <> \
         COALESCE((SELECT SUM(amount_fen) FROM fees WHERE state = 'payable'), 0)",
    ),
    (
        "a fee is paid exactly when its order is",
        "SELECT COUNT(*) FROM fees f LEFT JOIN orders o ON o.id = f.order_id \
         WHERE (f.state = 'paid') <> (COALESCE(o.state, '') IN ('paid', 'completed', 'refunding'))",
    ),
    (
        "a fee is locked exactly while its order waits",
        "SELECT COUNT(*) FROM fees f LEFT JOIN orders o ON o.id = f.order_id \
         WHERE (f.state = 'locked') <> (COALESCE(o.state, '') IN ('pending_payment', 'paying'))",
    ),
    (
        "money that is not effective is being given back, once",
        "SELECT COUNT(*) FROM payment_attempts a JOIN orders o ON o.id = a.order_id WHERE a.state = 'paid' \
         AND COALESCE(o.paid_attempt_id, '') <> a.id AND (SELECT COUNT(*) FROM refunds r WHERE r.attempt_id = a.id) <> 1",
    ),
    (
        "what is decided to go back is never more than was paid",
        "SELECT COUNT(*) FROM orders o WHERE o.amount_fen < COALESCE((SELECT SUM(r.amount_fen) FROM refunds r \
         WHERE r.order_id = o.id AND r.proposed_by IS NOT NULL AND r.line_id IS NULL AND r.state <> 'declined'), 0)",
    ),
    (
        "what is decided to go back of an order that was paid on a reviewer's word has come",
        "SELECT COUNT(*) FROM orders o WHERE o.paid_by = 'remittance' AND o.received_fen < COALESCE((SELECT SUM(r.amount_fen) \
         FROM refunds r WHERE r.order_id = o.id AND r.proposed_by IS NOT NULL AND r.line_id IS NULL AND r.state <> 'declined'), 0)",
    ),
    (
        "an order that was paid on a reviewer's word has what he did not vouch for",
        "SELECT COUNT(*) FROM orders o JOIN remittances r ON r.id = o.paid_reference WHERE o.paid_by = 'remittance' \
         AND o.received_fen + r.amount_fen < o.amount_fen",
    ),
    (
        "whoever typed an account has not paid it out",
        "SELECT COUNT(*) FROM refunds r JOIN audit_entries a ON a.object = r.order_id AND a.action = 'refund.confirmed' \
         AND a.actor = r.payee_set_by AND a.detail LIKE '%' || r.id || '%'",
    ),
    (
        "money of a line never goes to an account that somebody wrote down",
        "SELECT COUNT(*) FROM refunds WHERE line_id IS NOT NULL AND COALESCE(payee_source, 'line') <> 'line'",
    ),
    (
        "a receipt is made out over what the payer has left with the institute, fen by fen",
        "SELECT COUNT(*) FROM invoices i JOIN orders o ON o.id = i.order_id WHERE i.state IN ('requested', 'issued', 'failed') \
         AND i.amount_fen <> o.amount_fen - COALESCE((SELECT SUM(r.amount_fen) FROM refunds r WHERE r.order_id = o.id \
         AND r.proposed_by IS NOT NULL AND r.line_id IS NULL AND r.state NOT IN ('proposed', 'declined')), 0)",
    ),
    (
        "money that is effective is never given back by itself",
        "SELECT COUNT(*) FROM orders o JOIN refunds r ON r.attempt_id = o.paid_attempt_id WHERE r.proposed_by IS NULL",
    ),
    (
        "a report is released exactly when its fee is paid or was granted on credit",
        "SELECT COUNT(*) FROM reports r JOIN fees f ON f.report_id = r.id \
         WHERE ((f.state = 'paid') OR (f.credit_due_on IS NOT NULL)) <> (r.released_at IS NOT NULL)",
    ),
    (
        "a fee is on credit exactly as its request was granted",
        "SELECT COUNT(*) FROM fees f JOIN credit_requests c ON c.id = f.credit_id WHERE c.state IN ('rejected', 'withdrawn') \
         OR (f.credit_due_on IS NOT NULL AND (c.due_on IS NULL OR c.due_on <> f.credit_due_on)) \
         OR (f.credit_due_on IS NULL AND c.state <> 'submitted')",
    ),
    (
        "a request is under review exactly while it waits",
        "SELECT COUNT(*) FROM credit_requests c WHERE (c.state = 'submitted') <> EXISTS \
         (SELECT 1 FROM reviews r WHERE r.subject_id = c.id AND r.state IN ('open', 'claimed'))",
    ),
];

/// Rule and query; they hold when nobody has anything left to do.
pub const NOTHING_IS_OPEN: &[(&str, &str)] = &[
    (
        "every attempt has ended",
        "SELECT COUNT(*) FROM payment_attempts WHERE state IN ('created', 'pending', 'closing')",
    ),
    ("every order has ended", "SELECT COUNT(*) FROM orders WHERE state IN ('pending_payment', 'paying')"),
    (
        "every refund that was decided is made",
        "SELECT COUNT(*) FROM refunds WHERE state NOT IN ('success', 'proposed', 'declined')",
    ),
    ("no job gave up", "SELECT COUNT(*) FROM jobs WHERE state = 'dead'"),
    (
        "credit is settled exactly when nothing of it is owed",
        "SELECT COUNT(*) FROM credit_requests c WHERE c.state IN ('approved', 'settled') AND (c.state = 'approved') <> EXISTS \
         (SELECT 1 FROM fees f WHERE f.credit_id = c.id AND f.state IN ('payable', 'locked'))",
    ),
];
