import type { NewInvoiceTitle, TitleChoice } from '@/api/types'

/** One line that tells a title from the others: the tax number, or that it is a person's. */
export function titleNote(title: NewInvoiceTitle): string {
  return title.kind === 'individual' ? '个人抬头' : `税号 ${title.tax_no ?? '未填写'}`
}

/** The name of a chosen title; the unit itself, taken because nothing was saved yet, is marked. */
export function titleName(title: TitleChoice): string {
  return title.id ? title.name : `${title.name}（本单位）`
}
