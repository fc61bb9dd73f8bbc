import type { components } from './schema'
import type { Order } from './types'

type Schemas = components['schemas']

/** A file that a person sends, as far as it has arrived. */
export type Upload = Schemas['Upload']

/** What unit finance needs for a transfer: to whom, where, how much, under which code (S0-34, S0-35). */
export type PaymentNotice = Schemas['PaymentNotice']

/** What the payer says about money already sent, equal to the bank slip (S0-36); half of it is kept too. */
export type RemittanceDraft = Omit<Schemas['RemittanceDraft'], 'proof_ids'>

/** A remittance with its proofs and its review (S0-37…43). */
export type Remittance = Schemas['Remittance']

/** An order with all that its page shows. */
export type WholeOrder = Order

/** An order as somebody sees it who is not of the unit: masked (S2-38, B-09). */
export type GuestOrder = Schemas['GuestOrder']

/** The same with the ticket that lets it be paid. */
export type FoundOrder = Schemas['FoundOrder']

/** The same for a colleague, with the name of who asks. */
export type AskedOrder = Schemas['AskedOrder']

/** A question that only people answer, as a picture and in words. */
export type Captcha = Schemas['Captcha']

/** How a guest's payment stands. */
export type GuestPaymentState = Schemas['GuestPaymentState']

/** A link by which a colleague can pay (B-09). */
export type Ask = Schemas['Ask']

/** A fee that may say why it costs what it costs (B-08) and whether it is on credit. */
export type PricedFee = Schemas['Fee']

/** One receipt in the list of all years. */
export type Receipt = Schemas['Receipt']

/** One page of receipts. */
export type ReceiptPage = Schemas['ReceiptPage']

/** A page of a report as a picture (B-25). */
export type ReportImage = Schemas['ReportImage']

/** A link to a report for somebody else (B-27). */
export type ReportShare = Schemas['ReportShare']

/** A paper to show at the counter for printed reports (S1-52). */
export type Voucher = Schemas['Voucher']

/** 欠费申请 with its way through the offices (S1-55). */
export type CreditRequest = Schemas['CreditRequest']
