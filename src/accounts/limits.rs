//! What part of a unit a member may see and act on (S1-59): some devices, some kinds of equipment.

use foundation::problem::Problem;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::UnitId;

/// Devices named one by one in one limit.
pub const DEVICES_MAX: usize = 500;
/// Places in one limit.
pub const PLACES_MAX: usize = 100;
/// Kinds in one limit.
pub const KINDS_MAX: usize = 20;

/// The limits of a member. Nothing named means no limit of that sort; devices and places add up, and the kind narrows
/// what they name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Ids of devices of the unit.
    #[schema(max_items = 500)]
    pub devices: Vec<String>,
    /// Places (设备所在地址): every device there, also those that come later.
    #[schema(max_items = 100)]
    pub places: Vec<String>,
    /// 设备种类, such as 电梯.
    #[schema(max_items = 20)]
    pub kinds: Vec<String>,
}

impl Limits {
    /// Whether there is any.
    pub fn is_none(&self) -> bool {
        self.devices.is_empty() && self.places.is_empty() && self.kinds.is_empty()
    }

    /// Limits as stored with a membership.
    ///
    /// # Errors
    /// When the stored text is none of ours: better no access than too much.
    pub fn from_stored(text: Option<&str>) -> Result<Self, Problem> {
        let Some(text) = text else { return Ok(Self::default()) };
        let limits: Self = serde_json::from_str(text).map_err(Problem::internal)?;
        // No limit is stored as nothing: a text that limits nothing was not written by us.
        if limits.is_none() { Err(Problem::internal("limits that limit nothing")) } else { Ok(limits) }
    }

    /// The text to store; nothing when there is no limit.
    pub fn to_stored(&self) -> Option<String> {
        // Three lists of texts are always written.
        (!self.is_none()).then(|| serde_json::to_string(self).unwrap_or_default())
    }

    /// For people: `3 台设备、2 个地址、电梯`; nothing when there is no limit.
    pub fn text(&self) -> Option<String> {
        let counted = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
        let kinds = (!self.kinds.is_empty()).then(|| self.kinds.join("、"));
        let parts = [counted(self.devices.len(), "台设备"), counted(self.places.len(), "个地址"), kinds];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("，"))
    }

    /// The limit over a table that names device and kind in columns of its own.
    pub fn over<C: ColumnTrait>(&self, unit: &UnitId, device: C, kind: C) -> Condition {
        let mut all = Condition::all();
        if !self.devices.is_empty() || !self.places.is_empty() {
            let mut any = Condition::any();
            if !self.devices.is_empty() {
                any = any.add(device.is_in(self.devices.iter().map(String::as_str)));
            }
            if !self.places.is_empty() {
                any = any.add(device.in_subquery(self.devices_at_places(unit)));
            }
            all = all.add(any);
        }
        if !self.kinds.is_empty() {
            all = all.add(kind.is_in(self.kinds.iter().map(String::as_str)));
        }
        all
    }

    /// The devices of the unit at these places, asked for each time: a device that is moved in comes with its place.
    /// The table is named here and not imported, because the room of devices comes after this one.
    fn devices_at_places(&self, unit: &UnitId) -> sea_orm::sea_query::SelectStatement {
        let column = |name: &str| Expr::col((Alias::new("devices"), Alias::new(name)));
        Query::select()
            .expr(column("id"))
            .from(Alias::new("devices"))
            .and_where(column("unit_id").eq(unit.as_str()))
            .and_where(column("place").is_in(self.places.iter().map(String::as_str)))
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_back_as_they_were_stored_and_junk_opens_nothing() {
        let limits = Limits { kinds: vec!["电梯".to_owned()], ..Limits::default() };
        let stored = limits.to_stored().unwrap();
        assert_eq!(Limits::from_stored(Some(&stored)).unwrap(), limits);
        assert_eq!(Limits::default().to_stored(), None);
        assert!(Limits::from_stored(None).unwrap().is_none());
        for junk in ["", "[]", "{\"everything\":true}"] {
            assert!(Limits::from_stored(Some(junk)).is_err(), "{junk}");
        }
    }

    #[test]
    fn limits_are_said_in_words() {
        let limits = Limits { devices: vec!["a".into(), "b".into()], places: vec![], kinds: vec!["电梯".into()] };
        assert_eq!(limits.text().as_deref(), Some("2 台设备，电梯"));
        assert_eq!(Limits::default().text(), None);
    }
}
