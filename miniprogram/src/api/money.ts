import type { Delivery, Fee, InvoiceTitle, Order, OrderSummary, Payment } from './types'

/** A file that a person sends, as far as it has arrived. */
export interface Upload {
  id: string
  purpose: string
  file_name: string
  content_type: string
  bytes: number
  received_bytes: number
  state: 'receiving' | 'ready' | 'refused'
  refusal?: string | null
  preview_url?: string | null
  url?: string | null
}

/** What unit finance needs for a transfer: to whom, where, how much, under which code (S0-34, S0-35). */
export interface PaymentNotice {
  id: string
  notice_no: string
  payment_code?: string | null
  state: 'requested' | 'issued' | 'failed' | 'expired' | 'cancelled' | 'paid'
  state_text: string
  payee_name: string
  account_name: string
  account_no: string
  bank_name: string
  amount_fen: number
  issued_at?: number | null
  expires_at?: number | null
  failure?: string | null
  remark_rule: string
  can_renew?: boolean
}

/** What the payer says about money already sent, equal to the bank slip (S0-36). */
export interface RemittanceDraft {
  payer_name: string
  payer_account?: string | null
  payer_bank?: string | null
  remitted_on: string
  amount_fen: number
  serial_no?: string | null
  reference_no?: string | null
  note?: string | null
}

/** A remittance with its proofs and its review (S0-37…43). */
export interface Remittance extends RemittanceDraft {
  id: string
  state: 'draft' | 'submitted' | 'approved' | 'rejected'
  state_text: string
  proofs: Upload[]
  submitted_at?: number | null
  due_at?: number | null
  working_days_left?: number | null
  opinion?: string | null
  decided_at?: number | null
  warnings?: string[]
}

/** What an order says about money that comes by the bank. */
export interface BankSide {
  received_fen?: number
  missing_fen?: number
  payment_notice?: PaymentNotice | null
  remittance?: Remittance | null
}

/** Where a posted parcel is. */
export interface Tracking {
  carrier?: string | null
  tracking_no?: string | null
}

/** An order with what the bank's side and the post add to it. */
export type WholeOrder = Order & BankSide & { delivery: Delivery & Tracking }

/** An order as somebody sees it who is not of the unit: masked (S2-38, B-09). */
export interface GuestOrder {
  order_no: string
  unit_name_masked: string
  payee_name: string
  amount_fen: number
  count: number
  state: OrderSummary['state']
  state_text: string
  expires_at?: number | null
  asked_by_masked?: string | null
  payment_notice?: PaymentNotice | null
  ticket: string
}

/** A question that only people answer, as a picture and in words. */
export interface Captcha {
  captcha_id: string
  image_svg: string
  question_text: string
}

/** How a guest's payment stands. */
export interface GuestPaymentState {
  state: 'unpaid' | 'confirming' | 'paid' | 'refunding' | 'void'
  message: string
  order: Omit<GuestOrder, 'ticket'>
}

/** A link by which a colleague can pay (B-09). */
export interface Ask {
  url: string
  path: string
  title: string
  expires_at: number
}

/** The amount of a fee explained (B-08). */
export interface PriceBasis {
  rule: string
  items?: { text: string; amount_fen: number }[]
  legal_basis?: string | null
}

/** A fee that may say why it costs what it costs. */
export type PricedFee = Fee & { price_basis?: PriceBasis | null }

/** One receipt in the list of all years. */
export interface Receipt {
  id?: string
  order_id: string
  order_no: string
  amount_fen: number
  kind: string
  kind_text: string
  state: Order['invoice']['state']
  state_text: string
  title: Omit<InvoiceTitle, 'id' | 'is_default'>
  failure?: string | null
  invoice_number?: string | null
  issued_at?: number | null
}

/** One page of receipts. */
export interface ReceiptPage {
  items: Receipt[]
  next?: string | null
  years: number[]
}

/** A page of a report as a picture (B-25). */
export interface ReportImage {
  number: number
  url: string
  width: number
  height: number
}

/** A link to a report for somebody else (B-27). */
export interface ReportShare {
  url: string
  expires_at: number
}

/** A paper to show at the counter for printed reports (S1-52). */
export interface Voucher {
  id: string
  voucher_no: string
  code: string
  state: string
  state_text?: string
  created_at: number
  reports: { id: string; report_no: string; device_name: string }[]
}

/** 欠费申请 with its way through the offices (S1-55). */
export interface CreditRequest {
  id: string
  request_no?: string
  state: string
  state_text: string
  amount_fen: number
  count: number
  reason: string
  proposed_due_on: string
  due_on?: string | null
  opinion?: string | null
  created_at: number
  flow?: { at: number; title: string; detail?: string | null; by?: string | null }[]
}

/** A guest's payment parameters are the payer's. */
export type GuestPayment = Payment
