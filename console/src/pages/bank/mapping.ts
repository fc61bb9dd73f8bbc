import type { Mapping } from '@/api/types'

export type FieldName = Exclude<keyof Mapping, 'header_row' | 'date_format' | 'remark_more'>
export type Chosen = Record<string, FieldName | ''>

/** What a column of a bank statement can be. */
export const FIELDS: { name: FieldName; text: string; needed?: boolean }[] = [
  { name: 'booked_on', text: '入账日期', needed: true },
  { name: 'credit', text: '收入金额' },
  { name: 'debit', text: '支出金额' },
  { name: 'amount', text: '金额（收支同列）' },
  { name: 'direction', text: '收支标志' },
  { name: 'payer_name', text: '对方户名', needed: true },
  { name: 'payer_account', text: '对方账号' },
  { name: 'remark', text: '摘要、附言（可多列）', needed: true },
  { name: 'serial_no', text: '流水号' },
  { name: 'balance', text: '余额' },
  { name: 'own_account', text: '本方账号' }
]

/** How a date may be written. */
export const DATE_FORMATS: { value: Mapping['date_format']; text: string }[] = [
  { value: 'ymd', text: '年 月 日（2026-11-22、20261122）' },
  { value: 'mdy', text: '月 日 年（11/22/2026）' },
  { value: 'dmy', text: '日 月 年（22/11/2026）' }
]

/** Which field the guess gives to a column. */
export function fieldOf(guess: Mapping, column: string): FieldName | '' {
  if (guess.remark_more?.includes(column)) return 'remark'
  return FIELDS.find((field) => guess[field.name] === column)?.name ?? ''
}

/** The needed fields that no column has, in words. The amount may be one column, or income and expense apart. */
export function missingFields(chosen: Chosen): string[] {
  const has = new Set(Object.values(chosen))
  const missing = FIELDS.filter((field) => field.needed && !has.has(field.name)).map((field) => field.text)
  if (!has.has('amount') && !has.has('credit')) missing.push('金额')
  return missing
}

/** The choice as the server wants it. Several columns may be the remark; any other field keeps its first column. */
export function mappingOf(chosen: Chosen, header_row: number, date_format: Mapping['date_format']): Mapping {
  const columns: Partial<Record<FieldName, string>> = {}
  const remark_more: string[] = []
  for (const [column, field] of Object.entries(chosen)) {
    if (!field) continue
    if (columns[field] === undefined) columns[field] = column
    else if (field === 'remark') remark_more.push(column)
  }
  return { booked_on: '', payer_name: '', remark: '', ...columns, remark_more, header_row, date_format }
}
