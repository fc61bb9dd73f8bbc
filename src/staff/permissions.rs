//! What can be allowed, desk by desk, each as a value ([`Permission`]) and as a type that a route names in its signature
//! ([`may`]).

macro_rules! permissions {
    ($($name:ident = $code:literal, $text:literal;)*) => {
        /// Something that a role allows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission { $(#[doc = $text] $name,)* }

        impl Permission {
            /// All of them.
            pub const ALL: &'static [Permission] = &[$(Permission::$name,)*];

            /// As the console knows it.
            pub fn as_str(self) -> &'static str {
                match self { $(Permission::$name => $code,)* }
            }

            /// For people.
            pub fn text(self) -> &'static str {
                match self { $(Permission::$name => $text,)* }
            }
        }

        /// A type for every permission, to be named in the signature of a route.
        pub mod may {
            /// The permission that a type stands for.
            pub trait Demanded: Send + Sync + 'static {
                /// Which.
                const PERMISSION: super::Permission;
            }
            $(
                #[doc = $text]
                #[derive(Debug, Clone, Copy)]
                pub struct $name;
                impl Demanded for $name {
                    const PERMISSION: super::Permission = super::Permission::$name;
                }
            )*
        }
    };
}

permissions! {
    // Every desk
    Work = "work", "使用业务台";
    // D1 registration and qualification
    RegistrationsEnter = "registrations.enter", "代录注册申请";
    RegistrationsDecide = "registrations.decide", "审核注册与资质";
    // D2–D4 acceptance, dispatch, notices
    ApplicationsAccept = "applications.accept", "受理报检";
    InspectionsPlan = "inspections.plan", "派工与检验方案";
    NoticesIssue = "notices.issue", "签发通知书";
    // D5 fees
    OrdersRead = "orders.read", "查看订单";
    FeesRead = "fees.read", "查看费用";
    FeesEdit = "fees.edit", "录入、更正、撤销费用";
    // D6 cashier and finance
    RefundsRead = "refunds.read", "查看退款";
    RefundsPropose = "refunds.propose", "申请退款";
    RefundsDecide = "refunds.decide", "审批退款";
    RefundsConfirm = "refunds.confirm", "登记银行退款";
    RemittancesDecide = "remittances.decide", "审核汇款";
    CreditsDecide = "credits.decide", "审批欠费申请与核定额度";
    ArrearsRead = "arrears.read", "查看欠费";
    BankRead = "bank.read", "查看银行流水";
    BankImport = "bank.import", "导入银行流水";
    BankClaim = "bank.claim", "认款";
    CounterReceive = "counter.receive", "窗口收款";
    ReconciliationRead = "reconciliation.read", "查看对账";
    ReconciliationSettle = "reconciliation.settle", "处理对账差异";
    ReconciliationClose = "reconciliation.close", "日结";
    // D7 invoices
    InvoicesRead = "invoices.read", "查看票据";
    InvoicesEdit = "invoices.edit", "重开、红冲、换开票据";
    // D8 reports
    ReportsRead = "reports.read", "查看报告";
    ReportsEdit = "reports.edit", "发布与更换报告";
    VouchersHandOver = "vouchers.hand_over", "凭证核销与交付";
    // D9 cylinders
    CylindersRegister = "cylinders.register", "气瓶使用登记";
    // D10 customer service
    PayersRead = "payers.read", "查看单位与报检人";
    PayersMend = "payers.mend", "解锁账号、重置密码、更换手机号";
    ThreadsAnswer = "threads.answer", "答复咨询投诉";
    // D11 content and account operation
    MessagesRead = "messages.read", "查看消息";
    MessagesResend = "messages.resend", "重发消息";
    ContentEdit = "content.edit", "编辑内容与模板";
    // D12 regulator
    RegulatorDecide = "regulator.decide", "监管审批";
    // D13 administration, interfaces, audit
    IntegrationRead = "integration.read", "查看接口与导入";
    IntegrationReplay = "integration.replay", "重放通知";
    IntegrationManage = "integration.manage", "管理外部接收地址";
    DashboardRead = "dashboard.read", "查看统计";
    SettingsRead = "settings.read", "查看设置";
    SettingsEdit = "settings.edit", "修改设置";
    PayeesDecide = "payees.decide", "审批收款账户变更";
    StaffManage = "staff.manage", "管理员工账号";
    StaffConfirm = "staff.confirm", "确认员工账号的开通与重置";
    AuditRead = "audit.read", "查看审计日志";
    Export = "exports.make", "导出清单";
}

impl Permission {
    /// Whether it moves money, decides who somebody is, or says who may do so: what one administrator alone cannot give
    /// (`confirmation`).
    pub fn is_grave(self) -> bool {
        use Permission as P;
        matches!(
            self,
            P::FeesEdit
                | P::RefundsPropose
                | P::RefundsDecide
                | P::RefundsConfirm
                | P::RemittancesDecide
                | P::CreditsDecide
                | P::BankImport
                | P::BankClaim
                | P::CounterReceive
                | P::ReconciliationSettle
                | P::ReconciliationClose
                | P::InvoicesEdit
                | P::RegistrationsDecide
                | P::PayersMend
                | P::SettingsEdit
                | P::PayeesDecide
                | P::StaffManage
                | P::StaffConfirm
        )
    }
}
