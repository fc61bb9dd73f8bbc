//! What later capabilities may know of an invitation.

use foundation::problem::Problem;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::entity::member_invitations::Entity;
use crate::accounts::{Role, UnitId};

/// The facts of an invitation for messages.
#[derive(Debug, Clone)]
pub struct InvitationFacts {
    /// To which unit.
    pub unit: UnitId,
    /// As what.
    pub role: Role,
    /// For which phone; nothing for whoever has the link.
    pub phone: Option<String>,
    /// Who invited.
    pub invited_by_name: String,
    /// Id of the account that accepted.
    pub accepted_by: Option<String>,
}

/// An invitation by id.
pub async fn invitation_facts<C: ConnectionTrait>(
    connection: &C,
    id: &str,
) -> Result<Option<InvitationFacts>, Problem> {
    let Some(row) = Entity::find_by_id(id).one(connection).await? else { return Ok(None) };
    Ok(Some(InvitationFacts {
        unit: UnitId::from_stored(row.unit_id),
        role: row.role.parse()?,
        phone: row.phone.map(String::from),
        invited_by_name: row.invited_by_name,
        accepted_by: row.accepted_by,
    }))
}
