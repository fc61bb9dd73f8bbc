//! What a limit can be made of: the unit's devices, its places, its kinds.

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::Scope;
use crate::app::App;
use crate::fees::{self, DeviceGroup, DeviceLine};

/// A device that may be named in a limit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct LimitDevice {
    /// Which.
    id: String,
    /// 设备名称.
    name: String,
    /// 设备种类.
    kind: String,
    /// 注册代码.
    registration_code: String,
    /// 设备所在地址.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
}

/// Devices that have something in common.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct LimitGroup {
    /// The place or the kind.
    name: String,
    /// How many.
    count: i64,
}

/// Places and kinds of a unit's devices.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct LimitGroups {
    /// 地址, those with most devices first; at most 200.
    places: Vec<LimitGroup>,
    /// 设备种类.
    kinds: Vec<LimitGroup>,
}

/// Places and kinds.
pub(super) async fn groups(app: &App, scope: &Scope) -> Result<LimitGroups, Problem> {
    scope.demand_manager()?;
    let (places, kinds) = fees::device_groups(app.database.reader(), scope.unit_id()).await?;
    let named = |groups: Vec<DeviceGroup>| -> Vec<LimitGroup> {
        groups.into_iter().map(|group| LimitGroup { name: group.name, count: group.count }).collect()
    };
    Ok(LimitGroups { places: named(places), kinds: named(kinds) })
}

/// One page of the unit's devices, by id.
pub(super) async fn page(
    app: &App,
    scope: &Scope,
    words: Option<&str>,
    wanted: &PageRequest,
) -> Result<Page<LimitDevice>, Problem> {
    scope.demand_manager()?;
    let page = fees::device_page(app.database.reader(), scope.unit_id(), words, wanted).await?;
    Ok(page.map(|DeviceLine { id, name, kind, registration_code, place }| LimitDevice {
        id,
        name,
        kind,
        registration_code,
        place,
    }))
}
