//! What the books say at the end: business done of each kind, and what may not be left half done.

/// Of the rules for a world in which nobody has anything left to do, the one that people must help with after dead cards and
/// closed refunds: here such refunds are compared with the channel instead.
pub const NEEDS_A_PERSON: &str = "every refund that was decided is made";

/// Rule and query that counts violations; `NOBODYS` stands for the number that lying notices name.
pub const EVERYTHING_HAS_ENDED: &[(&str, &str)] = &[
    (
        "every refund that was decided is made, or left to a person by the channel",
        "SELECT COUNT(*) FROM refunds WHERE state IN ('requested', 'processing')",
    ),
    (
        "every message has got where it gets",
        "SELECT COUNT(*) FROM message_deliveries WHERE state IN ('planned', 'queued')",
    ),
    ("no job is still being tried", "SELECT COUNT(*) FROM jobs WHERE state = 'waiting' AND last_error IS NOT NULL"),
    (
        "every notice has been dealt with, but for those of an order nobody has",
        "SELECT COUNT(*) FROM channel_events WHERE state = 'received' \
         OR (state = 'unmatched' AND COALESCE(out_trade_no, '') <> NOBODYS)",
    ),
    (
        "no notice of an order nobody has was booked",
        "SELECT COUNT(*) FROM channel_events WHERE out_trade_no = NOBODYS AND state <> 'unmatched'",
    ),
    ("every receipt is made or refused", "SELECT COUNT(*) FROM invoices WHERE state = 'requested'"),
    ("no receipt is being taken back any more", "SELECT COUNT(*) FROM invoices WHERE state = 'reversing'"),
    ("every red letter is made", "SELECT COUNT(*) FROM red_letters WHERE state <> 'done'"),
    ("every slip has been looked at", "SELECT COUNT(*) FROM uploads WHERE state NOT IN ('ready', 'refused')"),
];

/// Name and query that counts.
pub const BUSINESS: &[(&str, &str)] = &[
    ("orders", "SELECT COUNT(*) FROM orders"),
    ("orders paid and kept", "SELECT COUNT(*) FROM orders WHERE state IN ('paid', 'completed')"),
    ("orders void", "SELECT COUNT(*) FROM orders WHERE state = 'void'"),
    ("orders given back", "SELECT COUNT(*) FROM orders WHERE state IN ('refunding', 'refunded')"),
    (
        "orders paid in WeChat by the payer",
        "SELECT COUNT(*) FROM payment_attempts WHERE state = 'paid' AND channel = 'jsapi'",
    ),
    (
        "orders paid by scanning a code",
        "SELECT COUNT(*) FROM payment_attempts WHERE state = 'paid' AND channel = 'native'",
    ),
    ("orders paid by transfer", "SELECT COUNT(*) FROM orders WHERE paid_by = 'bank_claim'"),
    ("orders paid by remittance", "SELECT COUNT(*) FROM orders WHERE paid_by = 'remittance'"),
    ("orders paid at the counter", "SELECT COUNT(*) FROM orders WHERE paid_by = 'counter'"),
    (
        "refunds that people decided on",
        "SELECT COUNT(*) FROM refunds WHERE proposed_by IS NOT NULL AND state = 'success'",
    ),
    (
        "refunds that took longer than a day",
        "SELECT COUNT(*) FROM refunds WHERE state = 'success' AND succeeded_at - accepted_at > 86400000",
    ),
    ("refunds declined", "SELECT COUNT(*) FROM refunds WHERE state = 'declined'"),
    ("refunds still to be decided", "SELECT COUNT(*) FROM refunds WHERE state = 'proposed'"),
    (
        "refunds of money that came twice or too late",
        "SELECT COUNT(*) FROM refunds WHERE proposed_by IS NULL AND state = 'success'",
    ),
    ("receipts issued", "SELECT COUNT(*) FROM invoices WHERE state = 'issued'"),
    ("receipts made out anew", "SELECT COUNT(*) FROM invoices WHERE state = 'issued' AND issue_round > 1"),
    ("receipts refused by their issuer", "SELECT COUNT(*) FROM invoices WHERE state = 'failed'"),
    ("receipts taken back", "SELECT COUNT(*) FROM invoices WHERE state = 'reversed'"),
    ("notices of WeChat in the books", "SELECT COUNT(*) FROM channel_events"),
    (
        "notices of an order nobody has, kept for a person",
        "SELECT COUNT(*) FROM channel_events WHERE out_trade_no = NOBODYS",
    ),
    ("messages", "SELECT COUNT(*) FROM messages"),
    (
        "messages through WeChat or the telephone, delivered",
        "SELECT COUNT(*) FROM message_deliveries WHERE state = 'delivered'",
    ),
    (
        "the same, taken by WeChat, which never said what became of it",
        "SELECT COUNT(*) FROM message_deliveries WHERE state = 'sent'",
    ),
    ("the same, failed with a reason", "SELECT COUNT(*) FROM message_deliveries WHERE state = 'failed'"),
    ("the same, not sent with a reason", "SELECT COUNT(*) FROM message_deliveries WHERE state = 'skipped'"),
];
