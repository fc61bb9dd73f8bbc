import { apiPath, request } from './request'
import type { components } from './schema'
import type { DownloadLink, ReportPage } from './types'

/** What can be downloaded. */
export type DocumentKind = components['schemas']['FileKind']

/** One page of the unit's reports of all years. */
export const fetchReports = (q: string, year: number | null, after: string | null) =>
  request<ReportPage>('GET', apiPath('/reports', { q, year, after }))

/** A short-lived signed address of one file. */
export const createDownloadLink = (kind: DocumentKind, id: string) =>
  request<DownloadLink>('POST', apiPath('/download-links'), { kind, id })
