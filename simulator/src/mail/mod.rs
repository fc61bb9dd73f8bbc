//! The mailbox: a mail server that takes what is sent to anybody, and keeps the newest. It says neither who it is nor that it
//! can encrypt, asks nobody for a password, and listens where [`crate::Simulator::open_mailbox`] was told, on this machine.
//!
//! What it keeps is forgotten when the process ends: files of receipts would make the state of the world large.

mod mime;
mod smtp;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

pub(crate) use smtp::serve;

/// So many mails are kept at most.
const MAILS_MAX: usize = 500;
/// And so many bytes of files.
const BYTES_MAX: usize = 64 * 1024 * 1024;
/// Mails of one page.
const PER_PAGE: usize = 20;

/// A mail that arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// Counts up.
    pub id: u64,
    /// Unix second.
    pub at: i64,
    /// What its head says of the sender.
    pub from: String,
    /// Whom it was for.
    pub to: Vec<String>,
    /// One line.
    pub subject: String,
    /// The first part that is text.
    pub text: String,
    /// Files that came with it.
    pub attachments: Vec<Attachment>,
}

/// A file that came with a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// What it is called.
    pub file_name: String,
    /// What it is said to be.
    pub media_type: String,
    /// Bytes.
    pub size: usize,
    /// The bytes themselves.
    #[serde(skip)]
    pub content: Arc<Vec<u8>>,
}

/// A page of the mailbox, newest first.
pub(crate) struct MailPage {
    /// How many there are in all.
    pub total: usize,
    /// This page, from 1.
    pub page: usize,
    /// How many pages there are, at least one.
    pub pages: usize,
    pub items: Vec<Mail>,
}

/// What arrived lately.
#[derive(Default)]
pub(crate) struct Mails {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// The newest first.
    mails: VecDeque<Mail>,
    arrived: u64,
}

impl Kept {
    fn bytes(&self) -> usize {
        self.mails.iter().flat_map(|mail| &mail.attachments).map(|file| file.size).sum()
    }
}

impl Mails {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a mail, and forgets the oldest where it gets too much; the newest stays in any case.
    fn keep(&self, at: i64, to: Vec<String>, content: &str) -> Mail {
        let mut kept = self.lock();
        kept.arrived += 1;
        let mail = mime::read(content, kept.arrived, at, to);
        kept.mails.push_front(mail.clone());
        while kept.mails.len() > 1 && (kept.mails.len() > MAILS_MAX || kept.bytes() > BYTES_MAX) {
            kept.mails.pop_back();
        }
        mail
    }

    pub fn count(&self) -> usize {
        self.lock().mails.len()
    }

    /// The newest first.
    pub fn all(&self) -> Vec<Mail> {
        self.lock().mails.iter().cloned().collect()
    }

    /// A page from 1 on; one that is not there is the nearest that is.
    pub fn page(&self, page: usize) -> MailPage {
        let kept = self.lock();
        let total = kept.mails.len();
        let pages = total.div_ceil(PER_PAGE).max(1);
        let page = page.clamp(1, pages);
        let items = kept.mails.iter().skip((page - 1) * PER_PAGE).take(PER_PAGE).cloned().collect();
        MailPage { total, page, pages, items }
    }

    /// A file of a mail by its place, from 0.
    pub fn attachment(&self, mail: u64, place: usize) -> Option<Attachment> {
        let kept = self.lock();
        kept.mails.iter().find(|known| known.id == mail)?.attachments.get(place).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_and_come_page_by_page() {
        let mails = Mails::default();
        assert_eq!((mails.page(1).pages, mails.page(1).items.len()), (1, 0));
        for number in 1..=MAILS_MAX + 5 {
            mails.keep(0, vec!["a@example.com".to_owned()], &format!("Subject: {number}\r\n\r\ntext"));
        }
        let first = mails.page(1);
        assert_eq!((first.total, first.pages, first.items.len()), (MAILS_MAX, 25, PER_PAGE));
        assert_eq!(first.items[0].subject, (MAILS_MAX + 5).to_string());
        let last = mails.page(99);
        assert_eq!((last.page, last.items[PER_PAGE - 1].subject.as_str()), (25, "6"));
    }
}
