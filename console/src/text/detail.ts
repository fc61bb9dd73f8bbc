import { yuan } from './money'
import { dateTime } from './time'

/** Words for the names that details of the audit trail use. */
const NAMES: Record<string, string> = {
  version: '版本',
  added: '新增',
  changed: '修改',
  removed: '移除',
  arranged: '调整顺序',
  phone: '电话',
  payee_before: '原收款账户',
  given_by: '开通人',
  effective_on: '生效日期',
  amount_fen: '金额',
  before_fen: '原金额',
  after_fen: '新金额',
  old_amount_fen: '原金额',
  new_amount_fen: '新金额',
  from_fen: '原金额',
  to_fen: '新金额',
  amount_fen_before: '原金额',
  refundable_fen: '可退金额',
  order_id: '订单编号',
  bank_account: '账号',
  remittance: '汇款编号',
  restored: '恢复的版本',
  reports: '报告份数',
  registration_no: '注册申请号',
  uscc: '统一社会信用代码',
  review: '审核编号',
  terms: '批准条件',
  sessions: '结束的登录',
  whose: '谁的登录',
  keeps_wechat: '保留微信绑定',
  proof: '证明',
  login_name: '登录名',
  old_phone: '原手机号',
  new_phone: '新手机号',
  keeps_old: '原手机号的报告仍可查看',
  payee: '收款账户',
  payee_name: '收款户名',
  payee_account: '收款账号',
  limit_fen_before: '原欠费额度',
  roles_before: '原角色',
  page: '页面',
  counter_payment: '窗口收款编号',
  url_before: '原接收地址',
  reason: '原因',
  opinion: '意见',
  verdict: '结论',
  order_no: '订单号',
  report_no: '报告编号',
  login: '工号',
  roles: '角色',
  state: '状态',
  note: '备注',
  how: '处理方式',
  list: '清单',
  rows: '行数',
  kind: '种类',
  title: '名称',
  file_name: '文件',
  received_by: '领取人',
  unit_name: '单位',
  filter: '条件',
  client: '设备',
  device: '设备',
  address: '网络地址',
  why: '为什么',
  display_name: '姓名',
  sessions_ended: '结束的登录',
  session: '登录编号',
  disabled: '停用',
  new: '新到账',
  number: '票号',
  invoice: '票据编号',
  refund: '退款编号',
  transaction_id: '银行流水',
  twin_of: '同日同额的流水',
  reference_no: '银行流水号',
  receipt_no: '凭条号',
  serial_no: '流水号',
  out_trade_no: '商户单号',
  end: '结果',
  differences: '差异数',
  is_working_day: '上班',
  name: '名称',
  account_name: '户名',
  account_no: '账号',
  bank_name: '开户行',
  before: '改前',
  after: '改后',
  id_last4: '证件号后四位',
  carrier: '承运',
  tracking_no: '运单号',
  voucher_no: '凭证号',
  due_on: '补缴期限',
  limit_fen: '欠费额度',
  url: '接收地址',
  event: '事件编号',
  type: '事件',
  event_types: '事件种类',
  state_before: '原状态',
  count: '件数',
  jobs: '任务编号',
  key: '密钥',
  nodes_without: '没有这把密钥的节点',
  from: '从',
  to: '到'
}

/** Words for codes that stand in details; what is not here is shown as it is. */
const VALUES: Record<string, string> = {
  payers: '缴款人',
  officers: '员工',
  remittance: '汇款审核',
  counter_undo: '窗口收款撤销',
  line_return: '重复转账退回',
  line_return_change: '退回变更',
  credit: '欠费审批',
  registration: '注册审核',
  profile_change: '企业信息变更',
  qualification: '制造资质审核',
  phone_change: '更换手机号',
  payee_change: '收款账户变更',
  approved: '通过',
  rejected: '驳回',
  cash: '现金',
  pos: '刷卡（POS）',
  booked: '已入账',
  given_back: '已退回',
  nothing_came: '没有收到钱',
  disputed: '与账不符，待处理',
  at_window: '窗口当面退还',
  balanced: '一致',
  differences: '有差异',
  closed: '已日结',
  payment: '付款',
  refund: '退款',
  waiting: '等待',
  delivered: '已送达',
  dead: '已放弃'
}

/** Roles of officers. */
const ROLES: Record<string, string> = {
  fee_clerk: '收费员',
  cashier: '出纳',
  finance_reviewer: '财务复核',
  finance_manager: '财务主管',
  invoice_clerk: '开票员',
  counter_clerk: '窗口人员',
  report_clerk: '报告管理员',
  customer_service: '客服',
  content_operator: '运营',
  integration_operator: '接口管理员',
  registrar: '注册审核员',
  acceptance_officer: '受理员',
  regulator: '区县监管',
  admin: '系统管理员',
  auditor: '审计员'
}

function valueText(name: string, value: unknown): string {
  if (value === null || value === undefined) return '—'
  if (typeof value === 'number' && name.endsWith('_fen')) return `${yuan(value)} 元`
  if (typeof value === 'number' && (name.endsWith('_at') || (['from', 'to'].includes(name) && value > 1e12)))
    return dateTime(value)
  if (typeof value === 'boolean') return value ? '是' : '否'
  if (Array.isArray(value)) return value.map((one) => valueText(name, one)).join('、')
  if (typeof value === 'object')
    return detailLines(value)
      .map((line) => `${line.name} ${line.value}`)
      .join('，')
  const words = name.startsWith('roles') ? ROLES : VALUES
  return words[String(value)] ?? String(value)
}

/** The details of an audit entry as lines for people; amounts and instants by the ends of their names. */
export function detailLines(detail: unknown): { name: string; value: string }[] {
  if (detail === null || detail === undefined || detail === '') return []
  if (typeof detail !== 'object') return [{ name: '说明', value: String(detail) }]
  return Object.entries(detail as Record<string, unknown>)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => ({ name: NAMES[name] ?? name, value: valueText(name, value) }))
}
