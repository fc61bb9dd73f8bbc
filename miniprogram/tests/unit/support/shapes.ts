import type { PaymentNotice, Remittance, Upload, WholeOrder } from '@/api/money'
import type { Fee, Group, InvoiceTitle, OrderSummary, Preview, Session, Unit } from '@/api/types'

/** A unit. */
export const unit = (id = 'unt_1', payable_count = 1): Unit => ({
  id,
  name: `单位 ${id}`,
  role: 'owner',
  payable_count
})

/** A signed-in session of one person for one unit. */
export const session = (more: Partial<Session> = {}): Session => ({
  signed_in: true,
  account: {
    id: 'acc_1',
    display_name: '测试一号',
    phone_masked: '139****0001',
    kind: 'person',
    password_temporary: false
  },
  unit: unit(),
  units: [unit()],
  consents_needed: [],
  preferences: { elder_mode: false },
  wechat: { openid_known: true, bound: true },
  app: {
    institute_name: '特检院',
    service_phone: '023-88888888',
    service_hours: '工作日',
    mp_app_id: '',
    mini_app_id: '',
    subscribe_template_ids: [],
    second_confirmation: ['transfer'],
    demo: true
  },
  ...more
})

/** A visitor's session. */
export const visitor = (): Session =>
  session({ signed_in: false, account: undefined, unit: undefined, units: [] })

/** A payable fee. */
export const fee = (id: string, amount_fen: number): Fee => ({
  id,
  report_no: `R${id}`,
  device_name: `电梯 ${id}`,
  device_kind: '电梯',
  registration_code: '31105001122016000000',
  unit_name: '单位 unt_1',
  amount_fen,
  receipt_class: 'nontax',
  payee_name: '特检院',
  posted_at: 0
})

/** A saved invoice title. */
export const title = (id = 'ttl_1'): InvoiceTitle => ({
  id,
  kind: 'organization',
  name: '测试一号物业',
  tax_no: '91350100M000100Y43',
  is_default: true
})

/** The preview of paying some fees, all of one class. */
export function preview(fees: Fee[], more: Partial<Preview> = {}): Preview {
  const amount_fen = fees.reduce((sum, one) => sum + one.amount_fen, 0)
  const fee_ids = fees.map(({ id }) => id)
  const group: Group = {
    key: 'nontax',
    receipt_class: 'nontax',
    receipt_class_text: '非税缴款书',
    payee_name: '特检院',
    count: fees.length,
    amount_fen,
    fee_ids,
    first_fees: fees.slice(0, 20),
    methods: [
      { method: 'online', text: '线上支付', available: true },
      { method: 'transfer', text: '对公转账', available: false, reason: '暂未开通' }
    ],
    invoice_kinds: [{ kind: 'fiscal_receipt', text: '财政电子票据' }]
  }
  return {
    fee_ids,
    count: fees.length,
    amount_fen,
    groups: [group],
    unavailable: [],
    defaults: {
      method: 'online',
      invoice_title: title(),
      invoice_kind: 'fiscal_receipt',
      delivery: { kind: 'electronic' }
    },
    ...more
  }
}

/** An order in a list. */
export const summary = (id = 'ord_1', more: Partial<OrderSummary> = {}): OrderSummary => ({
  id,
  order_no: `WT-${id}`,
  state: 'pending_payment',
  state_text: '待支付',
  unit_name: '单位 unt_1',
  receipt_class: 'nontax',
  method: 'online',
  amount_fen: 126500,
  count: 1,
  created_at: 0,
  invoice_state: 'none',
  invoice_state_text: '未开票',
  received_fen: 0,
  missing_fen: 126500,
  going_back_fen: 0,
  under_review: false,
  title: '电梯',
  ...more
})

/** An order whole. */
export const order = (more: Partial<WholeOrder> = {}): WholeOrder =>
  ({
    ...summary(),
    amount_capitals: '壹仟贰佰陆拾伍元整',
    payee: { name: '特检院' },
    invoice: {
      state: 'none',
      state_text: '未开票',
      kind: 'fiscal_receipt',
      kind_text: '财政电子票据',
      title: title()
    },
    delivery: { kind: 'electronic' },
    lines: [],
    lines_next: null,
    timeline: [{ at: 0, kind: 'created', title: '提交订单', by: '您' }],
    can: {
      pay: true,
      void: true,
      download_document: true,
      download_reports: false,
      download_invoice: false,
      retry_invoice: false,
      edit_remittance: false,
      renew_code: false,
      start_again: false,
      switch_to: []
    },
    ...more
  }) as WholeOrder

/** A payment notice that can be used. */
export const notice = (more: Partial<PaymentNotice> = {}): PaymentNotice => ({
  id: 'ntc_1',
  notice_no: 'JK2026000001',
  payment_code: '50123456789012345678',
  state: 'issued',
  state_text: '待缴款',
  payee_name: '特检院',
  account_name: '重庆市财政局',
  account_no: '3100021409024912345',
  bank_name: '工商银行某支行',
  amount_fen: 126500,
  expires_at: Date.now() + 10 * 24 * 3600 * 1000,
  remark_rule: '摘要必须填写 20 位缴款码',
  can_renew: false,
  ...more
})

/** A file that has arrived whole. */
export const upload = (more: Partial<Upload> = {}): Upload => ({
  id: 'upl_1',
  purpose: 'remittance_proof',
  file_name: '回单.jpg',
  content_type: 'image/jpeg',
  bytes: 1000,
  received_bytes: 1000,
  state: 'ready',
  ...more
})

/** A remittance that waits for its verdict. */
export const remittance = (more: Partial<Remittance> = {}): Remittance => ({
  id: 'rem_1',
  state: 'submitted',
  late: false,
  state_text: '待核实',
  payer_name: '单位 unt_1',
  remitted_on: '2026-07-01',
  amount_fen: 126500,
  reference_no: '2026001234',
  proofs: [upload()],
  submitted_at: Date.UTC(2026, 6, 1, 2),
  due_at: Date.UTC(2026, 6, 6, 15, 59),
  warnings: [],
  ...more
})
