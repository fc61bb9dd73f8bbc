import { request, staffPath } from './request'
import type { OfficeFacts, Offices } from './types'

/** Where payers go and whom they call, as they see it; every change answers with the whole list. */
export const fetchOffices = () => request<Offices>('GET', staffPath('/offices'))
export const addOffice = (facts: OfficeFacts) => request<Offices>('POST', staffPath('/offices'), facts)
export const changeOffice = (id: string, facts: OfficeFacts, seen_at: number) =>
  request<Offices>('PUT', staffPath(`/offices/${id}`), { ...facts, seen_at })
export const removeOffice = (id: string, seen_at: number) =>
  request<Offices>('DELETE', staffPath(`/offices/${id}`), { seen_at })
export const arrangeOffices = (ids: string[]) => request<Offices>('PUT', staffPath('/office-order'), { ids })
