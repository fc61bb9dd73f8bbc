//! What can be done, each with its code and its words for people. One list, so that the whole of it can be read.

macro_rules! actions {
    ($($(#[$meta:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// Something a member of staff did.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action { $($(#[$meta])* #[doc = $text] $name,)* }

        impl Action {
            /// As stored.
            pub fn as_str(self) -> &'static str {
                match self { $(Action::$name => $code,)* }
            }

            /// The words for a stored code; the code itself for one that is not known any more.
            pub fn text_of(stored: &str) -> String {
                match stored { $($code => $text,)* other => other }.to_owned()
            }
        }
    };
}

actions! {
    StaffAdded = "staff.added", "新增员工账号";
    StaffChanged = "staff.changed", "修改员工账号";
    StaffReset = "staff.reset", "重置员工密码与验证器";
    StaffConfirmed = "staff.confirmed", "确认员工账号的开通与重置";
    SignedIn = "staff.signed_in", "登录业务台";
    SignInRefused = "staff.sign_in_refused", "登录被拒绝";
    SignedOut = "staff.signed_out", "退出业务台";
    SessionEnded = "staff.session_ended", "远程退出一处登录";
    PasswordChanged = "staff.password_changed", "修改自己的密码";
    SecondFactorSet = "staff.second_factor_set", "设置验证器";
    RecoveryCodeUsed = "staff.recovery_code_used", "使用恢复码";
    ReviewClaimed = "review.claimed", "领取审核";
    ReviewReleased = "review.released", "放回审核";
    ReviewApproved = "review.approved", "审核通过";
    ReviewRejected = "review.rejected", "审核驳回";
    FeePosted = "fee.posted", "录入费用";
    FeeCorrected = "fee.corrected", "更正费用";
    FeeCancelled = "fee.cancelled", "撤销费用";
    RefundProposed = "refund.proposed", "申请退款";
    RefundConfirmed = "refund.confirmed", "登记银行退款";
    DisputeEnded = "payment.dispute_ended", "处理付款争议";
    InvoiceRetried = "invoice.retried", "重新开票";
    InvoiceRedLetter = "invoice.red_letter", "红冲票据";
    InvoiceStands = "invoice.stands", "不再红冲，原票保留";
    InvoiceReissued = "invoice.reissued", "换开票据";
    MessageResent = "message.resent", "重发消息";
    MessageSettled = "message.settled", "了结没有送达的消息";
    ConversationClosed = "conversation.closed", "结束客服会话";
    AgreementWritten = "agreement.written", "修改协议草稿";
    AgreementPublished = "agreement.published", "发布协议新版本";
    MenuWritten = "account.menu_written", "修改服务号菜单";
    MenuPushed = "account.menu_pushed", "发布服务号菜单";
    RepliesWritten = "account.replies_written", "修改自动回复";
    SceneCodeMade = "account.scene_code_made", "生成场景二维码";
    SceneCodeRetired = "account.scene_code_retired", "停用场景二维码";
    CannedAnswersChanged = "conversation.canned_answers", "修改常用答复";
    EventReplayed = "channel_event.replayed", "重放微信通知";
    CustomerUnlocked = "customer.unlocked", "解锁账号";
    CustomerSignedOut = "customer.signed_out", "退出账号的所有设备";
    CustomerPasswordReset = "customer.password_reset", "重置账号密码";
    CustomerPhoneChanged = "customer.phone_changed", "更换账号手机号";
    CustomerLoginReleased = "customer.login_released", "收回登录名";
    CustomerRevealed = "customer.revealed", "查看完整手机号";
    CreditLimitSet = "credit.limit_set", "核定欠费额度";
    WebhookAdded = "webhook.added", "登记外部接收地址";
    WebhookChanged = "webhook.changed", "修改外部接收地址";
    WebhookRotated = "webhook.rotated", "更换接收地址的密钥";
    WebhookReplayed = "webhook.replayed", "重放外部通知";
    RegistrationEntered = "registration.entered", "代录注册申请";
    PayeeChangeAsked = "payee.change_asked", "申请变更收款单位";
    PayeeChanged = "payee.changed", "修改收款单位";
    OfficesChanged = "offices.changed", "修改网点目录";
    CalendarChanged = "calendar.changed", "修改工作日";
    StatementImported = "bank.statement_imported", "导入银行流水";
    BankClaimed = "bank.claimed", "认款";
    BankClaimUndone = "bank.claim_undone", "撤销认款";
    BankLineIgnored = "bank.line_ignored", "忽略银行流水";
    BankLineDistinct = "bank.line_distinct", "确认银行流水是另一笔";
    CounterReceived = "counter.received", "窗口收款";
    SlipEntered = "remittance.entered", "代交汇款回单";
    CounterUndoAsked = "counter.undo_asked", "申请撤销窗口收款";
    CounterUndone = "counter.undone", "撤销窗口收款";
    LineReturnAsked = "bank.return_asked", "申请退回银行到账";
    LineReturnPayeeAsked = "bank.return_payee_asked", "申请更换退回账户";
    LineReturnPayeeChanged = "bank.return_payee_changed", "更换退回账户";
    LineReturnCallOffAsked = "bank.return_call_off_asked", "申请取消退回银行到账";
    LineReturnBounceAsked = "bank.return_bounce_asked", "申请登记退回的转账被银行退票";
    LineReturnBounced = "bank.return_bounced", "登记银行退票，重新办理退回";
    LineReturnChangeWithdrawn = "bank.return_change_withdrawn", "撤回退回变更的申请";
    LineReturnCalledOff = "bank.return_called_off", "取消退回银行到账";
    RefundPayeeSet = "refund.payee_set", "填写退款账户";
    RefundPayeeSeen = "refund.payee_seen", "查看退款账户";
    VoucherHandedOver = "voucher.handed_over", "交付纸质报告";
    ShareEnded = "report.share_ended", "停用报告分享链接";
    ReportsPosted = "order.posted", "寄出报告";
    DayCompared = "reconciliation.compared", "对账";
    DayClosed = "reconciliation.closed", "日结";
    DifferenceAsked = "reconciliation.asked", "向微信查询对账差异";
    DifferenceSettled = "reconciliation.settled", "处理对账差异";
    Exported = "export.made", "导出清单";
    JobsRetried = "jobs.retried", "重新执行停止的任务";
    JobGivenUp = "jobs.given_up", "放弃停止的任务";
    KeysRotated = "secrets.rotated", "用最新的密钥重新加密";
    EverybodySignedOut = "sessions.ended", "结束全部登录";
}
