import { request, staffPath, type Query } from './request'
import type { components } from './schema'
import type { Page } from './types'

type Schemas = components['schemas']
export type CustomerLine = Schemas['CustomerLine']
export type Customer = Schemas['Customer']

/** Accounts of payers by phone, name or unit. */
export const fetchCustomers = (query: Query) =>
  request<Page<CustomerLine>>('GET', staffPath('/customers', query))
/** One account with its units, devices and history. */
export const fetchCustomer = (id: string) => request<Customer>('GET', staffPath(`/customers/${id}`))
/** Unlocks an account that wrong passwords have locked. */
export const unlockCustomer = (id: string, reason: string) =>
  request<Customer>('POST', staffPath(`/customers/${id}/unlock`), { reason })
/** Signs an account out everywhere. */
export const signCustomerOut = (id: string, reason: string) =>
  request<Customer>('POST', staffPath(`/customers/${id}/sign-out`), { reason })
/** Takes a chosen login name back. */
export const releaseCustomerLogin = (id: string, reason: string) =>
  request<Customer>('POST', staffPath(`/customers/${id}/release-login`), { reason })
/** A new first password, told once. */
export const resetCustomer = (id: string, reason: string) =>
  request<{ password: string }>('POST', staffPath(`/customers/${id}/password`), { reason })
/** Another phone after a proof. */
export const changeCustomerPhone = (id: string, phone: string, proof: string, keep_old: boolean) =>
  request<Customer>('POST', staffPath(`/customers/${id}/phone`), { phone, proof, keep_old })
/** The whole phone, for a reason that is written down. */
export const revealCustomer = (id: string, reason: string) =>
  request<{ phone: string | null }>('POST', staffPath(`/customers/${id}/reveal`), { reason })
