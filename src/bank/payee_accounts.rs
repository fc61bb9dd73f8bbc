//! To whom the account of a line belongs.

use foundation::problem::Problem;
use sea_orm::ConnectionTrait;

use super::lines::digits_of;
use super::store::TransactionRow;
use crate::fees;
use crate::orders::OrderRow;

/// The accounts of all payees, as digits, each with the id of its payee.
pub(super) struct PayeeAccounts(Vec<(String, String)>);

impl PayeeAccounts {
    /// As they are now.
    pub(super) async fn load<C: ConnectionTrait>(connection: &C) -> Result<Self, Problem> {
        let payees = fees::payee_lines(connection).await?;
        Ok(Self(payees.into_iter().map(|payee| (digits_of(&payee.bank_account), payee.id.to_string())).collect()))
    }

    /// Whether a line came to the account of another payee than the order's: then it did not come to whom it is owed,
    /// whatever the payer wrote, and a person must say what is to become of it. An account that belongs to no payee says
    /// nothing: a bank may write it in another way.
    pub(super) fn is_of_another_payee(&self, line: &TransactionRow, order: &OrderRow) -> bool {
        if line.account_no.is_empty() {
            return false;
        }
        let of_line = |holder: &&(String, String)| holder.0 == line.account_no;
        let holders: Vec<&str> = self.0.iter().filter(of_line).map(|(_, payee_id)| payee_id.as_str()).collect();
        !holders.is_empty() && !holders.contains(&order.payee_id.as_str())
    }
}
