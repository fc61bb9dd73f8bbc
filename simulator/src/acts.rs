//! What a person does with the phone.

use serde::Serialize;
use serde_json::Value;

use crate::Simulator;
use crate::api::{self, App};
use crate::pay::paying;
use crate::push::{self, Push};
use crate::shared::Shared;
use crate::world::World;
use crate::world::apps::{CodePurpose, ServiceWindow};
use crate::world::chat::{Chat, ChatEntry, Content};
use crate::world::orders::{Order, PayRefused};
use crate::xml;

/// What the pay sheet shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PayView {
    /// What is paid for.
    pub description: String,
    /// Amount in fen.
    pub amount_fen: i64,
    /// Receiver.
    pub mch_name: String,
    /// The merchant's number, for assertions.
    pub out_trade_no: String,
}

/// A finished payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Paid {
    /// WeChat's number, 28 digits.
    pub transaction_id: String,
    /// The merchant's number.
    pub out_trade_no: String,
    /// What the payer really paid, fen.
    pub payer_total_fen: i64,
}

/// Customer-service messages allowed after a message, and for how long.
const AFTER_MESSAGE: (i64, u32) = (48 * 3600, 5);
/// After a menu click, a scan or a subscription.
const AFTER_ACTION: (i64, u32) = (60, 3);

impl Simulator {
    /// Follows the service account (a stranger is introduced first); gives the welcome text.
    pub async fn follow(&self, openid: &str) -> Option<String> {
        self.follow_by(openid, None).await
    }

    async fn follow_by(&self, openid: &str, scene: Option<(&str, &str)>) -> Option<String> {
        let now = self.shared.now();
        let openid = self.shared.change(|world| {
            let person = world.person_or_stranger(openid);
            person.follows = true;
            person.followed_at = now;
            person.mp_openid.clone()
        });
        let mut inner = xml::text("MsgType", "event") + &xml::text("Event", "subscribe");
        match scene {
            Some((scene, ticket)) => {
                inner += &xml::text("EventKey", &format!("qrscene_{scene}"));
                inner += &xml::text("Ticket", ticket);
            }
            None => inner += &xml::text("EventKey", ""),
        }
        self.event(&openid, inner, Some(AFTER_ACTION)).await
    }

    /// Stops following.
    pub async fn unfollow(&self, openid: &str) {
        let openid = self.shared.change(|world| {
            let person = world.person_or_stranger(openid);
            person.follows = false;
            let openid = person.mp_openid.clone();
            world.mp.service_windows.remove(&openid);
            openid
        });
        let inner = xml::text("MsgType", "event") + &xml::text("Event", "unsubscribe") + &xml::text("EventKey", "");
        self.event(&openid, inner, None).await;
    }

    /// Taps a menu entry, named by key, URL, label or place (`0`, or `1.2` for the third entry below
    /// the second). A click gives the reply; a view pushes VIEW
    /// and gives the address that opens.
    pub async fn tap_menu(&self, openid: &str, entry: &str) -> Option<String> {
        let button = self.shared.read(|world| find_button(world.mp.menu.as_ref()?, entry))?;
        let openid = self.mp_openid(openid);
        let text = |name: &str| button[name].as_str().unwrap_or_default().to_owned();
        let event = |name: &str, key: &str| {
            xml::text("MsgType", "event") + &xml::text("Event", name) + &xml::text("EventKey", key)
        };
        match text("type").as_str() {
            "view" => {
                let inner = event("VIEW", &text("url")) + &xml::number("MenuId", 434_117_000);
                self.event(&openid, inner, Some(AFTER_ACTION)).await;
                Some(text("url"))
            }
            "miniprogram" => {
                let inner = event("view_miniprogram", &text("pagepath")) + &xml::number("MenuId", 434_117_000);
                self.event(&openid, inner, Some(AFTER_ACTION)).await;
                Some(text("url"))
            }
            kind => {
                let name = if kind == "click" { "CLICK" } else { kind };
                self.event(&openid, event(name, &text("key")), Some(AFTER_ACTION)).await
            }
        }
    }

    /// Writes to the service account; gives the text of the passive reply.
    pub async fn send_text(&self, openid: &str, text: &str) -> Option<String> {
        let openid = self.mp_openid(openid);
        let now = self.shared.now();
        let message_id = self.shared.change(|world| {
            let id = world.next_number();
            let content = Content::Text { text: text.to_owned() };
            world.chat.push(ChatEntry {
                id,
                at: now,
                openid: openid.clone(),
                chat: Chat::Account,
                mine: true,
                content,
            });
            // Real ids are 64 bits wide and pass 2^53.
            (1 << 62) + id
        });
        let inner = xml::text("MsgType", "text") + &xml::text("Content", text) + &xml::number("MsgId", message_id);
        self.event(&openid, inner, Some(AFTER_MESSAGE)).await
    }

    /// Sends a picture (JPEG or PNG) to the service account; gives the text of the passive reply, nothing when it is no
    /// picture.
    pub async fn send_image(&self, openid: &str, content: &[u8]) -> Option<String> {
        let content_type = api::media::image_type(content)?;
        let openid = self.mp_openid(openid);
        let now = self.shared.now();
        let (message_id, media_id) = self.shared.change(|world| {
            let media_id = api::media::keep(world, App::Mp, content_type, content, now);
            let id = world.next_number();
            let content = Content::Image { media_id: media_id.clone() };
            world.chat.push(ChatEntry {
                id,
                at: now,
                openid: openid.clone(),
                chat: Chat::Account,
                mine: true,
                content,
            });
            ((1 << 62) + id, media_id)
        });
        let inner = xml::text("MsgType", "image")
            + &xml::text("PicUrl", "http://mmbiz.qpic.cn/picture")
            + &xml::text("MediaId", &media_id)
            + &xml::number("MsgId", message_id);
        self.event(&openid, inner, Some(AFTER_MESSAGE)).await
    }

    /// The ticket of the code that holds this text (`http://weixin.qq.com/q/…`).
    #[must_use]
    pub fn ticket_of(&self, url: &str) -> Option<String> {
        self.shared
            .read(|world| world.mp.qr_scenes.iter().find(|(_, code)| code.url == url).map(|(ticket, _)| ticket.clone()))
    }

    /// Scans a QR code of `qrcode/create` by its ticket: subscribe with `qrscene_…` or SCAN.
    pub async fn scan_scene(&self, openid: &str, ticket: &str) -> Option<String> {
        let now = self.shared.now();
        let openid = self.mp_openid(openid);
        let (scene, follows) = self.shared.read(|world| {
            let code = world.mp.qr_scenes.get(ticket)?;
            let alive = code.expires_at.is_none_or(|at| now <= at);
            alive.then(|| (code.scene.clone(), world.person(&openid).is_some_and(|person| person.follows)))
        })?;
        if !follows {
            return self.follow_by(&openid, Some((&scene, ticket))).await;
        }
        let inner = xml::text("MsgType", "event")
            + &xml::text("Event", "SCAN")
            + &xml::text("EventKey", &scene)
            + &xml::text("Ticket", ticket);
        self.event(&openid, inner, Some(AFTER_ACTION)).await
    }

    /// Pushes an event with these inner elements (after the common four) and, if the action
    /// allows customer-service messages, opens their window.
    async fn event(&self, openid: &str, inner_xml: String, window: Option<(i64, u32)>) -> Option<String> {
        if let Some((seconds, left)) = window {
            let until = self.shared.now() + seconds;
            self.shared.change(|world| {
                let known = world.mp.service_windows.get(openid);
                if known.is_none_or(|known| known.until <= until) {
                    world.mp.service_windows.insert(openid.to_owned(), ServiceWindow { until, left });
                }
            });
        }
        // Nobody waits for the answer to a page that opens or to a farewell.
        let awaited = !["VIEW", "view_miniprogram", "unsubscribe"]
            .iter()
            .any(|event| inner_xml.contains(&xml::text("Event", event)));
        push::send(&self.shared, Push { openid, mini: false, awaited, inner_xml }).await
    }

    fn mp_openid(&self, openid: &str) -> String {
        self.shared.change(|world| world.person_or_stranger(openid).mp_openid.clone())
    }

    /// Scans a Native code and sees the pay sheet; binds the code to this user.
    ///
    /// # Errors
    /// When the code is dead, the order closed, expired or paid, or another user came first.
    pub async fn scan_native(&self, openid: &str, code_url: &str) -> Result<PayView, PayRefused> {
        self.shared.change(|world| {
            let order = paying::scan(&self.shared, world, code_url, openid)?;
            Ok(view(&self.shared, order))
        })
    }

    /// Scans a Native code and pays.
    ///
    /// # Errors
    /// As [`Self::scan_native`].
    pub async fn pay_native(&self, openid: &str, code_url: &str) -> Result<Paid, PayRefused> {
        self.shared.change(|world| {
            let number = paying::scan(&self.shared, world, code_url, openid)?.out_trade_no.clone();
            paying::pay(&self.shared, world, &number, openid)?;
            Ok(paid(world, &number))
        })
    }

    /// Opens the pay sheet by the parameters of getBrandWCPayRequest (with `appId`) or of
    /// wx.requestPayment (without: then the mini-program's id counts).
    ///
    /// # Errors
    /// When paySign, app, payer or age of the prepay_id is wrong.
    pub async fn view_jsapi(&self, openid: &str, parameters: &Value) -> Result<PayView, PayRefused> {
        self.shared.change(|world| {
            let app = self.runtime_app(parameters);
            let order = paying::prepaid(&self.shared, world, parameters, app, openid)?;
            Ok(view(&self.shared, order))
        })
    }

    /// Opens the pay sheet and pays.
    ///
    /// # Errors
    /// As [`Self::view_jsapi`].
    pub async fn pay_jsapi(&self, openid: &str, parameters: &Value) -> Result<Paid, PayRefused> {
        self.shared.change(|world| {
            let app = self.runtime_app(parameters);
            let order = paying::prepaid(&self.shared, world, parameters, app, openid)?;
            let number = order.out_trade_no.clone();
            paying::pay(&self.shared, world, &number, openid)?;
            Ok(paid(world, &number))
        })
    }

    /// Only wx.requestPayment leaves appId out.
    fn runtime_app<'a>(&'a self, parameters: &Value) -> Option<&'a str> {
        parameters["appId"].is_null().then_some(self.shared.identities.mini.app_id.as_str())
    }

    /// Pays an order by its number; the notice never comes.
    ///
    /// # Errors
    /// When the order cannot be paid now.
    pub async fn pay_at_channel_only(&self, out_trade_no: &str, openid: &str) -> Result<Paid, PayRefused> {
        self.shared.change(|world| {
            paying::take_money(&self.shared, world, out_trade_no, openid)?;
            Ok(paid(world, out_trade_no))
        })
    }

    /// Allows `times` subscription messages of a template: the taps on 允许. The app follows from
    /// the openid; each tap is pushed as subscribe_msg_popup_event.
    pub fn grant_subscription(&self, openid: &str, template_id: &str, times: u32) {
        api::consent(&self.shared, openid, template_id, times);
    }

    /// Refuses a subscription message: the tap on 取消, pushed as subscribe_msg_popup_event.
    pub fn refuse_subscription(&self, openid: &str, template_id: &str) {
        api::consent(&self.shared, openid, template_id, 0);
    }

    /// Opens a link into the mini-program: its page with query. The first opener keeps it.
    #[must_use]
    pub fn open_url_link(&self, openid: &str, url_link: &str) -> Option<String> {
        api::open_url_link(&self.shared, openid, url_link)
    }

    /// A code as the redirect of web authorization (`snsapi_base`) carries it.
    #[must_use]
    pub fn oauth_code(&self, openid: &str) -> String {
        api::oauth::oauth_code(&self.shared, openid, CodePurpose::OAuthBase)
    }

    /// A code as wx.login gives it; a new session_key comes with it.
    #[must_use]
    pub fn login_code(&self, openid: &str) -> String {
        api::login::login(&self.shared, openid)
    }

    /// A code as the getPhoneNumber button gives it.
    #[must_use]
    pub fn phone_code(&self, openid: &str) -> String {
        let now = self.shared.now();
        self.shared.change(|world| {
            let openid = world.person_or_stranger(openid).mini_openid.clone();
            api::login::make_code(world, App::Mini, &openid, CodePurpose::Phone, now)
        })
    }

    /// Fills in a title on WeChat's invoice page (after a title link was made) and notifies
    /// FAPIAO.USER_APPLIED. `title` has the fields of `user-title`, phone and e-mail in plain.
    pub fn fill_invoice_title(&self, fapiao_apply_id: &str, title: Value) {
        crate::pay::fill_title(&self.shared, fapiao_apply_id, title);
    }

    /// Checks the application's server URL as the console does on saving it: whether `echostr`
    /// came back unchanged.
    pub async fn verify_server_url(&self) -> bool {
        push::verify_server_url(&self.shared).await
    }
}

fn view(shared: &Shared, order: &Order) -> PayView {
    PayView {
        description: order.description.clone(),
        amount_fen: order.amount_fen,
        mch_name: shared.identities.mch_name.clone(),
        out_trade_no: order.out_trade_no.clone(),
    }
}

fn paid(world: &World, out_trade_no: &str) -> Paid {
    let payment = world.orders.get(out_trade_no).and_then(|order| order.payment.as_ref());
    Paid {
        transaction_id: payment.map(|payment| payment.transaction_id.clone()).unwrap_or_default(),
        out_trade_no: out_trade_no.to_owned(),
        payer_total_fen: payment.map_or(0, |payment| payment.payer_total_fen),
    }
}

fn find_button(menu: &Value, entry: &str) -> Option<Value> {
    let top = menu["button"].as_array()?;
    if let Some(button) = by_place(top, entry) {
        return Some(button.clone());
    }
    top.iter()
        .flat_map(|button| {
            let sub = button["sub_button"].as_array().filter(|list| !list.is_empty());
            sub.map_or_else(|| vec![button], |list| list.iter().collect())
        })
        .find(|button| ["key", "url", "name"].iter().any(|name| button[*name] == entry))
        .cloned()
}

/// `0`, or `1.2` for the third entry below the second.
fn by_place<'a>(top: &'a [Value], entry: &str) -> Option<&'a Value> {
    let (first, second) = entry.split_once('.').map_or((entry, None), |(first, second)| (first, Some(second)));
    let button = top.get(first.parse::<usize>().ok()?)?;
    match second {
        None => Some(button),
        Some(second) => button["sub_button"].get(second.parse::<usize>().ok()?),
    }
}
