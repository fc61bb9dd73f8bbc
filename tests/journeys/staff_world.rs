//! Members of staff at their consoles: they sign in as people do, with password and code.

use reqwest::Method;
use serde_json::{Value, json};
use tejian::staff::{self, NewOfficer, Role};

use crate::caller::{Caller, Reply};
use crate::world::World;

/// A console in somebody's browser.
pub struct Desk {
    pub caller: Caller,
    pub id: String,
    pub password: String,
    pub secret: String,
}

impl World {
    /// A member of staff with these roles, signed in.
    pub async fn staff(&self, login: &str, roles: &[Role]) -> Desk {
        let new = NewOfficer { login: login.to_owned(), display_name: format!("员工{login}"), roles: roles.to_vec() };
        let password = staff::add(&self.app, new).await.expect("an account");
        let mut caller = Caller::browser(&self.base_url);
        let body = json!({ "login": login, "password": password });
        let session = caller.post("/staff/v1/session", &body).await.expect(200);
        assert_eq!(session["stage"], "enrol", "{session}");
        let enrolment = caller.post("/staff/v1/session/enrol", &json!({})).await.expect(200);
        let secret = enrolment["secret"].as_str().expect("a secret").to_owned();
        let code = self.code(&secret);
        let session = caller.post("/staff/v1/session/enrol/confirm", &json!({ "code": code })).await.expect(200);
        assert_eq!(session["stage"], "in", "{session}");
        let id = session["officer"]["id"].as_str().expect("an id").to_owned();
        let own = format!("{login}-own-2026");
        let body = json!({ "current_password": password, "new_password": own });
        caller.post("/staff/v1/password", &body).await.expect(204);
        Desk { caller, id, password: own, secret }
    }

    /// What the authenticator shows now.
    pub fn code(&self, secret: &str) -> String {
        staff::current_code(secret, self.app.now_ms()).expect("a secret")
    }
}

impl Desk {
    /// GET.
    pub async fn get(&mut self, path: &str) -> Value {
        self.caller.get(&format!("/staff/v1{path}")).await.expect(200)
    }

    /// POST that must work.
    pub async fn post(&mut self, path: &str, body: Value) -> Value {
        let reply = self.try_post(path, body).await;
        let status = if reply.status.as_u16() == 201 { 201 } else { 200 };
        reply.expect(status)
    }

    /// POST.
    pub async fn try_post(&mut self, path: &str, body: Value) -> Reply {
        self.caller.post(&format!("/staff/v1{path}"), &body).await
    }

    /// PUT.
    pub async fn put(&mut self, path: &str, body: Value) -> Reply {
        self.caller.json(Method::PUT, &format!("/staff/v1{path}"), &body).await
    }

    /// Password and code again; the clock moves on, because a code works once.
    pub async fn step_up(&mut self, world: &World) {
        world.clock.advance_ms(60_000);
        let body = json!({ "password": self.password, "code": world.code(&self.secret) });
        self.caller.post("/staff/v1/session/step-up", &body).await.expect(200);
    }
}
