//! Papers as PDF: the payment order a finance office pays by (缴款订单, S0-32), the yearly statement, 注册申请书, and
//! sample reports for the demo.
//!
//! Plain data in, bytes out: nothing here knows the database. Making one takes milliseconds to some tens of them, so
//! callers inside requests go through `spawn_blocking`.

mod device_label;
mod payment_order;
mod qr;
mod registration_form;
mod sample_report;
mod sample_slip;
mod seal;
mod sheet;
mod table;
mod typeface;
mod watermark;
mod year_statement;

pub use device_label::{DeviceLabel, device_label};
pub use payment_order::{
    PaymentOrderDocument, PaymentOrderItem, PaymentOrderPayee, PaymentOrderTransfer, payment_order,
};
pub use registration_form::{RegistrationForm, registration_form};
pub use sample_report::{SampleReport, sample_report};
pub use sample_slip::{SampleSlip, sample_slip};
pub use typeface::{Typeface, built_in_font};
pub use watermark::watermark_sheet;
pub use year_statement::{MonthOfStatement, StatementLine, YearStatement, year_statement};
