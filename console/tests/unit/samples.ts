import type { Refund, Remittance, StaffSession, SubjectOrder } from '@/api/types'

export const OFFICER: NonNullable<StaffSession['officer']> = {
  id: 'stf_1',
  login: 'finance',
  display_name: '管五',
  roles: [{ code: 'finance_manager', text: '财务主管' }],
  permissions: ['work', 'orders.read'],
  must_change_password: false,
  password_over: false,
  awaits_confirmation: false
}

export const VISITOR: StaffSession = {
  signed_in: false,
  stage: 'none',
  institute_name: '示例特种设备检验检测院'
}

export const ORDER: SubjectOrder = {
  id: 'ord_1',
  order_no: 'WT2026326000001',
  unit_name: '示例化工厂01',
  count: 1,
  amount_fen: 60_500,
  received_fen: 0,
  state: 'pending_payment',
  state_text: '待支付',
  created_at: 0
}

export const REMITTANCE: Remittance = {
  id: 'rmt_1',
  state: 'submitted',
  late: false,
  state_text: '待审核',
  payer_name: '示例化工厂01',
  remitted_on: '2026-11-20',
  amount_fen: 60_500,
  proofs: [],
  warnings: []
}

export const REFUND: Refund = {
  id: 'rfd_1',
  order_id: 'ord_1',
  order_no: 'WT2026326000001',
  unit_name: '示例化工厂01',
  amount_fen: 10_000,
  reason: '重复缴费',
  state: 'success',
  state_text: '已退款',
  channel: 'wechat',
  refund_no: 'R1',
  needs_person: false,
  voids_order: false,
  of_line: false,
  called_off: false,
  may_bounce: false,
  requested_at: 0
}
