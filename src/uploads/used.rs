//! What files belong to: one that nothing refers to may be removed, and is removed after a week.

use sea_orm::{ConnectionTrait, DbErr};

use crate::{phone_change, registrations, remittances, unit_profile};

/// Where a file is used, for people; `None` if nowhere.
pub(super) async fn where_used<C: ConnectionTrait>(
    connection: &C,
    upload_id: &str,
) -> Result<Option<&'static str>, DbErr> {
    if remittances::uses_upload(connection, upload_id).await? {
        return Ok(Some("汇款资料"));
    }
    if registrations::uses_upload(connection, upload_id).await? {
        return Ok(Some("注册资料"));
    }
    if unit_profile::uses_upload(connection, upload_id).await? {
        return Ok(Some("企业资料"));
    }
    if phone_change::uses_upload(connection, upload_id).await? {
        return Ok(Some("换号申请"));
    }
    Ok(None)
}
