//! tejian: from the WeChat service-account menu to paid, report and invoice in hand.
//!
//! One folder per capability, in the order money flows; arrows between them point the same way
//! (`accounts ← reports ← fees ← invoice_titles ← orders ← payments ← {transfers, remittances, invoices, messages}`). An
//! upstream capability tells of what happened by writing job rows ([`happenings`]), never by importing what comes after
//! it. Some rooms put together what others know: [`home`], [`order_page`], [`statements`], [`downloads`], [`console`] and
//! [`exports`]. Every room and its question stands in `ARCHITECTURE.md`.

pub mod accounts;
pub mod agreements;
pub mod app;
pub mod archive;
pub mod audit;
pub mod backup;
pub mod bank;
pub mod captcha;
pub mod commands;
pub mod console;
pub mod conversations;
pub mod counter;
pub mod credit;
pub mod customers;
pub mod documents;
#[cfg(any(test, fuzzing))]
pub mod doors;
pub mod downloads;
pub mod ended_sessions;
pub mod exports;
pub mod fees;
mod fiscal_client;
pub mod fulfilment;
pub mod guest;
pub mod happenings;
pub mod home;
pub mod imports;
pub mod invoice_titles;
pub mod invoices;
pub mod mail;
pub mod members;
pub mod messages;
pub mod nodes;
pub mod offices;
pub mod order_page;
pub mod orders;
pub mod paper_numbers;
pub mod parcels;
pub mod payments;
pub mod personal_data;
pub mod phone_change;
pub mod previews;
pub mod reconciliation;
pub mod recovery;
pub mod registrations;
pub mod remittances;
pub mod reports;
pub mod reviews;
pub mod scene_codes;
pub mod sealing;
pub mod service_account;
pub mod settings;
pub mod shares;
pub mod sign_in;
pub mod sms;
pub mod staff;
pub mod statements;
#[cfg(test)]
pub mod testing;
pub mod transfers;
pub mod unit_profile;
pub mod uploads;
pub mod vouchers;
pub mod watch;
pub mod web;
pub mod webhooks;
pub mod worklist;
