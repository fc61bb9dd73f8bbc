//! What surrounds every answer, walked over every route: nothing of one unit is kept for another, no host that a request
//! invented is named, no other site may read anything.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::json;

use super::operations::Operation;
use super::town::Town;
use crate::caller::{Caller, Reply};
use crate::world::World;

/// Where answers are for one person.
const PERSONAL: [&str; 5] = ["/api/", "/integration/", "/staff/", "/wechat/", "/files/"];
const EVIL: &str = "evil.example";

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[track_caller]
fn demand_careful(reply: &Reply, is_personal: bool) {
    let asked = &reply.asked;
    assert_eq!(text(&reply.headers, "x-content-type-options"), "nosniff", "{asked}");
    assert_eq!(text(&reply.headers, "x-frame-options"), "SAMEORIGIN", "{asked}");
    let policy = text(&reply.headers, "content-security-policy");
    assert!(policy.contains("frame-ancestors"), "{asked}");
    let part = |name: &str| policy.split(';').find(|part| part.trim().starts_with(name));
    let scripts = part("script-src ").or_else(|| part("default-src "));
    let scripts = scripts.unwrap_or_else(|| panic!("{asked}: {policy}"));
    assert!(!scripts.contains("unsafe-") && !scripts.contains('*'), "{asked}: {scripts}");
    assert!(!text(&reply.headers, "referrer-policy").is_empty(), "{asked}");
    let caching = text(&reply.headers, "cache-control");
    if is_personal {
        assert!(caching.contains("no-store") || caching.starts_with("private"), "{asked}: {caching:?}");
    }
    assert!(!caching.contains("s-maxage"), "{asked}: {caching:?}");
}

async fn walk(town: &Town, caller: &mut Caller, check: impl Fn(&Operation, &Reply)) {
    for operation in &town.operations {
        let path = operation.path_with(&town.samples.for_path(&operation.path));
        let body = operation.body.clone().unwrap_or_else(|| json!({}));
        let reply = caller.json(operation.method.clone(), &path, &body).await;
        check(operation, &reply);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_kept_for_others_and_none_names_a_host_that_the_request_invented() {
    let town = Town::build().await;
    // Headers that no cache looks at, and that some frameworks believe.
    let invented = |caller: &mut Caller| {
        for name in ["x-forwarded-host", "x-host", "x-original-host", "x-forwarded-server"] {
            caller.put_header(name, EVIL);
        }
        caller.put_header("forwarded", "for=1.2.3.4;host=evil.example;proto=http");
        caller.put_header("x-forwarded-proto", "http");
        caller.put_header("x-original-url", "/staff/v1/worklist");
        caller.put_header("x-rewrite-url", "/staff/v1/worklist");
        caller.put_header("x-http-method-override", "DELETE");
    };
    let check = |operation: &Operation, reply: &Reply| {
        demand_careful(reply, PERSONAL.iter().any(|start| operation.path.starts_with(start)));
        assert!(!reply.text().contains(EVIL), "{}: {}", reply.asked, reply.text());
        assert!(reply.headers.values().all(|value| !String::from_utf8_lossy(value.as_bytes()).contains(EVIL)));
    };
    let mut visitor = Caller::browser(&town.world.base_url);
    invented(&mut visitor);
    walk(&town, &mut visitor, check).await;
    let mut resident = Caller::with_token(&town.world.base_url, &town.resident.token);
    invented(&mut resident);
    walk(&town, &mut resident, check).await;
    for path in
        ["/", "/h5/", "/console/", "/docs/", "/healthz", "/nothing", "/files/x", "/shared/x", "/personal-files/x"]
    {
        visitor.put_header("host", EVIL);
        let reply = visitor.get(path).await;
        demand_careful(&reply, ["/files/", "/shared/", "/personal-files/"].iter().any(|start| path.starts_with(start)));
        assert!(!reply.text().contains(EVIL) && !text(&reply.headers, "location").contains(EVIL), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_lets_another_site_read_or_ask_in_advance() {
    let town = Town::build().await;
    let is_closed = |reply: &Reply| {
        let opened: Vec<&str> =
            reply.headers.keys().map(|name| name.as_str()).filter(|name| name.starts_with("access-control-")).collect();
        assert!(opened.is_empty(), "{}: {opened:?}", reply.asked);
    };
    let mut resident = Caller::with_token(&town.world.base_url, &town.resident.token);
    for origin in ["https://evil.example", "null", &town.world.base_url] {
        resident.put_header("origin", origin);
        if origin == "null" {
            walk(&town, &mut resident, |_, reply| is_closed(reply)).await;
        }
        resident.put_header("access-control-request-method", "POST");
        resident.put_header("access-control-request-headers", "x-requested-with,content-type,authorization");
        for operation in &town.operations {
            let path = operation.path_with(&town.samples.for_path(&operation.path));
            let reply = resident.send(Method::OPTIONS, &path, None, Vec::new()).await;
            is_closed(&reply);
            assert!(!reply.status.is_success(), "{}: {}", reply.asked, reply.status);
        }
    }
}

#[tokio::test]
async fn over_tls_browsers_are_told_to_stay_there_and_cookies_travel_nowhere_else() {
    let world =
        World::start_with(|config| config.service.public_base_url = "https://pay.example.gov.cn".to_owned()).await;
    let mut visitor = Caller::browser(&world.base_url);
    for path in ["/", "/h5/", "/console/", "/api/v1/session", "/staff/v1/session", "/files/x", "/nothing", "/wechat/mp"]
    {
        let reply = visitor.get(path).await;
        let told = text(&reply.headers, "strict-transport-security");
        let seconds: i64 = told.trim_start_matches("max-age=").parse().unwrap_or_default();
        assert!(seconds >= 31_536_000, "{path}: {told:?}");
        demand_careful(&reply, false);
    }
    world.seed_unit("示例物业001有限公司", "13900000001").await;
    world.sign_in_by_sms(&mut visitor, "13900000001").await;
    let officer = world.staff("zhang", &[tejian::staff::Role::Auditor]).await;
    let mut payer = Caller::browser(&world.base_url);
    payer.post("/api/v1/sms-codes", &json!({ "phone": "13900000002" })).await.expect(202);
    let code = json!({ "phone": "13900000002", "code": world.sms_code("13900000002") });
    let of_payer = payer.post("/api/v1/session/sms", &code).await;
    let login = json!({ "login": "zhang", "password": officer.password });
    let of_officer = Caller::browser(&world.base_url).post("/staff/v1/session", &login).await;
    for reply in [of_payer, of_officer] {
        let cookies: Vec<&str> =
            reply.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).collect();
        assert!(!cookies.is_empty(), "{}: {}", reply.asked, reply.text());
        for cookie in cookies {
            for needed in ["HttpOnly", "Secure", "SameSite="] {
                assert!(cookie.contains(needed), "{}: {needed} is missing: {}", reply.asked, cookie.len());
            }
            assert!(!cookie.contains("Domain="), "for this host alone");
            // An officer's is sent to his own routes alone, which such a name does not allow.
            assert!(cookie.starts_with("__Host-") || cookie.starts_with("tejian_staff="), "{}", reply.asked);
            assert_eq!(cookie.starts_with("__Host-"), cookie.contains("Path=/;"), "{}", reply.asked);
        }
    }
}

#[tokio::test]
async fn a_token_counts_at_its_own_door_alone_and_never_in_an_address() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let phone = world.phone(&unit.applicant, &unit.unit, "one").await;
    let mut thief = Caller::browser(&world.base_url);
    for name in ["token", "session", "access_token", "tejian_session"] {
        thief.get(&format!("/api/v1/fees?{name}={}", phone.token)).await.refused(401, "not_signed_in");
    }
    // A payer's token opens no desk, an officer's no unit.
    let mut as_officer = Caller::browser(&world.base_url);
    for name in ["tejian_session", "tejian_staff"] {
        as_officer.put_cookie(name, &phone.token);
    }
    as_officer.get("/staff/v1/worklist").await.refused(401, "not_signed_in");
    let officer = world.staff("zhang", &[tejian::staff::Role::Auditor]).await;
    let token = officer.caller.cookie("tejian_staff").expect("an officer has a cookie");
    let mut as_payer = Caller::with_token(&world.base_url, &token);
    as_payer.get("/api/v1/fees").await.refused(401, "not_signed_in");
    // It lies in our database only as its hash.
    let stored = world.number(&format!("SELECT COUNT(*) FROM staff_sessions WHERE token_hash = '{token}'")).await;
    assert_eq!(stored, 0);
}

#[tokio::test]
async fn a_compressed_body_is_refused_and_never_unpacked() {
    let world = World::start().await;
    let mut visitor = Caller::browser(&world.base_url);
    // Sixty-four megabytes of blanks, squeezed into a thousandth.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let blanks = vec![b' '; 1 << 20];
    for _ in 0..64 {
        std::io::Write::write_all(&mut encoder, &blanks).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 200_000, "{}", bomb.len());
    for encoding in ["gzip", "br", "deflate", "gzip, gzip", "x-unknown"] {
        visitor.put_header("content-encoding", encoding);
        for path in
            ["/api/v1/session/password", "/api/v1/sms-codes", "/staff/v1/session", "/integration/v1/fee-batches"]
        {
            let reply = visitor.send(Method::POST, path, Some("application/json"), bomb.clone()).await;
            assert!(reply.status.is_client_error(), "{encoding} {path}: {}", reply.status);
        }
        for path in ["/wechat/pay/notify/payment", "/wechat/pay/notify/refund", "/wechat/mp"] {
            let reply = visitor.send(Method::POST, path, Some("application/json"), bomb.clone()).await;
            assert!(!reply.status.is_success(), "{encoding} {path}: {}", reply.status);
        }
    }
}
