import { request, staffPath } from './request'
import type { StaffAgreements } from './types'

/** What people agree to, and every version of it. */
export const fetchAgreements = () => request<StaffAgreements>('GET', staffPath('/agreements'))
export const writeAgreement = (purpose: string, draft: { title: string; body: string; note: string }) =>
  request<StaffAgreements>('PUT', staffPath(`/agreements/${purpose}/draft`), draft)
export const publishAgreement = (purpose: string, effective_on: string) =>
  request<StaffAgreements>('POST', staffPath(`/agreements/${purpose}/publish`), { effective_on })
