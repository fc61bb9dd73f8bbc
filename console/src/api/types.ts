/** What `/staff/v1` says. Amounts are fen, instants epoch milliseconds UTC (`*_at`), days Beijing days (`*_on`). */
import type { components } from './schema'

type Schemas = components['schemas']

/** One page of a list; absent `next` means it was the last. */
export interface Page<T> {
  items: T[]
  next?: string | null
}

// — who —

export type RoleText = Schemas['RoleAnswer']
export type DemoLogin = Schemas['DemoOfficer']
export type StaffSession = Schemas['StaffSession']
export type Enrolment = Schemas['Enrolment']
export type SignedInDevice = Schemas['StaffSessionLine']
export type StaffAccount = Schemas['StaffAnswer']
export type RoleFacts = Schemas['RoleLine']

// — worklist, reviews, search, dashboard —

export type Desk = Schemas['DeskAnswer']
export type Task = Schemas['Task']
export type ReviewState = Schemas['ReviewState']

/** A case of the review engine; `subject` depends on its kind and is there only for one review. */
export type Review = Omit<Schemas['Review'], 'subject'> & { subject: ReviewSubject | null }

/** What a case is about; which parts are there depends on its kind. */
export interface ReviewSubject {
  order?: SubjectOrder | null
  order_id?: string | null
  remittance?: Remittance | null
  matches?: LineMatch[] | null
  refund?: Refund | null
  [other: string]: unknown
}

/** The order of a remittance under review. */
export interface SubjectOrder {
  id: string
  order_no: string
  unit_name: string
  count: number
  amount_fen: number
  received_fen: number
  state: string
  state_text: string
  created_at: number
}

/** A line of the bank that may be the remittance. */
export interface LineMatch {
  transaction: BankTransaction
  score: number
  reasons: string[]
}

export interface SearchGroup {
  kind: string
  title: string
  items: { id: string; title: string; subtitle: string; state_text?: string | null; link: string }[]
}

export interface Dashboard {
  payments_by_day: {
    on: string
    online_fen: number
    transfer_fen: number
    remitted_fen: number
    counter_fen: number
    count: number
  }[]
  review_hours: { median: number; p95: number; count: number }
  open_differences: number
  messages: { sent: number; delivered: number; failed: number }
  payable: { count: number; amount_fen: number }
  overdue_reviews: number
}

// — orders —

/** A line of the list of orders. */
export type StaffOrderLine = Schemas['OrderSummary'] & { refunded_fen: number; payee_name: string }

/** An order with all that happened to its money. */
export type StaffOrder = Schemas['Order'] & {
  unit_id: string
  applicant_phone_masked?: string | null
  refunded_fen: number
  attempts: Attempt[]
  refunds: Refund[]
  invoices: Invoice[]
  audit: AuditEntry[]
  claims?: Claim[]
  counter_payments?: CounterPayment[]
  staff_can: { refund: boolean; receive: boolean }
}

export interface Attempt {
  id: string
  channel: string
  out_trade_no: string
  transaction_id?: string | null
  amount_fen: number
  state: string
  state_text: string
  failure?: string | null
  created_at: number
  paid_at?: number | null
}

export interface Refund {
  id: string
  order_id: string
  order_no: string
  unit_name: string
  amount_fen: number
  reason: string
  state: string
  state_text: string
  /** `wechat` or `bank`. */
  channel: string
  out_refund_no: string
  refund_id?: string | null
  bank_reference?: string | null
  proposed_by?: string | null
  /** Somebody has to pay it out by hand and write it down. */
  needs_person: boolean
  created_at: number
  succeeded_at?: number | null
}

export type Remittance = Schemas['Remittance']
export type Upload = Schemas['Upload']

export type CounterPayment = Schemas['CounterPayment']

// — fees, invoices, reports, messages, imports —

export interface Fee {
  id: string
  state: string
  state_text: string
  order_id?: string | null
  report_no: string
  unit_name: string
  applicant_phone_masked?: string | null
  device_name: string
  device_kind: string
  registration_code: string
  factory_serial_no?: string | null
  amount_fen: number
  receipt_class: string
  payee_name: string
  posted_at: number
  paid_at?: number | null
  can: { correct: boolean; cancel: boolean; reason_not?: string | null }
}

export interface NewFee {
  report_no: string
  unit_uscc?: string
  payee_id: string
  amount_fen: number
  reason: string
}

export type NewInvoiceTitle = Schemas['NewInvoiceTitle']

/** A receipt with its order. */
export type Invoice = Schemas['InvoiceView'] & {
  id: string
  order_id: string
  order_no: string
  unit_name: string
  receipt_class: string
  amount_fen: number
  requested_at: number
  red_letters: RedLetter[]
  can: { retry: boolean; red_letter: boolean; reissue: boolean }
}

export interface RedLetter {
  invoice_number: string
  amount_fen: number
  reason: string
  state: string
  state_text: string
  red_number?: string | null
  failure?: string | null
  requested_at: number
  done_at?: number | null
}

export interface Report {
  id: string
  report_no: string
  unit_name: string
  device_name: string
  device_kind: string
  registration_code: string
  conclusion?: string | null
  issued_on: string
  has_file: boolean
  order_id?: string | null
  released_at?: number | null
  state_text: string
}

export interface Message {
  id: string
  kind: string
  title: string
  body: string
  account_name: string
  account_masked: string
  state: string
  state_text: string
  created_at: number
  read_at?: number | null
  deliveries: {
    channel: string
    channel_text: string
    state: string
    failure?: string | null
    updated_at: number
  }[]
  can_resend: boolean
}

export interface ImportRun {
  id: string
  source: string
  state: string
  state_text: string
  rows: { total: number; new: number; changed: number; unchanged: number; rejected: number }
  has_error_file: boolean
  started_at: number
  finished_at?: number | null
}

export interface ChannelEvent {
  id: string
  kind: string
  kind_text: string
  envelope_id: string
  out_trade_no?: string | null
  state: string
  state_text: string
  note?: string | null
  seen_count: number
  received_at: number
  applied_at?: number | null
}

// — bank —

export type Mapping = Schemas['Mapping']

export type SavedMapping = Schemas['SavedMapping']

export type BankStatement = Schemas['Statement']

export type Proposal = Schemas['Proposal']

export type Claim = Schemas['Claim']

export type BankTransaction = Schemas['BankTransaction']

// — reconciliation, audit, settings —

export type Dispute = Schemas['Dispute']

export type ReconciliationDay = Schemas['Day']

export type Difference = Schemas['Difference']

export type AuditEntry = Omit<Schemas['AuditEntry'], 'detail'> & { detail: unknown }

export interface Payee {
  id: string
  code: string
  name: string
  account_name: string
  bank_name: string
  account_no: string
  receipt_class: string
  receipt_class_text: string
}

export interface CalendarDay {
  on: string
  is_working_day: boolean
  /** Set in the console rather than in the configuration. */
  set_here: boolean
  note?: string | null
}

export interface Settings {
  payees: Payee[]
  calendar: CalendarDay[]
  /** What the configuration file says; never a secret. */
  file: { title: string; key: string; value: string }[]
}
