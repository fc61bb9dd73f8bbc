//! Followers.

use serde_json::json;

use super::{ApiAnswer, ApiError, ApiRequest};
use crate::shared::Shared;

/// GET /cgi-bin/user/info
pub(super) fn info(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let openid = request.parameter("openid");
    let no_unionid = shared.faults.settings().no_unionid;
    shared.read(|world| {
        let person = world
            .people
            .iter()
            .find(|person| person.mp_openid == openid)
            .ok_or(ApiError::new(40003, "invalid openid"))?;
        let mut answer = json!({"subscribe": i32::from(person.follows), "openid": openid});
        if person.follows {
            answer["language"] = json!("zh_CN");
            answer["subscribe_time"] = json!(person.followed_at);
            answer["remark"] = json!("");
            answer["groupid"] = json!(0);
            answer["tagid_list"] = json!([]);
            answer["subscribe_scene"] = json!("ADD_SCENE_SEARCH");
            answer["qr_scene"] = json!(0);
            answer["qr_scene_str"] = json!("");
        }
        if !no_unionid {
            answer["unionid"] = json!(person.unionid);
        }
        Ok(ApiAnswer::Json(answer))
    })
}

/// GET /cgi-bin/user/get: one page holds all.
pub(super) fn followers(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let after = request.parameter("next_openid");
    shared.read(|world| {
        let openids: Vec<&str> =
            world.people.iter().filter(|person| person.follows).map(|person| person.mp_openid.as_str()).collect();
        let total = openids.len();
        let rest: Vec<&str> = if after.is_empty() {
            openids
        } else {
            openids.into_iter().skip_while(|openid| *openid != after).skip(1).collect()
        };
        let last = rest.last().copied().unwrap_or_default();
        Ok(ApiAnswer::Json(json!({
            "total": total,
            "count": rest.len(),
            "data": {"openid": rest},
            "next_openid": last,
        })))
    })
}
