import type { components } from './schema'
import type { AskedOrder, Captcha, FoundOrder, GuestPaymentState } from './money'
import { apiPath, request } from './request'
import type { Payment } from './types'

/** A new question that only people answer: a picture, or words for those who cannot see it well. */
export const fetchCaptcha = (in_words: boolean) =>
  request<Captcha>('POST', apiPath('/captcha', { in_words: in_words || undefined }), {})

/** Finds an unpaid order by payer and number, without a login (S2-38). */
export const findOrder = (question: components['schemas']['FindRequest']) =>
  request<FoundOrder>('POST', apiPath('/guest/orders/find'), question)

/** The order that a colleague asks to be paid (B-09). */
export const fetchAsked = (token: string) => request<AskedOrder>('GET', apiPath(`/asked/${token}`))

/** Starts a guest's payment; the same `key` gives the same attempt. */
export const startGuestPayment = (started: components['schemas']['GuestPaymentRequest']) =>
  request<Payment>('POST', apiPath('/guest/orders/payments'), started)

/** What the server knows about a guest's payment. */
export const fetchGuestPaymentState = (ticket: string, ask: boolean) =>
  request<GuestPaymentState>(
    'GET',
    apiPath('/guest/orders/payment-state', { ticket, ask: ask ? 1 : undefined })
  )
