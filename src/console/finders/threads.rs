//! Conversations with people, by who they are or what was said.

use async_trait::async_trait;
use foundation::problem::Problem;

use super::PER_GROUP;
use crate::app::App;
use crate::console::search::{Finder, Found};
use crate::conversations::{self, ConversationFound};
use crate::staff::Permission;

/// 客服会话.
pub(super) struct Conversations;

#[async_trait]
impl Finder for Conversations {
    fn kind(&self) -> &'static str {
        "conversation"
    }
    fn title(&self) -> &'static str {
        "客服会话"
    }
    fn permission(&self) -> Permission {
        Permission::ThreadsAnswer
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let found = conversations::matching(app, words, PER_GROUP.into()).await?;
        let item = |thread: ConversationFound| Found {
            link: format!("/conversations/{}", thread.id),
            id: thread.id,
            title: thread.name,
            subtitle: thread.last_text,
            state_text: Some(if thread.open { "进行中" } else { "已结束" }.to_owned()),
        };
        Ok(found.into_iter().map(item).collect())
    }
}
