import type { ReceiptPage, WholeOrder } from './money'
import { apiPath, request } from './request'

/** One page of the unit's receipts of all years or of one. */
export const fetchReceipts = (year: number | null, after: string | null) =>
  request<ReceiptPage>('GET', apiPath('/invoices', { year, after }))

/** Sends an issued receipt to an address. */
export const mailReceipt = (order_id: string, email: string) =>
  request<WholeOrder>('POST', apiPath(`/orders/${order_id}/invoice/email`), { email })
