//! Whose files: a person's own (papers for his registration, before he has any unit), or those of the unit he acts for.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use foundation::problem::Problem;
use sea_orm::{ColumnTrait, Condition};

use super::entity::uploads::Column;
use super::model::Purpose;
use crate::accounts::{Scope, Visitor};
use crate::app::SharedApp;
use crate::staff::StaffId;

/// Stands in place of a unit for files that belong to somebody himself.
pub(super) const NO_UNIT: &str = "";

/// Who sends or asks for files.
#[derive(Debug, Clone)]
pub struct Uploader {
    owner_id: String,
    scope: Option<Scope>,
}

impl Uploader {
    /// Somebody at the institute; his files are his own until something refers to them.
    pub fn officer(id: &StaffId) -> Self {
        Self { owner_id: id.to_string(), scope: None }
    }

    /// Account, or member of staff.
    pub(super) fn owner_id(&self) -> &str {
        &self.owner_id
    }

    /// To whom a new file for this purpose belongs: the unit, or nobody but its sender.
    pub(super) fn unit_for(&self, purpose: Purpose) -> Result<String, Problem> {
        if purpose.is_personal() {
            return Ok(NO_UNIT.to_owned());
        }
        let scope = self.scope.as_ref().ok_or_else(|| {
            Problem::conflict("unit_not_chosen", "还没有选择单位").advice("请先选择要办理的单位，再上传文件")
        })?;
        scope.demand_payer()?;
        Ok(scope.unit_id().to_string())
    }

    /// His own files, and those of the unit as far as he sees them.
    pub(super) fn condition(&self) -> Condition {
        let seen = Condition::any().add(own_files(&self.owner_id));
        seen.add_option(self.scope.as_ref().map(files_of_scope))
    }
}

/// Files that belong to somebody himself.
pub(super) fn own_files(owner_id: &str) -> Condition {
    Condition::all().add(Column::UnitId.eq(NO_UNIT)).add(Column::AccountId.eq(owner_id))
}

/// Files of the scope's unit. Who does not see all of the unit sees his own files only.
pub(super) fn files_of_scope(scope: &Scope) -> Condition {
    let of_unit = Condition::all().add(Column::UnitId.eq(scope.unit_id().as_str()));
    let limited = !scope.view().is_whole();
    of_unit.add_option(limited.then(|| Column::AccountId.eq(scope.account_id().as_str())))
}

impl FromRequestParts<SharedApp> for Uploader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        let session = Visitor::from_request_parts(parts, app).await?.demand_session()?;
        // Without a unit there are still one's own files.
        let scope = if session.unit_id.is_some() { Scope::from_request_parts(parts, app).await.ok() } else { None };
        Ok(Self { owner_id: session.account.id.to_string(), scope })
    }
}
