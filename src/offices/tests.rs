use std::collections::BTreeSet;

use super::OfficeKind;
use super::store::installed;

#[test]
fn what_is_installed_has_every_kind_and_ids_of_their_own() {
    let offices = installed().expect("the list that is compiled in");
    let ids: BTreeSet<&str> = offices.iter().map(|office| office.id.as_str()).collect();
    assert_eq!(ids.len(), offices.len());
    for kind in [OfficeKind::Head, OfficeKind::Window, OfficeKind::Station, OfficeKind::Bureau] {
        assert!(offices.iter().any(|office| office.facts.kind == kind), "{kind:?}");
    }
    for office in offices {
        assert_eq!(office.facts.clone().tidy().expect("it passes its own rule"), office.facts);
    }
}
