import { request, staffPath, type Query } from './request'
import type { Arrears, CreditLimit, Page } from './types'

/** What units owe on credit, what is due first on top. */
export const fetchArrears = (query: Query) => request<Page<Arrears>>('GET', staffPath('/arrears', query))
/** What one unit may owe, and owes. */
export const fetchLimit = (unit_id: string) =>
  request<CreditLimit>('GET', staffPath(`/credit-limits/${unit_id}`))
export const setLimit = (unit_id: string, limit_fen: number, note: string) =>
  request<CreditLimit>('PUT', staffPath(`/credit-limits/${unit_id}`), { limit_fen, note })
