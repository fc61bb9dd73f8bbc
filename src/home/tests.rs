use super::{OfficeKind, offices};

#[test]
fn there_are_three_windows_and_two_stations_with_ids_of_their_own() {
    let offices = offices().expect("the list that is compiled in");
    let windows = offices.iter().filter(|office| office.kind == OfficeKind::Window).count();
    assert_eq!((windows, offices.len() - windows), (3, 2));
    let ids: std::collections::BTreeSet<&str> = offices.iter().map(|office| office.id.as_str()).collect();
    assert_eq!(ids.len(), offices.len());
}
