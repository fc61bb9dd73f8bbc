import type { ReportImage, ReportShare, Voucher } from './money'
import { apiPath, request } from './request'

/** The pages of a report as pictures (B-25). */
export const fetchReportPages = (id: string) =>
  request<{ pages: ReportImage[] }>('GET', apiPath(`/reports/${id}/pages`))

/** A link to a report that works for some days (B-27). */
export const shareReport = (id: string, days: number) =>
  request<ReportShare>('POST', apiPath(`/reports/${id}/share`), { days })

/** A paper for the counter, where these reports are printed (S1-52). */
export const createVoucher = (report_ids: string[]) =>
  request<Voucher>('POST', apiPath('/pickup-vouchers'), { report_ids })

/** The vouchers of the unit, newest first. */
export const fetchVouchers = (after: string | null) =>
  request<{ items: Voucher[]; next?: string | null }>('GET', apiPath('/pickup-vouchers', { after }))

/** Takes back a link that was given. */
export const revokeShare = (id: string) => request<void>('DELETE', apiPath(`/report-shares/${id}`))

/** Gives a voucher up; its reports may go on another. */
export const cancelVoucher = (id: string) => request<void>('DELETE', apiPath(`/pickup-vouchers/${id}`))
