import type { components } from './schema'

type Schemas = components['schemas']

/** Short names for the shapes of the HTTP interface; see `schema.d.ts` for the units. */
export type Session = Schemas['SessionAnswer']
export type Unit = Schemas['UnitAnswer']
export type SignedInDevice = Schemas['Device']
export type SmsCodeSent = Schemas['CodeSent']
export type Total = Schemas['Total']
export type Fee = Schemas['Fee']
export type FeePage = Schemas['FeePage']
export type AllMatching = Schemas['AllMatching']
export type Preview = Schemas['Preview']
export type Group = Schemas['Group']
export type Checkout = Schemas['CheckoutRequest']
export type MadeOrder = Schemas['MadeOrder']
export type Delivery = Schemas['Delivery']
export type OrderState = Schemas['OrderState']
export type OrderSummary = Schemas['OrderSummary']
export type OrderPage = Schemas['OrderPage']
export type Order = Schemas['Order']
export type OrderLine = Schemas['OrderLine']
export type OrderLinePage = Schemas['Page_OrderLine']
export type TimelineEntry = Schemas['TimelineStep']
export type Payment = Schemas['Payment']
export type PaymentParameters = Schemas['PhoneParameters']
export type PaymentState = Schemas['PaymentStateAnswer']
export type NewInvoiceTitle = Schemas['NewInvoiceTitle']
export type InvoiceTitle = Schemas['InvoiceTitle']
export type InvoiceKind = Schemas['InvoiceKind']
export type TitleCheck = Schemas['TitleCheck']

/** A delivery while it is being chosen and filled in. */
export interface DeliveryDraft {
  kind: Delivery['kind']
  office?: string
  recipient?: string
  phone?: string
  address?: string
}

/** The four tabs of the order list (S0-10). */
export type OrderTab = 'pending_payment' | 'paid' | 'completed' | 'void'

export interface Home {
  payable: Total
  orders: Record<OrderTab, number>
  unread_messages: number
  latest_message?: Message
}
export interface Office {
  id: string
  name: string
  address: string
  phone: string
  kind: 'window' | 'station'
}
export interface Report {
  id: string
  report_no: string
  device_name: string
  device_kind: string
  registration_code: string
  factory_serial_no?: string | null
  unit_name: string
  conclusion: string
  issued_on: string
  order_id?: string | null
  downloadable: boolean
  blocked_reason?: string | null
  bytes?: number | null
}
export interface ReportPage {
  items: Report[]
  next?: string | null
  years: number[]
}
export interface DownloadLink {
  url: string
  file_name: string
  content_type: string
  expires_at: number
}
export interface Message {
  id: string
  kind: string
  title: string
  body: string
  link: string
  created_at: number
  read_at?: number | null
}
export interface MessagePage {
  items: Message[]
  next?: string | null
  unread: number
}
