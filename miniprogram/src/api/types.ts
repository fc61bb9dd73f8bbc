import type { components } from './schema'

type Schemas = components['schemas']

/** Short names for the shapes of the HTTP interface; see `schema.d.ts` for the units. */
export type Session = Schemas['SessionAnswer']
export type Unit = Schemas['UnitAnswer']
export type SignedInDevice = Schemas['Device']
export type SmsCodeSent = Schemas['CodeSent']
export type Home = Schemas['Home']
export type Total = Schemas['Total']
export type Fee = Schemas['Fee']
export type FeePage = Schemas['FeePage']
export type AllMatching = Schemas['AllMatching']
export type Preview = Schemas['Preview']
export type Group = Schemas['Group']
export type Checkout = Schemas['CheckoutRequest']
export type MadeOrder = Schemas['MadeOrder']
export type Delivery = Schemas['Delivery']
export type Office = Schemas['Office']
export type OrderState = Schemas['OrderState']
export type OrderSummary = Schemas['OrderSummary']
export type OrderPage = Schemas['OrderPage']
export type Order = Schemas['Order']
export type OrderLine = Schemas['OrderLine']
export type OrderLinePage = Schemas['Page_OrderLine']
export type Payment = Schemas['Payment']
export type PaymentParameters = Schemas['PhoneParameters']
export type PaymentMethod = Schemas['PaymentMethod']
export type PaymentState = Schemas['PaymentStateAnswer']
export type NewInvoiceTitle = Schemas['NewInvoiceTitle']
export type InvoiceTitle = Schemas['InvoiceTitle']
export type InvoiceKind = Schemas['InvoiceKind']
export type TitleCheck = Schemas['TitleCheck']
export type Report = Schemas['Report']
export type ReportPage = Schemas['ReportPage']
export type DownloadLink = Schemas['DownloadLink']
export type Message = Schemas['Message']
export type MessagePage = Schemas['MessagePage']
export type MessageSettings = Schemas['MessageSettings']

/**
 * The title an order is to carry. Without an id it is the unit itself, which the server takes when no
 * title is named and none was saved before.
 */
export type TitleChoice = NewInvoiceTitle & { id?: string | null }

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
