//! What the payer sees of his orders: the list with its four tabs, the order page with timeline and next step, and
//! giving an order up. It only puts together what orders, payments, invoices and reports know.

mod answer;
mod delivery;
mod money_back;
mod money_routes;
mod next_step;
mod routes;

pub use answer::{Order, OrderSummary, may_be_asked, page, summaries};
pub use routes::router;
