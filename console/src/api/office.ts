import { request, staffPath, type Query } from './request'
import type {
  AddedStaff,
  CalendarDay,
  Difference,
  Dispute,
  Page,
  Payee,
  ReconciliationDay,
  ResetStaff,
  Review,
  RoleFacts,
  Settings,
  StaffAccount
} from './types'

/** The days of a month, and how far each is explained. */
export const fetchDays = (month: string) =>
  request<{ days: ReconciliationDay[] }>('GET', staffPath('/reconciliation/days', { month }))
export const fetchDay = (on: string) =>
  request<ReconciliationDay>('GET', staffPath(`/reconciliation/days/${on}`))
export const runDay = (on: string) =>
  request<ReconciliationDay>('POST', staffPath(`/reconciliation/days/${on}/run`), {})
export const closeDay = (on: string) =>
  request<ReconciliationDay>('POST', staffPath(`/reconciliation/days/${on}/close`), {})
/** Differences of a day; without a day the open ones of all. */
export const fetchDifferences = (query: Query) =>
  request<Page<Difference>>('GET', staffPath('/reconciliation/differences', query))
export const settleDifference = (id: string, note: string) =>
  request<void>('POST', staffPath(`/reconciliation/differences/${id}/settle`), { note })

/** Does what is proposed, where that can be done from here. */
export const remedyDifference = (id: string) =>
  request<{ text: string }>('POST', staffPath(`/reconciliation/differences/${id}/remedy`), {})

/** Payments that do not fit; ending one asks WeChat once more and follows its answer. */
export const fetchDisputes = (query: Query) =>
  request<Page<Dispute>>('GET', staffPath('/payment-disputes', query))
export const endDispute = (id: string) =>
  request<{ end: string; text: string }>('POST', staffPath(`/payment-disputes/${id}/end`), {})

export const fetchStaff = (query: Query) => request<Page<StaffAccount>>('GET', staffPath('/staff', query))
/** Every role with what it allows. */
export const fetchRoles = () => request<{ items: RoleFacts[] }>('GET', staffPath('/roles'))
export const addStaff = (account: { login: string; display_name: string; roles: string[] }) =>
  request<AddedStaff>('POST', staffPath('/staff'), account)
export const changeStaff = (id: string, change: { roles: string[]; disabled: boolean }) =>
  request<StaffAccount>('PUT', staffPath(`/staff/${id}`), change)
export const resetStaff = (id: string) => request<ResetStaff>('POST', staffPath(`/staff/${id}/reset`), {})
export const confirmStaff = (id: string) =>
  request<StaffAccount>('POST', staffPath(`/staff/${id}/confirm`), {})

export const fetchSettings = () => request<Settings>('GET', staffPath('/settings'))
/** Another person decides on it. */
export const askPayeeChange = (
  id: string,
  payee: Pick<Payee, 'name' | 'account_name' | 'bank_name' | 'account_no'>
) => request<Review>('POST', staffPath(`/settings/payees/${id}/changes`), payee)
export const saveCalendarDay = (on: string, day: { kind: CalendarDay['kind']; name?: string }) =>
  request<CalendarDay>('PUT', staffPath(`/settings/calendar/${on}`), day)
