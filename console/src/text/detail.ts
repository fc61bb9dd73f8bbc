import { yuan } from './money'
import { dateTime } from './time'

/** Words for the names that details of the audit trail use. */
const NAMES: Record<string, string> = {
  amount_fen: '金额',
  before_fen: '原金额',
  after_fen: '新金额',
  old_amount_fen: '原金额',
  new_amount_fen: '新金额',
  from_fen: '原金额',
  to_fen: '新金额',
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
  title: '抬头',
  file_name: '文件',
  received_by: '领取人',
  unit_name: '单位',
  filter: '条件',
  client: '设备',
  address: '网络地址'
}

function valueText(name: string, value: unknown): string {
  if (value === null || value === undefined) return '—'
  if (typeof value === 'number' && name.endsWith('_fen')) return `${yuan(value)} 元`
  if (typeof value === 'number' && name.endsWith('_at')) return dateTime(value)
  if (typeof value === 'boolean') return value ? '是' : '否'
  if (Array.isArray(value)) return value.map((one) => valueText('', one)).join('、')
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}

/** The details of an audit entry as lines for people; amounts and instants by the ends of their names. */
export function detailLines(detail: unknown): { name: string; value: string }[] {
  if (detail === null || detail === undefined || detail === '') return []
  if (typeof detail !== 'object') return [{ name: '说明', value: String(detail) }]
  return Object.entries(detail as Record<string, unknown>)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => ({ name: NAMES[name] ?? name, value: valueText(name, value) }))
}
