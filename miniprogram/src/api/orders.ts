import { apiPath, request } from './request'
import type { WholeOrder } from './money'
import type { NewInvoiceTitle, OrderLinePage, OrderPage, OrderTab, Payment, PaymentState } from './types'

/** One page of the orders below a tab, filtered by year and search text. */
export const fetchOrders = (tab: OrderTab, year: number | null, q: string, after: string | null) =>
  request<OrderPage>('GET', apiPath('/orders', { tab, year, q, after, limit: 20 }))

/** One order whole. */
export const fetchOrder = (id: string) => request<WholeOrder>('GET', apiPath(`/orders/${id}`))

/** More lines of a long order. */
export const fetchOrderLines = (id: string, after: string) =>
  request<OrderLinePage>('GET', apiPath(`/orders/${id}/lines`, { after }))

/** Voids an unpaid order; its reports become payable again (S0-33). */
export const voidOrder = (id: string) => request<WholeOrder>('POST', apiPath(`/orders/${id}/void`), {})

/** Starts a payment attempt; the same `key` gives the same attempt. */
export const startPayment = (id: string, key: string, channel: Payment['channel']) =>
  request<Payment>('POST', apiPath(`/orders/${id}/payments`), { key, channel })

/** What the server knows about the money; with `ask` it may ask WeChat first. */
export const fetchPaymentState = (id: string, ask: boolean) =>
  request<PaymentState>('GET', apiPath(`/orders/${id}/payment-state`, { ask: ask ? 1 : undefined }))

/** Applies for the invoice again, with a corrected title where the first was refused. */
export const retryInvoice = (id: string, title?: NewInvoiceTitle) =>
  request<WholeOrder>('POST', apiPath(`/orders/${id}/invoice/retry`), { title })
