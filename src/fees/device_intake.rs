//! Devices in bulk, for imports.

use std::collections::{BTreeSet, HashMap};

use foundation::batches::{key_batches, row_batches};
use foundation::define_id;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::entity::devices;

define_id!(
    /// One device.
    DeviceId, "dev"
);

/// A device as the core system knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRecord {
    /// Its key over there.
    pub external_id: String,
    /// The unit that uses it.
    pub unit_id: String,
    /// 设备名称.
    pub name: String,
    /// Variety or class of the catalogue, such as 3110; empty when unknown.
    pub kind_code: String,
    /// 设备种类, such as 电梯.
    pub kind: String,
    /// 注册代码, 20 characters; empty for what has none.
    pub registration_code: String,
    /// 设备代码.
    pub device_code: Option<String>,
    /// 使用登记证编号.
    pub use_cert_no: Option<String>,
    /// 出厂编号; not unique, two makers may use the same.
    pub factory_serial_no: Option<String>,
    /// 单位内编号.
    pub internal_no: Option<String>,
    /// Where it stands today; never cut out of the registration code, districts change.
    pub district_code: Option<String>,
    /// 使用地点.
    pub place: Option<String>,
    /// Day of the next inspection.
    pub next_inspection_on: Option<String>,
}

/// Day of the next inspection of a device, if the core system told it.
pub async fn next_inspection_on<C: ConnectionTrait>(connection: &C, device_id: &str) -> Result<Option<String>, DbErr> {
    let row = devices::Entity::find_by_id(device_id).one(connection).await?;
    Ok(row.and_then(|row| row.next_inspection_on))
}

/// Devices by their external id.
pub async fn devices_by_external_id<C: ConnectionTrait>(
    connection: &C,
    external_ids: &BTreeSet<String>,
) -> Result<HashMap<String, (DeviceId, DeviceRecord)>, DbErr> {
    let mut found = HashMap::new();
    for batch in key_batches(external_ids) {
        let rows = devices::Entity::find().filter(devices::Column::ExternalId.is_in(batch)).all(connection).await?;
        for row in rows {
            let record = DeviceRecord {
                external_id: row.external_id,
                unit_id: row.unit_id,
                name: row.name,
                kind_code: row.kind_code,
                kind: row.kind,
                registration_code: row.registration_code,
                device_code: row.device_code,
                use_cert_no: row.use_cert_no,
                factory_serial_no: row.factory_serial_no,
                internal_no: row.internal_no,
                district_code: row.district_code,
                place: row.place,
                next_inspection_on: row.next_inspection_on,
            };
            found.insert(record.external_id.clone(), (DeviceId::from_stored(row.id), record));
        }
    }
    Ok(found)
}

/// Makes or updates devices by their id; the status of a known device stays.
pub async fn save_devices<C: ConnectionTrait>(
    connection: &C,
    saved: Vec<(DeviceId, DeviceRecord)>,
    now_ms: i64,
) -> Result<(), DbErr> {
    use devices::Column as C;
    let rows = saved.into_iter().map(|(id, record)| devices::ActiveModel {
        id: Set(id.into()),
        external_id: Set(record.external_id),
        unit_id: Set(record.unit_id),
        name: Set(record.name),
        kind_code: Set(record.kind_code),
        kind: Set(record.kind),
        registration_code: Set(record.registration_code),
        device_code: Set(record.device_code),
        use_cert_no: Set(record.use_cert_no),
        factory_serial_no: Set(record.factory_serial_no),
        internal_no: Set(record.internal_no),
        district_code: Set(record.district_code),
        place: Set(record.place),
        next_inspection_on: Set(record.next_inspection_on),
        status: Set("in_use".to_owned()),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
    });
    let update = OnConflict::column(C::Id)
        .update_columns([
            C::UnitId,
            C::Name,
            C::KindCode,
            C::Kind,
            C::RegistrationCode,
            C::DeviceCode,
            C::UseCertNo,
            C::FactorySerialNo,
            C::InternalNo,
            C::DistrictCode,
            C::Place,
            C::NextInspectionOn,
            C::UpdatedAt,
        ])
        .to_owned();
    for batch in row_batches(rows) {
        devices::Entity::insert_many(batch).on_conflict(update.clone()).exec_without_returning(connection).await?;
    }
    Ok(())
}
