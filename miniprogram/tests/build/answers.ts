const UNIT = { id: 'unt_1', name: '测试一号物业', role: 'owner', payable_count: 1 }
const OTHER_UNIT = { ...UNIT, id: 'unt_2', name: '测试二号物业' }
let acting = UNIT
const APP = {
  institute_name: '特种设备检测研究院',
  service_phone: '023-88888888',
  service_hours: '工作日',
  mp_app_id: '',
  mini_app_id: '',
  subscribe_template_ids: ['template'],
  second_confirmation: [],
  demo: true
}
const TITLE = {
  id: 'ttl_1',
  kind: 'organization',
  name: '测试一号物业',
  tax_no: '91350100M000100Y43',
  is_default: true
}
const FEE = {
  id: 'fee_1',
  report_no: 'WTJ202610001',
  device_name: '曳引驱动乘客电梯',
  device_kind: '电梯',
  registration_code: '31105001122016000000',
  unit_name: UNIT.name,
  amount_fen: 126500,
  receipt_class: 'nontax',
  payee_name: APP.institute_name,
  posted_at: 0
}
const SUMMARY = {
  id: 'ord_1',
  order_no: 'WT2026266101',
  state: 'pending_payment',
  state_text: '待支付',
  unit_name: UNIT.name,
  receipt_class: 'nontax',
  method: 'online',
  amount_fen: 126500,
  count: 1,
  created_at: 0,
  invoice_state: 'none',
  invoice_state_text: '未开票',
  title: FEE.device_name
}
const ORDER = {
  ...SUMMARY,
  amount_capitals: '壹仟贰佰陆拾伍元整',
  payee: { name: APP.institute_name },
  invoice: { state: 'none', state_text: '未开票', kind: 'fiscal_receipt', title: TITLE },
  delivery: { kind: 'electronic' },
  lines: [{ ...FEE, fee_id: 'fee_1', report_id: 'rpt_1', report_ready: false }],
  lines_next: null,
  timeline: [{ at: 0, kind: 'created', title: '提交订单' }],
  can: { pay: true, void: true, download_document: true }
}
const NOTICE = {
  id: 'ntc_1',
  notice_no: 'JK2026000001',
  payment_code: '50123456789012345678',
  state: 'issued',
  state_text: '待缴款',
  payee_name: APP.institute_name,
  account_name: APP.institute_name,
  account_no: '3100021409024912345',
  bank_name: '工商银行某支行',
  amount_fen: 126500,
  expires_at: Date.now() + 864e6,
  remark_rule: '摘要必须填写 20 位缴款码'
}
const GUEST_ORDER = {
  order_no: 'WT2026266101',
  unit_name_masked: '测试****公司',
  payee_name: APP.institute_name,
  amount_fen: 126500,
  received_fen: 0,
  missing_fen: 126500,
  count: 1,
  method: 'online',
  state: 'pending_payment',
  state_text: '待支付',
  ticket: 'ticket-1'
}
const CREDIT = {
  id: 'crd_1',
  state: 'submitted',
  state_text: '审核中',
  amount_fen: 126500,
  count: 1,
  request_no: 'QF2026000001',
  owed_fen: 0,
  can: { withdraw: true, pay: false },
  reason: '月底统一付款',
  proposed_due_on: '2026-08-31',
  created_at: 0
}
const MESSAGE = {
  id: 'msg_1',
  kind: 'fee_posted',
  title: '有 1 份报告待缴费',
  body: '合计 1,265.00 元',
  link: '/h5/#/pages/confirm/confirm?all=1',
  created_at: 0
}
const AGREEMENT = {
  purpose: 'registration',
  title: '用户注册协议',
  version: '1',
  reading_seconds: 10,
  optional: false
}
const METHODS = [{ method: 'online', text: '线上支付', available: true }]

const ANSWERS: Record<string, unknown> = {
  'GET /home': {
    payable: { count: 1, amount_fen: 126500 },
    orders: { pending_payment: 1, under_review: 0, paid: 0, completed: 0, void: 0 },
    unread_messages: 1
  },
  'GET /fees': { items: [FEE], next: null, total: { count: 1, amount_fen: 126500 } },
  'POST /checkouts/preview': {
    fee_ids: ['fee_1'],
    count: 1,
    amount_fen: 126500,
    groups: [
      {
        key: 'nontax',
        receipt_class: 'nontax',
        receipt_class_text: '非税缴款书',
        payee_name: APP.institute_name,
        count: 1,
        amount_fen: 126500,
        fee_ids: ['fee_1'],
        first_fees: [FEE],
        methods: METHODS,
        invoice_kinds: [{ kind: 'fiscal_receipt', text: '财政电子票据' }]
      }
    ],
    unavailable: [],
    defaults: { method: 'online', invoice_title: TITLE, delivery: { kind: 'electronic' } }
  },
  'GET /orders': { items: [SUMMARY], next: null, years: [2026] },
  'GET /orders/ord_1': ORDER,
  'GET /orders/ord_1/payment-state': { state: 'unpaid', message: '', order: SUMMARY },
  'POST /orders/ord_1/payments': {
    id: 'att_1',
    order_id: 'ord_1',
    channel: 'mini_program',
    amount_fen: 126500,
    expires_at: 0,
    parameters: {
      appId: 'wx1',
      timeStamp: '1785500000',
      nonceStr: 'nonce',
      package: 'prepay_id=wx1',
      signType: 'RSA',
      paySign: 'signature'
    }
  },
  'GET /orders/ord_2': { ...ORDER, id: 'ord_2', method: 'transfer', payment_notice: NOTICE },
  'GET /orders/ord_3': {
    ...ORDER,
    id: 'ord_3',
    method: 'remitted',
    receipt_class: 'vat',
    can: { edit_remittance: true }
  },
  'POST /captcha': { captcha_id: 'cap_1', image_svg: '<svg/>', question_text: '三加四等于几？' },
  'GET /asked/asked-1': { ...GUEST_ORDER, asked_by_masked: '测试*号' },
  'GET /guest/orders/payment-state': { state: 'unpaid', message: '', order: GUEST_ORDER },
  'GET /invoices': {
    items: [
      {
        order_id: 'ord_1',
        order_no: 'WT2026266101',
        amount_fen: 126500,
        kind: 'fiscal_receipt',
        kind_text: '财政电子票据',
        state: 'issued',
        state_text: '已开票',
        title: TITLE,
        requested_at: 0,
        has_ofd: false,
        can: { download: true, download_ofd: false, mail: true, retry: false }
      }
    ],
    next: null,
    years: [2026]
  },
  'GET /reports/rpt_1/pages': { pages: [{ number: 1, url: '/files/page', width: 800, height: 1131 }] },
  'GET /pickup-vouchers': {
    items: [
      {
        id: 'vch_1',
        voucher_no: 'LQ2026000001',
        code: 'LQ2026000001',
        state: 'open',
        state_text: '待领取',
        created_at: 0,
        reports: [{ id: 'rpt_1', report_no: 'WTJ202610001', device_name: FEE.device_name }]
      }
    ],
    next: null
  },
  'GET /credit-requests': { items: [CREDIT], next: null },
  'GET /credit-requests/crd_1': { ...CREDIT, flow: [{ at: 0, title: '提交申请', by: '您' }] },
  'GET /reports': {
    items: [{ ...FEE, id: 'rpt_1', conclusion: '合格', issued_on: '2026-07-12', downloadable: true }],
    next: null,
    years: [2026]
  },
  'GET /invoice-titles': { items: [TITLE] },
  'GET /messages': { items: [MESSAGE], next: null, unread: 1 },
  'GET /message-settings': { digest: false, digest_at: '09:00', groups: [], quiet_hours: '21:30–08:00' },
  'GET /security-question': { choices: ['您最喜欢的城市？'], question: null, set_at: null },
  'GET /personal-data': {
    deletion_days: 15,
    kept: ['已支付的订单和票据'],
    export: null,
    deletion_obstacle: null
  },
  'GET /invitations/invite-1': {
    id: 'ivt_1',
    invited_by_masked: '测**',
    unit_name: '测试一号物业',
    role: 'finance',
    role_text: '财务',
    expires_at: 0
  },
  'GET /dictionaries': {
    unit_kinds: [],
    industries: [],
    districts: [{ code: '500105', name: '江北区' }],
    manufacturing_kinds: [{ code: 'lift', name: '电梯' }]
  },
  'GET /registrations': {
    items: [
      {
        id: 'reg_1',
        kind_text: '认证单位',
        name: UNIT.name,
        registrant_name: '测试一号',
        registration_no: 'ZC2026326000001',
        source: 'online',
        state: 'approved',
        state_text: '已通过'
      }
    ]
  },
  'GET /member-phone-changes': { items: [] },
  'GET /member-invitations': { items: [] },
  'GET /members': {
    items: [
      {
        id: 'acc_2',
        name: '财务小李',
        role: 'finance',
        role_text: '财务',
        limits: {},
        joined_at: 0,
        me: false,
        can_change: true,
        can_hand_over: true,
        can_reset_password: false
      }
    ]
  },
  'GET /unit-profile': {
    may_manage: true,
    profile: {
      unit_id: UNIT.id,
      name: UNIT.name,
      uscc: '91350100M000100Y43',
      level: 'certified',
      level_text: '已认证',
      from_core: false,
      unit_kind: '1',
      unit_kind_text: '企业',
      industry_code: '1',
      industry_text: '物业管理',
      district_code: '500105',
      district_text: '江北区',
      address: '示例路 1 号',
      legal_rep: '王**',
      phone: '023-00000000',
      email: '',
      applicant: { name: '测试一号', phone: '139****0001' },
      safety_manager: { name: '安管老陈', phone: '139****0002' }
    }
  },
  'GET /qualifications': {
    items: [
      {
        id: 'qua_1',
        unit_id: UNIT.id,
        kind_code: 'lift',
        kind_text: '电梯制造',
        certificate_no: 'TS2310001-2028',
        valid_from: '2024-01-01',
        valid_until: '2028-01-01',
        papers: [],
        state: 'approved',
        state_text: '已通过',
        submitted_at: 0,
        due_at: 0
      }
    ]
  },
  'GET /offices': {
    items: [
      {
        id: 'hall',
        name: '两江新区服务大厅',
        kind: 'window',
        kind_text: '服务大厅',
        district: '两江新区',
        address: '示例大道 1 号',
        phone: '023-00000001',
        hours: '工作日',
        hands_out_papers: true,
        updated_at: 0
      }
    ]
  },
  'GET /consents': { items: [] },
  'GET /agreements': { items: [AGREEMENT] },
  ...Object.fromEntries(
    ['registration', 'personal_information', 'enterprise_service'].map((purpose) => [
      `GET /agreements/${purpose}`,
      { ...AGREEMENT, purpose, opened_token: 'opened', paragraphs: [{ kind: 'text', text: '正文' }] }
    ])
  ),
  'GET /sessions': {
    items: [
      {
        id: 'ses_1',
        client: 'mini-program',
        device: 'iPhone',
        signed_in_at: 0,
        last_seen_at: 0,
        current: true
      }
    ]
  }
}

/** What the server answers in these tests; `undefined` is an empty answer. */
export function answers(method: string, path: string, signedIn: boolean, data?: unknown): unknown {
  if (method === 'PUT' && path === '/session/unit')
    acting = (data as { unit_id: string }).unit_id === OTHER_UNIT.id ? OTHER_UNIT : UNIT
  if (/^\/(session($|\/)|preferences)/.test(path)) {
    const visitor = {
      signed_in: false,
      units: [],
      consents_needed: [],
      preferences: { elder_mode: false },
      wechat: {},
      app: APP
    }
    if (!signedIn) return { ...visitor, bind_ticket: 'ticket' }
    const account = { id: 'acc_1', display_name: '测试一号', phone_masked: '139****0001', kind: 'person' }
    return { ...visitor, signed_in: true, token: 'token', account, unit: acting, units: [UNIT, OTHER_UNIT] }
  }
  return ANSWERS[`${method} ${path}`]
}
