import { request, staffPath, type Query } from './request'
import type {
  AuditEntry,
  ChannelEvent,
  Fee,
  ImportRun,
  Invoice,
  Message,
  NewFee,
  InvoiceTitle,
  Page,
  Payee,
  PayoutAccount,
  Refund,
  RefundPayee,
  Remittance,
  RemittanceDraft,
  Report,
  Review,
  StaffOrder,
  StaffOrderLine
} from './types'

const list =
  <T>(path: string) =>
  (query: Query) =>
    request<Page<T>>('GET', staffPath(path, query))

/** Reviews of a kind. */
export const fetchReviews = list<Review>('/reviews')
export const fetchReview = (id: string) => request<Review>('GET', staffPath(`/reviews/${id}`))
export const claimReview = (id: string) => request<Review>('POST', staffPath(`/reviews/${id}/claim`), {})
export const releaseReview = (id: string) => request<Review>('POST', staffPath(`/reviews/${id}/release`), {})
/** `terms` is what an approval grants, where the kind knows any. */
export const decideReview = (
  id: string,
  verdict: 'approved' | 'rejected',
  opinion: string,
  terms?: unknown
) => request<Review>('POST', staffPath(`/reviews/${id}/verdict`), { verdict, opinion, terms })

/** Orders over all payers. */
export const fetchOrders = list<StaffOrderLine>('/orders')
export const fetchOrder = (id: string) => request<StaffOrder>('GET', staffPath(`/orders/${id}`))
export const proposeRefund = (id: string, amount_fen: number, reason: string, payee?: RefundPayee) =>
  request<Review>('POST', staffPath(`/orders/${id}/refunds`), { amount_fen, reason, payee })
/** The same key takes the money once, however often it is sent. */
export const receiveAtCounter = (
  id: string,
  payment: { key: string; kind: 'cash' | 'pos'; amount_fen: number; receipt_no?: string; note?: string }
) => request<void>('POST', staffPath(`/orders/${id}/counter-payments`), payment)

/** Asks for a payment at the window to be undone; somebody else confirms. */
export const askCounterUndo = (id: string, reason: string) =>
  request<Review>('POST', staffPath(`/counter-payments/${id}/undo`), { reason })
/** Enters a slip for the payer at the window. */
export const enterSlip = (id: string, slip: RemittanceDraft) =>
  request<Remittance>('POST', staffPath(`/orders/${id}/remittance`), slip)

export const fetchRefunds = list<Refund>('/refunds')
/** Somebody paid it out at the bank, or handed it back at the window where it came. */
export const confirmRefund = (id: string, reference_no: string, at_window: boolean) =>
  request<void>('POST', staffPath(`/refunds/${id}/confirm`), { reference_no, at_window })

/** The account that a refund by bank goes to; the look is written down. */
export const revealPayee = (id: string) =>
  request<PayoutAccount>('POST', staffPath(`/refunds/${id}/payee/reveal`), {})
export const writePayee = (id: string, payee: RefundPayee) =>
  request<void>('PUT', staffPath(`/refunds/${id}/payee`), payee)

/** Who can receive money. */
export const fetchPayees = () => request<{ items: Payee[] }>('GET', staffPath('/payees'))

/** Fees owed. */
export const fetchFees = list<Fee>('/fees')
export const postFee = (fee: NewFee) => request<Fee>('POST', staffPath('/fees'), fee)
export const correctFee = (id: string, amount_fen: number, reason: string) =>
  request<Fee>('POST', staffPath(`/fees/${id}/correct`), { amount_fen, reason })
export const cancelFee = (id: string, reason: string) =>
  request<Fee>('POST', staffPath(`/fees/${id}/cancel`), { reason })

/** Receipts. */
export const fetchInvoices = list<Invoice>('/invoices')
export const retryInvoice = (id: string, title?: InvoiceTitle) =>
  request<Invoice>('POST', staffPath(`/invoices/${id}/retry`), title ? { title } : {})
export const redLetter = (id: string, reason: string) =>
  request<Invoice>('POST', staffPath(`/invoices/${id}/red-letter`), { reason })
export const redLetterAgain = (id: string) =>
  request<Invoice>('POST', staffPath(`/invoices/${id}/red-letter/retry`), {})
/** The issuer does not take it back: it stands, and leaves the desk. */
export const letInvoiceStand = (id: string, reason: string) =>
  request<Invoice>('POST', staffPath(`/invoices/${id}/red-letter/let-stand`), { reason })
export const reissueInvoice = (id: string, title: InvoiceTitle) =>
  request<Invoice>('POST', staffPath(`/invoices/${id}/reissue`), { title })

/** Reports of everybody. */
export const fetchReports = list<Report>('/reports')

/** Messages to payers. */
export const fetchMessages = list<Message>('/messages')
export const resendMessage = (id: string) => request<Message>('POST', staffPath(`/messages/${id}/resend`), {})
export const settleMessage = (id: string, reason: string) =>
  request<Message>('POST', staffPath(`/messages/${id}/settle`), { reason })

/** The wires to the core system and to WeChat. */
export const fetchImports = list<ImportRun>('/imports')
export const importErrors = (id: string) => staffPath(`/imports/${id}/errors`)
export const fetchChannelEvents = list<ChannelEvent>('/channel-events')
export const replayEvent = (id: string) =>
  request<ChannelEvent>('POST', staffPath(`/channel-events/${id}/replay`), {})

/** Who did what. */
export const fetchAudit = list<AuditEntry>('/audit')
