import { apiPath, request } from './request'
import type { components } from './schema'

type Schemas = components['schemas']

/** Short names for the shapes of registering; see `schema.d.ts`. */
export type Registration = Schemas['Registration']
export type RegistrationKind = Schemas['RegistrationKind']
export type RegistrationDraft = Schemas['RegistrationDraft']
export type RegistrationLine = Schemas['RegistrationLine']
export type RegistrationPage = Schemas['Page_RegistrationLine']
export type Dictionaries = Schemas['Dictionaries']
export type CodeCheck = Schemas['CodeCheck']
export type LoginNameCheck = Schemas['LoginNameCheck']
export type FormLink = Schemas['FormLink']

/** What one chooses from. */
export const fetchDictionaries = () => request<Dictionaries>('GET', apiPath('/dictionaries'))

/** My registrations, newest first. */
export const fetchRegistrations = (after: string | null) =>
  request<RegistrationPage>('GET', apiPath('/registrations', { after }))

/** One of them. */
export const fetchRegistration = (id: string) => request<Registration>('GET', apiPath(`/registrations/${id}`))

/** Begins one, or goes on with the draft that is there. */
export const startRegistration = (kind: RegistrationKind, upgrade_unit_id?: string) =>
  request<Registration>('POST', apiPath('/registrations'), { kind, upgrade_unit_id })

/** Keeps what was typed so far. */
export const saveRegistration = (id: string, draft: RegistrationDraft) =>
  request<Registration>('PUT', apiPath(`/registrations/${id}`), draft)

/** Hands it in. */
export const submitRegistration = (id: string, password?: string) =>
  request<Registration>('POST', apiPath(`/registrations/${id}/submit`), { password: password || undefined })

/** Takes it back to write on. */
export const withdrawRegistration = (id: string) =>
  request<Registration>('POST', apiPath(`/registrations/${id}/withdraw`), {})

/** A short-lived link to the form that is to be sealed (S1-06). */
export const createFormLink = (id: string) =>
  request<FormLink>('POST', apiPath(`/registrations/${id}/application-form`), {})

/** Whether a credit code is right and free (B-37). */
export const checkCode = (q: string) => request<CodeCheck>('GET', apiPath('/registrations/code-check', { q }))

/** Whether a login name can be had. */
export const checkLoginName = (q: string) =>
  request<LoginNameCheck>('GET', apiPath('/registrations/login-check', { q }))
