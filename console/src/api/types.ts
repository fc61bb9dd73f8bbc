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

export interface ReviewSubject {
  order?: OrderFacts | null
  remittance?: Remittance | null
  matches?: Proposal[] | null
  refund?: Refund | null
  [other: string]: unknown
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

export interface OrderFacts {
  id: string
  order_no: string
  state: string
  state_text: string
  method: string
  method_text?: string
  unit_name: string
  amount_fen: number
  received_fen?: number
  missing_fen?: number
  count: number
  created_at: number
  paid_at?: number | null
  expires_at?: number | null
}

export interface StaffOrder extends OrderFacts {
  amount_capitals?: string
  payee?: { name: string; account_no?: string; bank_name?: string } | null
  void_reason?: string | null
  lines: OrderLine[]
  lines_next?: string | null
  timeline: TimelineStep[]
  attempts: Attempt[]
  claims: Claim[]
  refunds: Refund[]
  notice?: PaymentNotice | null
  remittance?: Remittance | null
  invoices: Invoice[]
  audit: AuditEntry[]
}

export interface OrderLine {
  fee_id: string
  report_id: string
  report_no: string
  device_name: string
  registration_code: string
  amount_fen: number
}

export interface TimelineStep {
  at: number
  text: string
  by?: string | null
}

export interface Attempt {
  id: string
  channel: string
  channel_text?: string
  state: string
  state_text?: string
  out_trade_no: string
  transaction_id?: string | null
  amount_fen: number
  created_at: number
  paid_at?: number | null
}

export interface Claim {
  id: string
  order_id?: string
  order_no?: string
  transaction_id?: string
  amount_fen: number
  claimed_at: number
  claimed_by: string
}

export interface Refund {
  id: string
  refund_no?: string
  order_id: string
  order_no?: string
  unit_name?: string
  amount_fen: number
  reason: string
  state: string
  state_text: string
  requested_by?: string | null
  requested_at: number
  finished_at?: number | null
  review_id?: string | null
}

export interface PaymentNotice {
  id: string
  notice_no: string
  payment_code?: string | null
  state: string
  state_text: string
  payee_name: string
  account_no: string
  bank_name: string
  amount_fen: number
  issued_at?: number | null
  expires_at?: number | null
  failure?: string | null
}

export interface Upload {
  id: string
  file_name: string
  content_type: string
  bytes: number
  state: string
  preview_url?: string | null
  url?: string | null
}

export interface Remittance {
  id: string
  state: string
  state_text: string
  payer_name: string
  payer_account?: string | null
  payer_bank?: string | null
  remitted_on: string
  amount_fen: number
  serial_no?: string | null
  reference_no?: string | null
  note?: string | null
  proofs: Upload[]
  submitted_at?: number | null
  due_at?: number | null
  opinion?: string | null
  decided_at?: number | null
}

// — fees, invoices, reports, messages, imports —

export interface Fee {
  id: string
  unit_name: string
  unit_uscc?: string
  report_no: string
  device_name: string
  registration_code?: string
  amount_fen: number
  receipt_class: string
  receipt_class_text?: string
  state: string
  state_text: string
  order_id?: string | null
  order_no?: string | null
  posted_at: number
  reason?: string | null
}

export interface NewFee {
  unit_uscc: string
  unit_name: string
  report_no: string
  device_name: string
  registration_code: string
  amount_fen: number
  receipt_class: string
  applicant_phone: string
  reason: string
}

export interface Invoice {
  id: string
  order_id: string
  order_no?: string
  unit_name?: string
  kind: string
  kind_text?: string
  title: string
  tax_no?: string | null
  invoice_no?: string | null
  amount_fen: number
  state: string
  state_text: string
  failure?: string | null
  requested_at: number
  issued_at?: number | null
  url?: string | null
}

export interface Report {
  id: string
  report_no: string
  unit_name: string
  device_name: string
  registration_code?: string
  issued_on?: string | null
  state: string
  state_text: string
  released: boolean
  delivery_text?: string | null
}

export interface Voucher {
  id: string
  voucher_no: string
  code: string
  state: string
  state_text: string
  unit_name: string
  created_at: number
  handed_over_at?: number | null
  received_by?: string | null
  reports: { id: string; report_no: string; device_name: string }[]
}

export interface Message {
  id: string
  kind: string
  title: string
  recipient: string
  channel_text: string
  state: string
  state_text: string
  failure?: string | null
  tries: number
  created_at: number
  sent_at?: number | null
  link?: string | null
}

export interface ImportRun {
  id: string
  source: string
  file_name?: string | null
  state: string
  state_text: string
  rows: number
  accepted: number
  rejected: number
  created_at: number
  finished_at?: number | null
  by?: string | null
}

export interface ImportDetail extends ImportRun {
  errors: { row: number; message: string }[]
}

export interface WebhookDelivery {
  id: string
  event: string
  url: string
  state: string
  state_text: string
  tries: number
  status?: number | null
  created_at: number
  next_at?: number | null
  failure?: string | null
}

export interface ChannelEvent {
  id: string
  kind: string
  state: string
  state_text: string
  reference?: string | null
  received_at: number
  applied_at?: number | null
  failure?: string | null
}

// — bank —

export interface Mapping {
  header_row: number
  booked_on: string
  amount?: string | null
  credit?: string | null
  debit?: string | null
  payer_name: string
  payer_account?: string | null
  remark: string
  serial_no?: string | null
  balance?: string | null
  date_format: string
}

export interface SavedMapping {
  id: string
  name: string
  mapping: Mapping
}

export interface BankStatement {
  id: string
  file_name?: string
  state: string
  state_text?: string
  rows: number
  new: number
  duplicates: number
  rejected: number
  created_at?: number
  uploaded_by?: string | null
  needs_mapping?: { columns: string[]; sample: string[][]; guess: Mapping } | null
}

export interface Proposal {
  order_id: string
  order_no: string
  unit_name: string
  amount_fen: number
  missing_fen: number
  score: number
  reasons: string[]
}

export interface BankTransaction {
  id: string
  booked_on: string
  amount_fen: number
  rest_fen: number
  payer_name: string
  payer_account_masked?: string | null
  remark: string
  serial_no?: string | null
  state: string
  state_text: string
  proposals?: Proposal[] | null
  claims?: Claim[] | null
}

// — reconciliation, audit, settings —

export interface ReconciliationDay {
  on: string
  state: 'none' | 'open' | 'differences' | 'closed'
  channel_fen: number
  books_fen: number
  differences: number
}

export interface DayDetail {
  on: string
  state: ReconciliationDay['state']
  sums: Record<string, number>
  differences: Difference[]
}

export interface Difference {
  id: string
  on: string
  kind: string
  kind_text: string
  reference: string
  channel_fen?: number | null
  books_fen?: number | null
  proposal: { code: string; text: string }
  state: 'open' | 'settled'
  settled_by?: string | null
  settled_at?: number | null
  note?: string | null
  link?: string | null
}

export type AuditEntry = Omit<Schemas['AuditEntry'], 'detail'> & { detail: unknown }

export interface Payee {
  id: string
  name: string
  receipt_class: string
  receipt_class_text?: string
  account_name: string
  account_no: string
  bank_name: string
}

export interface CalendarDay {
  on: string
  kind: 'workday' | 'holiday'
  name: string
}

export interface MessageTemplate {
  code: string
  title: string
  text: string
}

export interface Settings {
  payees: Payee[]
  calendar: CalendarDay[]
  templates: MessageTemplate[]
  receipt_classes: { code: string; text: string; methods: string[] }[]
}
