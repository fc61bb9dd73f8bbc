import type { CreditRequest } from './money'
import { apiPath, request } from './request'

/** Asks to get the reports before they are paid (S1-49). */
export const requestCredit = (fee_ids: string[], reason: string, proposed_due_on: string) =>
  request<CreditRequest>('POST', apiPath('/credit-requests'), { fee_ids, reason, proposed_due_on })

/** One page of the unit's requests. */
export const fetchCredits = (after: string | null) =>
  request<{ items: CreditRequest[]; next?: string | null }>('GET', apiPath('/credit-requests', { after }))

/** One request with its way through the offices. */
export const fetchCredit = (id: string) => request<CreditRequest>('GET', apiPath(`/credit-requests/${id}`))

/** Takes a request back that nobody has decided yet. */
export const withdrawCredit = (id: string) =>
  request<CreditRequest>('POST', apiPath(`/credit-requests/${id}/withdraw`), {})
