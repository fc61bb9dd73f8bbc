//! The account's menu (mp §8): three buttons with five entries each, typed and checked before it is sent.

use serde::{Deserialize, Serialize};

use super::client::MpClient;
use crate::api::ApiError;

const BUTTONS_MAX: usize = 3;
const ENTRIES_MAX: usize = 5;
const BUTTON_NAME_BYTES_MAX: usize = 16;
const ENTRY_NAME_BYTES_MAX: usize = 60;
const KEY_BYTES_MAX: usize = 128;
const URL_BYTES_MAX: usize = 1024;

/// A menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Menu {
    /// One to three buttons.
    pub button: Vec<Button>,
}

/// A button, or an entry below one: a name and either an action or entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What is shown: 16 bytes for a button, 60 for an entry.
    pub name: String,
    /// What it does; absent when it opens entries.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// Up to five entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_button: Vec<Button>,
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Action {
    /// Sends an event with the key.
    Click {
        /// At most 128 bytes.
        key: String,
    },
    /// Opens a page.
    View {
        /// At most 1,024 bytes.
        url: String,
    },
    /// Opens a mini-program.
    #[serde(rename = "miniprogram")]
    MiniProgram {
        /// AppID of the mini-program.
        appid: String,
        /// Page with query.
        pagepath: String,
        /// Page for old clients.
        url: String,
    },
    /// Opens the scanner and shows the result.
    ScancodePush {
        /// At most 128 bytes.
        key: String,
    },
    /// Opens the scanner and sends the result.
    ScancodeWaitmsg {
        /// At most 128 bytes.
        key: String,
    },
}

/// Why a menu is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("button {button}: {reason}")]
pub struct MenuError {
    /// The name of the button or entry.
    pub button: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

#[derive(Deserialize)]
struct Fetched {
    menu: Menu,
}

impl Menu {
    /// Checks number, names, keys and addresses.
    pub fn validate(&self) -> Result<(), MenuError> {
        if !(1..=BUTTONS_MAX).contains(&self.button.len()) {
            return Err(MenuError { button: String::new(), reason: "a menu has one to three buttons" });
        }
        for button in &self.button {
            button.validate(BUTTON_NAME_BYTES_MAX)?;
            if button.sub_button.len() > ENTRIES_MAX {
                return Err(button.error("at most five entries"));
            }
            for entry in &button.sub_button {
                if !entry.sub_button.is_empty() {
                    return Err(entry.error("an entry has no entries of its own"));
                }
                entry.validate(ENTRY_NAME_BYTES_MAX)?;
            }
        }
        Ok(())
    }
}

impl Button {
    fn error(&self, reason: &'static str) -> MenuError {
        MenuError { button: self.name.clone(), reason }
    }

    fn validate(&self, name_bytes_max: usize) -> Result<(), MenuError> {
        if self.name.trim().is_empty() || self.name.len() > name_bytes_max {
            return Err(self.error("the name is empty or too long (16 bytes for a button, 60 for an entry)"));
        }
        match (&self.action, self.sub_button.is_empty()) {
            (Some(_), false) => return Err(self.error("either an action or entries")),
            (None, true) => return Err(self.error("neither an action nor entries")),
            _ => {}
        }
        match &self.action {
            Some(Action::Click { key } | Action::ScancodePush { key } | Action::ScancodeWaitmsg { key })
                if key.is_empty() || key.len() > KEY_BYTES_MAX =>
            {
                Err(self.error("the key is empty or longer than 128 bytes"))
            }
            Some(Action::View { url } | Action::MiniProgram { url, .. }) if !is_address(url) => {
                Err(self.error("the address needs http:// or https:// and at most 1,024 bytes"))
            }
            Some(Action::MiniProgram { appid, pagepath, .. }) if appid.is_empty() || pagepath.is_empty() => {
                Err(self.error("a mini-program needs appid and pagepath"))
            }
            _ => Ok(()),
        }
    }
}

fn is_address(text: &str) -> bool {
    text.len() <= URL_BYTES_MAX && (text.starts_with("https://") || text.starts_with("http://"))
}

impl MpClient {
    /// Checks a menu and makes it the account's; people see it within 24 hours.
    pub async fn menu_create(&self, menu: &Menu) -> Result<(), ApiError> {
        menu.validate().map_err(|error| ApiError::Invalid(error.to_string()))?;
        self.api.post::<serde_json::Value>("/cgi-bin/menu/create", menu).await.map(drop)
    }

    /// The menu set by [`Self::menu_create`]; `None` when there is none.
    pub async fn menu_get(&self) -> Result<Option<Menu>, ApiError> {
        match self.api.get::<Fetched>("/cgi-bin/menu/get", &[]).await {
            Err(error) if error.errcode() == Some(46003) => Ok(None),
            result => Ok(Some(result?.menu)),
        }
    }

    /// Takes the menu away.
    pub async fn menu_delete(&self) -> Result<(), ApiError> {
        self.api.get::<serde_json::Value>("/cgi-bin/menu/delete", &[]).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str, url: &str) -> Button {
        Button { name: name.to_owned(), action: Some(Action::View { url: url.to_owned() }), sub_button: vec![] }
    }

    #[test]
    fn a_menu_is_written_and_read_as_weixin_spells_it() {
        let text = r#"{"button":[{"name":"缴费","type":"view","url":"https://a.example/"},{"name":"更多","sub_button":[{"name":"扫码","type":"scancode_push","key":"scan"}]}]}"#;
        let menu: Menu = serde_json::from_str(text).expect("a menu");
        assert_eq!(menu.validate(), Ok(()));
        assert_eq!(serde_json::to_string(&menu).expect("JSON"), text);
    }

    #[test]
    fn menus_that_would_be_refused_are_found_before_sending() {
        let too_many = Menu { button: vec![view("甲", "https://a.example/"); 4] };
        let long_name = Menu { button: vec![view("六个汉字长名", "https://a.example/")] };
        let no_address = Menu { button: vec![view("缴费", "pay")] };
        let nothing = Menu { button: vec![Button { name: "空".to_owned(), action: None, sub_button: vec![] }] };
        for menu in [too_many, long_name, no_address, nothing] {
            assert!(menu.validate().is_err(), "{menu:?}");
        }
    }
}
