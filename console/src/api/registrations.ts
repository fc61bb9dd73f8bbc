import { request, staffPath } from './request'
import type { components } from './schema'
import type { Upload } from './types'

type Schemas = components['schemas']

/** Short names for the shapes of registering; see `schema.d.ts`. */
export type Registration = Schemas['Registration']
export type PaperRegistration = Schemas['PaperRegistration']
export type Dictionaries = Schemas['Dictionaries']

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
