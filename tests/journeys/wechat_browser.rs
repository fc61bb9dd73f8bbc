//! Ways in: SMS, and the browser inside WeChat, which opens our OAuth entry, is sent to WeChat, comes back with a code.

use serde_json::json;
use simulator::Person;
use url::Url;

use crate::caller::Caller;
use crate::world::World;

impl World {
    /// Somebody with a plain browser, not signed in.
    pub fn visitor(&self) -> Caller {
        Caller::browser(&self.base_url)
    }

    /// Goes through the SMS login with whatever front end `caller` is.
    pub async fn sign_in_by_sms(&self, caller: &mut Caller, phone: &str) {
        caller.post("/api/v1/sms-codes", &json!({ "phone": phone })).await.expect(202);
        let message = self.wechat.sms(phone).pop().expect("a code was sent");
        let code = message.params["code"].as_str().expect("the code is a text").to_owned();
        let session = caller.post("/api/v1/session/sms", &json!({ "phone": phone, "code": code })).await.expect(200);
        assert_eq!(session["signed_in"], true);
    }

    /// The code in the newest message to this phone.
    #[track_caller]
    pub fn sms_code(&self, phone: &str) -> String {
        let message = self.wechat.sms(phone).pop().expect("a code was sent");
        message.params["code"].as_str().expect("the code is a text").to_owned()
    }

    /// The person with this phone among those who hold simulated phones.
    #[track_caller]
    pub fn person(&self, phone: &str) -> Person {
        self.wechat.people().into_iter().find(|person| person.phone == phone).expect("somebody holds this phone")
    }

    /// Opens a page of ours inside WeChat, as a link in the menu or in a message does; gives the front end that landed
    /// there (signed in when the openid is bound) and where it landed.
    pub async fn open_in_wechat(&self, phone: &str, return_to: &str) -> (Caller, String) {
        let mut caller = Caller::in_wechat(&self.base_url);
        let landed = self.come_through_oauth(&mut caller, phone, return_to).await;
        (caller, landed)
    }

    /// The same with a front end that already has cookies.
    pub async fn come_through_oauth(&self, caller: &mut Caller, phone: &str, return_to: &str) -> String {
        let openid = self.person(phone).mp_openid;
        let query: String = url::form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
        let started = caller.get(&format!("/wechat/oauth/start?return_to={query}")).await;
        assert!(started.status.is_redirection(), "{}", started.text());
        let to_wechat = Url::parse(started.header("location")).expect("an address of WeChat");
        let asked =
            |name: &str| to_wechat.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let redirect = asked("redirect_uri").expect("where WeChat sends people back to");
        let state = asked("state").expect("our state");
        let code = self.wechat.oauth_code(&openid);
        let separator = if redirect.contains('?') { '&' } else { '?' };
        let back = caller.get(&format!("{redirect}{separator}code={code}&state={state}")).await;
        assert!(back.status.is_redirection(), "{}", back.text());
        back.header("location").to_owned()
    }

    /// Opens our pages in WeChat and binds the openid by an SMS login, as people do the first time.
    pub async fn signed_in_wechat(&self, phone: &str) -> Caller {
        let (mut caller, _) = self.open_in_wechat(phone, "/h5/#/pages/home/home").await;
        self.sign_in_by_sms(&mut caller, phone).await;
        caller
    }
}
