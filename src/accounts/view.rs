//! How much of a unit somebody sees, as a condition that every query of payers' tables begins with.

use foundation::problem::Problem;
use foundation::sealed;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Select};

use super::limits::Limits;
use super::model::{Account, UnitAccess, UnitId};

/// A table whose rows belong to a unit and an applicant, and which payers may therefore read.
pub trait ScopedEntity: EntityTrait {
    /// The column with the unit.
    fn unit_column() -> Self::Column;
    /// The column with the applicant's phone.
    fn applicant_column() -> Self::Column;
    /// Which rows lie within a member's limits (S1-59). Asked only where there are limits; every table has to answer, so
    /// that none is forgotten. What belongs to several devices lies within them when all of it does.
    fn within(view: &View) -> Condition;
}

/// The unit, the phones of an applicant, and a member's limits. What a message may say and what a list shows come from
/// the same view.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct View {
    unit: UnitId,
    applicant_phones: Option<Vec<String>>,
    limits: Limits,
}

impl View {
    /// What an account sees of a unit that it is a member of.
    ///
    /// # Errors
    /// An applicant without a phone would see everything: refused instead.
    pub async fn of<C: ConnectionTrait>(
        connection: &C,
        account: &Account,
        access: &UnitAccess,
    ) -> Result<Self, Problem> {
        let applicant_phones = if access.role.sees_whole_unit() {
            None
        } else {
            let phone = account.phone.clone().ok_or_else(|| Problem::internal("applicant without a phone"))?;
            let mut phones = super::earlier_phones::of_account(connection, &account.id).await?;
            phones.insert(0, phone);
            Some(phones)
        };
        Ok(Self { unit: access.unit.id.clone(), applicant_phones, limits: access.limits.clone() })
    }

    /// The unit.
    pub fn unit_id(&self) -> &UnitId {
        &self.unit
    }

    /// The phone that an applicant has now; nothing for roles that see the whole unit.
    pub fn applicant_phone(&self) -> Option<&str> {
        self.applicant_phones.as_ref().and_then(|phones| phones.first()).map(String::as_str)
    }

    /// Whether something of an applicant with this phone is his.
    pub fn is_of_applicant(&self, phone: Option<&str>) -> bool {
        match &self.applicant_phones {
            None => true,
            Some(phones) => phone.is_some_and(|phone| phones.iter().any(|mine| mine == phone)),
        }
    }

    /// A member's limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether all of the unit is seen.
    pub fn is_whole(&self) -> bool {
        self.applicant_phones.is_none() && self.limits.is_none()
    }

    /// The start of every query: rows of the unit, of the applicant where the role demands it, within the limits.
    pub fn select<E: ScopedEntity>(&self) -> Select<E> {
        E::find().filter(self.condition::<E>())
    }

    /// The same limit for updates and deletes.
    pub fn condition<E: ScopedEntity>(&self) -> Condition {
        let phones = self.applicant_phones.as_ref();
        let mut condition = Condition::all().add(E::unit_column().eq(self.unit.as_str())).add_option(
            phones.map(|phones| sealed::is_one_of(E::applicant_column(), phones.iter().map(String::as_str))),
        );
        if !self.limits.is_none() {
            condition = condition.add(E::within(self));
        }
        condition
    }
}
