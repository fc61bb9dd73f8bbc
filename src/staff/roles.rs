//! Roles, and the one table of what each may do (desks D1–D13).

use std::str::FromStr;

use super::permissions::Permission;

/// What somebody does at the institute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// 收费员 (D5).
    FeeClerk,
    /// 出纳 (D6).
    Cashier,
    /// 财务复核 (D6).
    FinanceReviewer,
    /// 财务主管 (D6).
    FinanceManager,
    /// 开票员 (D7).
    InvoiceClerk,
    /// 窗口人员 (D6, D8).
    CounterClerk,
    /// 报告管理员 (D8).
    ReportClerk,
    /// 客服 (D10).
    CustomerService,
    /// 运营 (D11).
    ContentOperator,
    /// 接口管理员 (D13).
    IntegrationOperator,
    /// 注册审核员 (D1, D9).
    Registrar,
    /// 受理员 (D2–D4).
    AcceptanceOfficer,
    /// 区县监管 (D12).
    Regulator,
    /// 系统管理员 (D13): people and settings, no money.
    Admin,
    /// 审计员 (D13): sees everything, changes nothing.
    Auditor,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 15] = [
        Role::FeeClerk,
        Role::Cashier,
        Role::FinanceReviewer,
        Role::FinanceManager,
        Role::InvoiceClerk,
        Role::CounterClerk,
        Role::ReportClerk,
        Role::CustomerService,
        Role::ContentOperator,
        Role::IntegrationOperator,
        Role::Registrar,
        Role::AcceptanceOfficer,
        Role::Regulator,
        Role::Admin,
        Role::Auditor,
    ];

    /// What the role may do. Everybody with a role may work ([`Permission::Work`]).
    pub fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Role::FeeClerk => &[
                P::OrdersRead,
                P::ArrearsRead,
                P::FeesRead,
                P::FeesEdit,
                P::RefundsRead,
                P::RefundsPropose,
                P::InvoicesRead,
                P::ReportsRead,
                P::PayersRead,
                P::IntegrationRead,
                P::Export,
            ],
            Role::Cashier => &[
                P::OrdersRead,
                P::ArrearsRead,
                P::FeesRead,
                P::RefundsRead,
                P::RefundsPropose,
                P::RefundsConfirm,
                P::BankRead,
                P::BankImport,
                P::BankClaim,
                P::CounterReceive,
                P::ReconciliationRead,
                P::InvoicesRead,
                P::PayersRead,
                P::DashboardRead,
                P::Export,
            ],
            Role::FinanceReviewer => &[
                P::OrdersRead,
                P::ArrearsRead,
                P::FeesRead,
                P::RefundsRead,
                P::RefundsDecide,
                P::RemittancesDecide,
                P::BankRead,
                P::ReconciliationRead,
                P::ReconciliationSettle,
                P::InvoicesRead,
                P::PayersRead,
                P::DashboardRead,
                P::Export,
            ],
            Role::FinanceManager => &[
                P::OrdersRead,
                P::ArrearsRead,
                P::FeesRead,
                P::FeesEdit,
                P::RefundsRead,
                P::RefundsPropose,
                P::RefundsDecide,
                P::RefundsConfirm,
                P::RemittancesDecide,
                P::CreditsDecide,
                P::BankRead,
                P::BankImport,
                P::BankClaim,
                P::ReconciliationRead,
                P::ReconciliationSettle,
                P::ReconciliationClose,
                P::InvoicesRead,
                P::InvoicesEdit,
                P::PayersRead,
                P::DashboardRead,
                P::SettingsRead,
                P::PayeesDecide,
                P::StaffConfirm,
                P::AuditRead,
                P::Export,
            ],
            Role::InvoiceClerk => {
                &[P::OrdersRead, P::RefundsRead, P::InvoicesRead, P::InvoicesEdit, P::PayersRead, P::Export]
            }
            Role::CounterClerk => &[
                P::OrdersRead,
                P::FeesRead,
                P::CounterReceive,
                P::BankRead,
                P::InvoicesRead,
                P::ReportsRead,
                P::VouchersHandOver,
                P::PayersRead,
                P::RegistrationsEnter,
            ],
            Role::ReportClerk => {
                &[P::OrdersRead, P::ReportsRead, P::ReportsEdit, P::VouchersHandOver, P::PayersRead, P::Export]
            }
            Role::CustomerService => &[
                P::OrdersRead,
                P::ArrearsRead,
                P::FeesRead,
                P::RefundsRead,
                P::InvoicesRead,
                P::ReportsRead,
                P::PayersRead,
                P::RegistrationsEnter,
                P::PayersMend,
                P::MessagesRead,
                P::MessagesResend,
                P::ThreadsAnswer,
            ],
            Role::ContentOperator => &[P::MessagesRead, P::MessagesResend, P::ContentEdit, P::DashboardRead],
            Role::IntegrationOperator => &[
                P::OrdersRead,
                P::FeesRead,
                P::MessagesRead,
                P::IntegrationRead,
                P::IntegrationReplay,
                P::IntegrationManage,
                P::DashboardRead,
            ],
            Role::Registrar => &[P::RegistrationsEnter, P::RegistrationsDecide, P::CylindersRegister, P::PayersRead],
            Role::AcceptanceOfficer => &[P::ApplicationsAccept, P::InspectionsPlan, P::NoticesIssue, P::PayersRead],
            Role::Regulator => &[P::RegulatorDecide],
            Role::Admin => {
                &[P::StaffManage, P::StaffConfirm, P::SettingsRead, P::SettingsEdit, P::AuditRead, P::DashboardRead]
            }
            Role::Auditor => &[
                P::OrdersRead,
                P::ArrearsRead,
                P::FeesRead,
                P::RefundsRead,
                P::BankRead,
                P::ReconciliationRead,
                P::InvoicesRead,
                P::ReportsRead,
                P::PayersRead,
                P::MessagesRead,
                P::IntegrationRead,
                P::DashboardRead,
                P::SettingsRead,
                P::AuditRead,
                P::Export,
            ],
        }
    }

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::FeeClerk => "fee_clerk",
            Role::Cashier => "cashier",
            Role::FinanceReviewer => "finance_reviewer",
            Role::FinanceManager => "finance_manager",
            Role::InvoiceClerk => "invoice_clerk",
            Role::CounterClerk => "counter_clerk",
            Role::ReportClerk => "report_clerk",
            Role::CustomerService => "customer_service",
            Role::ContentOperator => "content_operator",
            Role::IntegrationOperator => "integration_operator",
            Role::Registrar => "registrar",
            Role::AcceptanceOfficer => "acceptance_officer",
            Role::Regulator => "regulator",
            Role::Admin => "admin",
            Role::Auditor => "auditor",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            Role::FeeClerk => "收费员",
            Role::Cashier => "出纳",
            Role::FinanceReviewer => "财务复核",
            Role::FinanceManager => "财务主管",
            Role::InvoiceClerk => "开票员",
            Role::CounterClerk => "窗口人员",
            Role::ReportClerk => "报告管理员",
            Role::CustomerService => "客服",
            Role::ContentOperator => "运营",
            Role::IntegrationOperator => "接口管理员",
            Role::Registrar => "注册审核员",
            Role::AcceptanceOfficer => "受理员",
            Role::Regulator => "区县监管",
            Role::Admin => "系统管理员",
            Role::Auditor => "审计员",
        }
    }
}

/// Whether whoever has these roles prepares what he decides about: the manual keeps 经办 and 复核 apart. The finance manager
/// may do either, and is stopped by four eyes at every act.
pub fn prepares_and_reviews(roles: &[Role]) -> bool {
    roles.contains(&Role::FinanceReviewer) && (roles.contains(&Role::Cashier) || roles.contains(&Role::FeeClerk))
}

impl FromStr for Role {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Role::ALL.into_iter().find(|role| role.as_str() == text.trim());
        found.ok_or_else(|| {
            let known: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
            anyhow::anyhow!("没有角色“{text}”，可用的有：{}", known.join("、"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_belongs_to_a_role() {
        for permission in Permission::ALL.iter().filter(|permission| **permission != Permission::Work) {
            let held = Role::ALL.iter().any(|role| role.permissions().contains(permission));
            assert!(held, "nobody may {}", permission.as_str());
        }
    }

    #[test]
    fn nobody_alone_may_propose_and_decide_a_refund_but_the_manager_who_is_stopped_by_four_eyes() {
        for role in Role::ALL.into_iter().filter(|role| *role != Role::FinanceManager) {
            let may = |permission| role.permissions().contains(&permission);
            assert!(!(may(Permission::RefundsPropose) && may(Permission::RefundsDecide)), "{role:?}");
        }
    }

    #[test]
    fn who_prepares_and_reviews_is_known_by_his_roles() {
        let both = [[Role::Cashier, Role::FinanceReviewer], [Role::FinanceReviewer, Role::FeeClerk]];
        assert!(both.iter().all(|roles| prepares_and_reviews(roles)));
        let apart = [[Role::Cashier, Role::FeeClerk], [Role::FinanceReviewer, Role::Auditor]];
        assert!(!apart.iter().any(|roles| prepares_and_reviews(roles)));
    }

    #[test]
    fn an_auditor_and_an_admin_move_no_money() {
        use Permission as P;
        let money = [
            P::FeesEdit,
            P::RefundsPropose,
            P::RefundsDecide,
            P::RefundsConfirm,
            P::RemittancesDecide,
            P::BankClaim,
            P::CounterReceive,
            P::InvoicesEdit,
        ];
        for role in [Role::Auditor, Role::Admin] {
            assert!(!role.permissions().iter().any(|permission| money.contains(permission)), "{role:?}");
        }
    }
}
