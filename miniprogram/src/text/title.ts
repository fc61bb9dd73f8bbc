import type { NewInvoiceTitle } from '@/api/types'

/** One line that tells a title from the others: the tax number, or that it is a person's. */
export function titleNote(title: NewInvoiceTitle): string {
  return title.kind === 'individual' ? '个人抬头' : `税号 ${title.tax_no ?? '未填写'}`
}
