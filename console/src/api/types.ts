/** What `/staff/v1` says. Amounts are fen, instants epoch milliseconds UTC (`*_at`), days Beijing days (`*_on`). */
import type { components } from './schema'

type Schemas = components['schemas']

/** One page of a list; absent `next` means it was the last. */
export interface Page<T> {
  items: T[]
  next?: string | null
}

// — who —

export type DemoLogin = Schemas['DemoOfficer']
export type StaffSession = Schemas['StaffSession']
export type Enrolment = Schemas['Enrolment']
export type SignedInDevice = Schemas['StaffSessionLine']
export type StaffAccount = Schemas['StaffAnswer']
export type AddedStaff = Schemas['AddedStaff']
export type ResetStaff = Schemas['ResetStaff']
export type RoleFacts = Schemas['RoleLine']

// — worklist, reviews, search, dashboard —

export type Desk = Schemas['DeskAnswer']
export type Task = Schemas['Task']
export type ReviewState = Schemas['ReviewState']

/** A case of the review engine; `subject` depends on its kind and is there only for one review. */
export type Review = Omit<Schemas['Review'], 'subject'> & { subject: ReviewSubject | null }

/** What a case is about; which parts are there depends on its kind. The interface describes it as any JSON. */
export interface ReviewSubject {
  order?: SubjectOrder | null
  order_id?: string | null
  remittance?: Remittance | null
  matches?: LineMatch[] | null
  /** The line that is claimed with the approval of a remittance, and so proves it. */
  proving_transaction_id?: string | null
  counter_payment?: CounterPayment | null
  /** The line of the bank whose money goes back. */
  transaction?: BankTransaction | null
  refund?: Refund | null
  /** What is wanted of a return that was decided. */
  return_change?: Schemas['LineReturnChange'] | null
  credit?: CreditFacts | null
  payee_before?: Schemas['PayeeFacts'] | null
  payee_after?: Schemas['PayeeFacts'] | null
  registration?: Schemas['Registration'] | null
  known_unit?: Schemas['KnownUnit'] | null
  warnings?: string[] | null
  change?: {
    name: string
    uscc: string
    legal_rep: string
    address: string
    reason: string
    papers: Upload[]
  } | null
  before?: {
    name: string
    uscc?: string | null
    legal_rep?: string | null
    address?: string | null
    from_core: boolean
  } | null
  qualification?: Schemas['Qualification'] | null
  phone_change?: {
    old_phone_masked?: string | null
    new_phone_masked: string
    note?: string | null
    account_id?: string | null
    account_name?: string | null
    asked_from_new_phone: boolean
    units: string[]
    papers: Upload[]
  } | null
  unit_name?: string | null
  fees?: { report_no: string; device_name: string; amount_fen: number }[] | null
}

/** What a request for credit is about. */
export interface CreditFacts {
  id: string
  request_no: string
  unit_id: string
  unit_name: string
  amount_fen: number
  count: number
  reason: string
  proposed_due_on: string
  due_on?: string | null
  state: string
  arrears_fen: number
  overdue_fen: number
  limit_fen: number
  created_at: number
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

export type SearchGroup = Schemas['FoundGroup']
export type Dashboard = Schemas['Dashboard']

// — orders —

/** A line of the list of orders. */
export type StaffOrderLine = Schemas['StaffOrderLine']
/** An order with all that happened to its money. */
export type StaffOrder = Schemas['StaffOrder']
export type Refund = Schemas['Refund']
export type RefundPayee = Schemas['RefundPayee']
export type PayoutAccount = Schemas['PayoutAccount']
export type ReturnChange = Schemas['LineReturnChangeKind']
export type RemittanceDraft = Schemas['RemittanceDraft']
export type Remittance = Schemas['Remittance']
export type Upload = Schemas['Upload']
export type CounterPayment = Schemas['CounterPayment']

// — fees, invoices, reports, messages, imports —

export type Fee = Schemas['StaffFee']
export type NewFee = Schemas['NewFee']
/** A receipt with its order. */
export type Invoice = Schemas['StaffInvoice']
export type InvoiceTitle = Schemas['StaffTitle']
export type Report = Schemas['StaffReport']
export type Message = Schemas['StaffMessage']
export type ImportRun = Schemas['StaffImport']
export type ChannelEvent = Schemas['ChannelEvent']

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
export type Payee = Schemas['PayeeLine']
export type CalendarDay = Schemas['CalendarDay']
export type Settings = Schemas['Settings']

// — webhooks —

export type WebhookEndpoint = Schemas['WebhookEndpoint']
export type EndpointWish = Schemas['EndpointRequest']
export type EndpointWithSecret = Schemas['EndpointWithSecret']
export type EventType = Schemas['EventType']
export type WebhookDelivery = Schemas['WebhookDelivery']
export type WebhookDeliveryDetail = Omit<Schemas['WebhookDeliveryDetail'], 'body'> & { body: unknown }

// — credit —

export type Arrears = Schemas['Arrears']
export type CreditLimit = Schemas['CreditLimit']

// — reports on paper —

export type StaffShare = Schemas['StaffShare']
export type StaffVoucher = Schemas['StaffVoucher']
export type Posting = Schemas['StaffPosting']

// — messages and talks —

export type MessageKinds = Schemas['MessageKinds']
export type Conversation = Schemas['Conversation']
export type Said = Schemas['Said']
export type CannedAnswer = Schemas['CannedAnswer']

// — the service account —

export type MenuContent = Schemas['MenuContent']
export type MenuButton = Schemas['MenuButton']
export type MenuEntry = Schemas['MenuEntry']
export type MenuOffice = Schemas['MenuOffice']
export type AccountVersion = Schemas['AccountVersion']
export type AgreementVersion = Schemas['AgreementVersion']
export type StaffAgreement = Schemas['StaffAgreement']
export type StaffAgreements = Schemas['StaffAgreements']
export type RepliesContent = Schemas['RepliesContent']
export type RepliesOffice = Schemas['RepliesOffice']
export type SceneCode = Schemas['SceneCode']
export type SceneKind = Schemas['SceneKind']
export type Followers = Schemas['Followers']

// — offices —

export type Office = Schemas['Office']
export type Offices = Schemas['Offices']
export type OfficeFacts = Required<Schemas['OfficeFacts']>
