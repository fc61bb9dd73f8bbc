import { request, staffPath, type Query } from './request'
import type { Page, Posting, StaffShare, StaffVoucher } from './types'

/** Pickup vouchers of everybody, newest first. */
export const fetchVouchers = (query: Query) =>
  request<Page<StaffVoucher>>('GET', staffPath('/vouchers', query))
/** A voucher by what its QR code says, or by its number. */
export const fetchVoucher = (code: string) =>
  request<StaffVoucher>('GET', staffPath(`/vouchers/${encodeURIComponent(code)}`))
/** The reports went over the counter, to whom. */
export const handOver = (code: string, received_by: string, id_last4: string) =>
  request<StaffVoucher>('POST', staffPath(`/vouchers/${encodeURIComponent(code)}/hand-over`), {
    received_by,
    id_last4
  })

/** Links to reports that payers gave to others, newest first. */
export const fetchShares = (query: Query) =>
  request<Page<StaffShare>>('GET', staffPath('/report-shares', query))
/** The link does not work any more. */
export const endShare = (id: string, reason: string) =>
  request<void>('DELETE', staffPath(`/report-shares/${id}`), { reason })

/** Paid orders whose reports go by post. */
export const fetchPostings = (query: Query) => request<Page<Posting>>('GET', staffPath('/postings', query))
/** The parcel was handed to a carrier; given again it corrects. */
export const post = (order_id: string, carrier: string, tracking_no: string) =>
  request<void>('POST', staffPath(`/orders/${order_id}/posting`), { carrier, tracking_no })
