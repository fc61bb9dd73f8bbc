use sea_orm::Value;
use sea_orm::sea_query::ValueType;

use super::*;
use crate::config::{Config, Secret};

fn config(keys: &str) -> Config {
    let settings = [("TEJIAN__SERVICE__ENVIRONMENT", "test"), ("TEJIAN__SECRETS__KEYS", keys)];
    Config::load_from(None, settings.map(|(key, value)| (key.to_owned(), value.to_owned()))).unwrap()
}

fn stored(value: Value) -> String {
    match value {
        Value::String(Some(text)) => text,
        other => panic!("a text was expected, not {other:?}"),
    }
}

#[test]
fn a_field_rests_sealed_is_found_by_its_index_and_outlives_a_new_key() {
    install(FieldKeys::of_config(&config("")).unwrap());
    let first = stored(Findable::from("13900000001").into());
    let again = stored(Findable::from("13900000001").into());
    assert!(!first.contains("13900000001") && first != again, "every sealing is different");
    assert_eq!(first[..INDEX_LENGTH], again[..INDEX_LENGTH], "equal phones have equal indexes");
    assert_eq!(first[..INDEX_LENGTH], *BlindIndex::of("13900000001").as_str());
    assert_ne!(first[..INDEX_LENGTH], *BlindIndex::of("13900000002").as_str());
    assert!(!Findable::is_stale(&first) && Findable::is_stale("13900000001") && !Findable::is_stale(""));
    let address = stored(Sealed::from("渝中区中山四路 1 号").into());
    assert!(!address.contains("渝中区") && !Sealed::is_stale(&address));

    let judged = |keys: FieldKeys, stored: &str| keys.judge(stored).unwrap().fit;
    let same_name = "demo:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    let mut other_index = config("");
    other_index.secrets.index_key = Secret::new("AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=");
    for stored in [&first, &address] {
        assert_eq!(judged(FieldKeys::of_config(&config("")).unwrap(), stored), Fit::Fits);
        let unknown = config("b:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
        assert_eq!(judged(FieldKeys::of_config(&unknown).unwrap(), stored), Fit::KeyMissing);
        assert_eq!(judged(FieldKeys::of_config(&config(same_name)).unwrap(), stored), Fit::DoesNotOpen);
    }
    assert_eq!(judged(FieldKeys::of_config(&other_index).unwrap(), &first), Fit::OtherIndex);
    assert_eq!(keys().judge("13900000001"), None, "from before fields were sealed");

    let other = "b:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    install(FieldKeys::of_config(&config(other)).unwrap());
    assert!(Findable::is_stale(&first) && Sealed::is_stale(&address));
    let open = |text: &str| <Findable as ValueType>::try_from(Value::String(Some(text.to_owned())));
    assert_eq!(open(&first).unwrap().as_str(), "13900000001");
    assert_eq!(open("13900000001").unwrap().as_str(), "13900000001", "from before fields were sealed");
    let moved = format!("{}{}", BlindIndex::of("13900000002").as_str(), &first[INDEX_LENGTH..]);
    assert!(open(&moved).is_err(), "a text does not open under another's index");
    let newer = stored(Findable::from("13900000001").into());
    assert_eq!(newer[..INDEX_LENGTH], first[..INDEX_LENGTH], "the index stays when the key changes");
    let job = serde_json::to_string(&Findable::from("13900000001")).unwrap();
    assert!(!job.contains("13900000001"));
    assert_eq!(serde_json::from_str::<Findable>(&job).unwrap().as_str(), "13900000001");
    assert!(!format!("{:?}", Findable::from("13900000001")).contains("139"));
}
