import { request, staffPath, type Query } from './request'
import type {
  CalendarDay,
  DayDetail,
  Difference,
  Page,
  Payee,
  ReconciliationDay,
  RoleFacts,
  Settings,
  StaffAccount
} from './types'

/** The days of a month, and how far each is explained. */
export const fetchDays = (month: string) =>
  request<{ days: ReconciliationDay[] }>('GET', staffPath('/reconciliation/days', { month }))
export const fetchDay = (on: string) => request<DayDetail>('GET', staffPath(`/reconciliation/days/${on}`))
export const runDay = (on: string) =>
  request<DayDetail>('POST', staffPath(`/reconciliation/days/${on}/run`), {})
export const closeDay = (on: string) =>
  request<DayDetail>('POST', staffPath(`/reconciliation/days/${on}/close`), {})
export const settleDifference = (id: string, how: string, note: string) =>
  request<Difference>('POST', staffPath(`/reconciliation/differences/${id}/settle`), { how, note })

export const fetchStaff = (query: Query) => request<Page<StaffAccount>>('GET', staffPath('/staff', query))
/** Every role with what it allows. */
export const fetchRoles = () => request<{ items: RoleFacts[] }>('GET', staffPath('/roles'))
export const addStaff = (account: { login: string; display_name: string; roles: string[] }) =>
  request<{ staff: StaffAccount; first_password: string }>('POST', staffPath('/staff'), account)
export const changeStaff = (id: string, change: { roles: string[]; disabled: boolean }) =>
  request<StaffAccount>('PUT', staffPath(`/staff/${id}`), change)
export const resetStaff = (id: string) =>
  request<{ first_password: string }>('POST', staffPath(`/staff/${id}/reset`), {})

export const fetchSettings = () => request<Settings>('GET', staffPath('/settings'))
export const savePayee = (id: string, payee: Omit<Payee, 'id'>) =>
  request<Payee>('PUT', staffPath(`/settings/payees/${id}`), payee)
export const saveCalendarDay = (on: string, day: { kind: string; name: string }) =>
  request<CalendarDay>('PUT', staffPath(`/settings/calendar/${on}`), day)
