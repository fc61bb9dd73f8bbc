import type { RoleFacts } from '@/api/types'

/** What a role is for, in a few words; the server knows the permissions, these words are for choosing. */
const ABOUT: Record<string, string> = {
  fee_clerk: '录入、更正、撤销费用',
  cashier: '导入流水、认领到账、登记银行退款',
  finance_reviewer: '审核汇款',
  finance_manager: '审批退款与欠费，对账与日结',
  invoice_clerk: '开票、红冲、换开',
  counter_clerk: '窗口收款、凭证核销',
  report_clerk: '报告发布与更换',
  customer_service: '查询订单、重发消息',
  content_operator: '内容与消息模板',
  integration_operator: '导入与接口监控、重放',
  registrar: '审核注册与资质',
  acceptance_officer: '受理报检',
  regulator: '监管审批',
  admin: '人员、角色与设置',
  auditor: '只读，查看审计日志'
}

export const aboutRole = (role: RoleFacts) => ABOUT[role.code] ?? `${role.permissions.length} 项权限`
