//! Journeys told end to end, through the doors that people, WeChat and the core system use: HTTP on a real port, the
//! simulator on another. Each test has a database of its own (SQLite file, or PostgreSQL and Redis when
//! `TEJIAN_TEST_POSTGRES` and `TEJIAN_TEST_REDIS` are set) and a clock that only the test moves.

mod agreements;
mod bank;
mod caller;
mod checkout;
mod contract;
mod core_system;
mod credit;
mod crowd;
mod disputes;
mod documents;
mod downloads;
mod edges;
mod finding;
mod guest;
mod mailbox;
mod members;
mod messages;
mod operations;
mod paper_reports;
mod paying;
mod previews;
mod random_money;
mod receipt_mails;
mod receipts;
mod receiver;
mod reconciliation;
mod registrations;
mod remittances;
mod seed;
mod staff_desks;
mod staff_orders;
mod staff_refunds;
mod staff_routes;
mod staff_sign_in;
mod staff_world;
mod titles;
mod transfers;
mod trouble;
mod unit_profile;
mod uploads;
mod webhooks;
mod wechat_browser;
mod world;
mod year_papers;
