//! What the search box finds: one [`Finder`](super::search::Finder) per kind of thing.

mod money;
mod orders;
mod papers;
mod people;
mod threads;

use foundation::paging::PageRequest;

use super::search::Finders;

/// Things of one kind shown at most.
const PER_GROUP: u32 = 6;

/// The finders of what every installation has, in the order in which they are shown.
pub fn finders() -> Finders {
    Finders::default()
        .with(orders::Orders)
        .with(money::Fees)
        .with(papers::Reports)
        .with(people::Payers { units: true })
        .with(people::Payers { units: false })
        .with(papers::Invoices)
        .with(orders::Transactions)
        .with(money::BankLines)
        .with(money::Credits)
        .with(papers::Vouchers)
        .with(threads::Conversations)
}

fn first_few() -> PageRequest {
    PageRequest { after: None, limit: Some(PER_GROUP) }
}
