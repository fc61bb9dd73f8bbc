import { request, staffPath, type Query } from './request'
import type { components } from './schema'
import type { Page, Upload } from './types'

type Schemas = components['schemas']

/** Short names for the shapes of registering; see `schema.d.ts`. */
export type Registration = Schemas['Registration']
export type RegistrationLine = Schemas['RegistrationLine']
export type PaperRegistration = Schemas['PaperRegistration']
export type Dictionaries = Schemas['Dictionaries']

/** Registrations that were handed in. */
export const fetchRegistrations = (query: Query) =>
  request<Page<RegistrationLine>>('GET', staffPath('/registrations', query))

/** What one chooses from. */
export const fetchDictionaries = () => request<Dictionaries>('GET', '/api/v1/dictionaries')

/** Enters a paper; somebody else decides on it. */
export const enterRegistration = (paper: PaperRegistration) =>
  request<Registration>('POST', staffPath('/registrations'), paper)

/** Keeps a scanned paper. */
export function sendScan(file: File): Promise<Upload> {
  const form = new FormData()
  form.set('purpose', 'paper_scan')
  form.set('file', file)
  return request<Upload>('POST', staffPath('/uploads/whole'), form)
}
