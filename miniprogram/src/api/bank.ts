import type { Ask, RemittanceDraft, WholeOrder } from './money'
import { apiPath, request } from './request'
import type { PaymentMethod, Preview } from './types'

/** Has a new payment notice made after the old one ran out or failed. */
export const renewNotice = (order_id: string) =>
  request<WholeOrder>('POST', apiPath(`/orders/${order_id}/payment-notice/renew`), {})

/** Keeps what was typed about a remittance so far. */
export const saveRemittance = (order_id: string, draft: RemittanceDraft, proof_ids: string[]) =>
  request<WholeOrder>('PUT', apiPath(`/orders/${order_id}/remittance`), { ...draft, proof_ids })

/** Hands the remittance in for review (S0-40). */
export const submitRemittance = (order_id: string) =>
  request<WholeOrder>('POST', apiPath(`/orders/${order_id}/remittance/submit`), {})

/** Takes it back to correct it, as long as nobody has decided on it. */
export const withdrawRemittance = (order_id: string) =>
  request<WholeOrder>('POST', apiPath(`/orders/${order_id}/remittance/withdraw`), {})

/** The fees of a rejected order, to pay for them again (S0-44). */
export const startAgain = (order_id: string) =>
  request<Preview>('POST', apiPath(`/orders/${order_id}/again`), {})

/** Pays in another way as long as no money has come. */
export const switchMethod = (order_id: string, method: PaymentMethod) =>
  request<WholeOrder>('POST', apiPath(`/orders/${order_id}/method`), { method })

/** A link by which a colleague can pay (B-09). */
export const askColleague = (order_id: string) => request<Ask>('POST', apiPath(`/orders/${order_id}/ask`), {})

/** Takes back every link that was given for this order. */
export const revokeAsks = (order_id: string) => request<void>('DELETE', apiPath(`/orders/${order_id}/ask`))
