//! Accounts that wait for a second person, in the work list of those who may be that person.

use async_trait::async_trait;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;

use super::model::roles_of_stored;
use super::officer::Officer;
use super::permissions::Permission;
use super::store::{self, StaffRow};
use crate::app::App;
use crate::worklist::{Desk, DeskCounts, Task};

const CODE: &str = "staff_confirmation";
const TITLE: &str = "待确认账号";

/// The desk of accounts that rest (`confirmation`).
pub struct ConfirmationDesk;

#[async_trait]
impl Desk for ConfirmationDesk {
    fn code(&self) -> &'static str {
        CODE
    }

    fn title(&self) -> &'static str {
        TITLE
    }

    fn permission(&self) -> Permission {
        Permission::StaffConfirm
    }

    async fn counts(&self, app: &App, officer: &Officer) -> Result<DeskCounts, Problem> {
        let count = store::resting_count(app.database.reader(), &officer.id).await?;
        Ok(DeskCounts { count, ..DeskCounts::default() })
    }

    async fn tasks(&self, app: &App, officer: &Officer, mine: bool, page: &PageRequest) -> Result<Page<Task>, Problem> {
        if mine {
            // Nobody claims an account: its confirmation is one tap, once one has seen the person.
            return Ok(Page { items: Vec::new(), next: None });
        }
        let reader = app.database.reader();
        let found = store::resting_page(reader, &officer.id, page).await?;
        let givers = found.items.iter().flat_map(|row| row.granted_by.split(',')).filter(|id| !id.is_empty());
        let names = store::names_of(reader, givers).await?;
        Ok(found.map(|row| {
            let given_by: Vec<&str> =
                row.granted_by.split(',').filter_map(|id| names.get(id)).map(String::as_str).collect();
            task(&row, &given_by.join("、"))
        }))
    }
}

fn task(row: &StaffRow, given_by: &str) -> Task {
    let roles: Vec<&str> = roles_of_stored(&row.roles).iter().map(|role| role.text()).collect();
    Task {
        id: row.id.clone(),
        desk: CODE.to_owned(),
        kind: TITLE.to_owned(),
        title: format!("{}（{}）：{}", row.display_name, row.login, roles.join("、")),
        subtitle: format!("{given_by} 开通、调整或重置，确认前请当面核实是本人"),
        amount_fen: None,
        created_at: row.updated_at,
        due_at: None,
        overdue: false,
        claimed_by: None,
        link: format!("/staff?waiting=yes&id={}", row.id),
    }
}
