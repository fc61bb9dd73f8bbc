//! The simulator through its public doors: HTTP as an application speaks it, and the acts of a
//! person. The merchant's side is played by the `wechat` crate.

mod account;
mod documents;
mod mailbox;
mod merchant;
mod mini_program;
mod payments;
mod phone;
mod providers;
mod refunds;
mod shangmi;
mod stage;
