import type { Mapping } from '@/api/types'

export type FieldName = Exclude<keyof Mapping, 'header_row' | 'date_format'>

/** What a column of a bank statement can be. */
export const FIELDS: { name: FieldName; text: string; needed?: boolean }[] = [
  { name: 'booked_on', text: '入账日期', needed: true },
  { name: 'amount', text: '金额（正收负支）' },
  { name: 'credit', text: '收入金额' },
  { name: 'debit', text: '支出金额' },
  { name: 'payer_name', text: '对方户名', needed: true },
  { name: 'payer_account', text: '对方账号' },
  { name: 'remark', text: '摘要/附言', needed: true },
  { name: 'serial_no', text: '流水号' },
  { name: 'balance', text: '余额' }
]

/** Which field the guess gives to a column. */
export function fieldOf(guess: Mapping, column: string): FieldName | '' {
  return FIELDS.find((field) => guess[field.name] === column)?.name ?? ''
}

/** The needed fields that no column has, in words. The amount may be one column, or income and expense apart. */
export function missingFields(chosen: Record<string, FieldName | ''>): string[] {
  const has = new Set(Object.values(chosen))
  const missing = FIELDS.filter((field) => field.needed && !has.has(field.name)).map((field) => field.text)
  if (!has.has('amount') && !has.has('credit')) missing.push('金额')
  return missing
}

/** The choice as the server wants it; a field chosen twice keeps the first column. */
export function mappingOf(
  chosen: Record<string, FieldName | ''>,
  header_row: number,
  date_format: string
): Mapping {
  const columns: Partial<Record<FieldName, string>> = {}
  for (const [column, field] of Object.entries(chosen)) {
    if (field && columns[field] === undefined) columns[field] = column
  }
  return { booked_on: '', payer_name: '', remark: '', ...columns, header_row, date_format }
}
