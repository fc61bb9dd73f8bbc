//! Officers who hold together what the manual keeps apart.

use foundation::database::Database;

use super::plain::plain;
use super::report::Report;
use crate::staff;

/// Names who prepares and reviews as well.
pub async fn examine(database: &Database, report: &mut Report) {
    match staff::in_one_hand(database.reader()).await {
        Ok(names) if names.is_empty() => {}
        Ok(names) => report.note(format!(
            "同时有经办（收费员、出纳）与财务复核角色的人：{}。在业务台「人员与角色」收回其中一个",
            names.join("、")
        )),
        Err(error) => report.note(format!("无法查看员工账号：{}", plain(&error.to_string()))),
    }
}
