import { apiPath, request } from './request'
import type { components } from './schema'

type Schemas = components['schemas']

/** Short names for the shapes of a unit's own data; see `schema.d.ts`. */
export type ProfileAnswer = Schemas['ProfileAnswer']
export type UnitProfile = Schemas['UnitProfile']
export type ProfileUpdate = Schemas['ProfileUpdate']
export type NewChange = Schemas['NewChange']
export type Qualification = Schemas['Qualification']
export type NewQualification = Schemas['NewQualification']

/** What is kept of the unit one acts for. */
export const fetchProfile = () => request<ProfileAnswer>('GET', apiPath('/unit-profile'))

/** Writes what a unit keeps of itself. */
export const saveProfile = (update: ProfileUpdate) =>
  request<ProfileAnswer>('PUT', apiPath('/unit-profile'), update)

/** Asks for a change of key fields. */
export const askForChange = (change: NewChange) =>
  request<ProfileAnswer>('POST', apiPath('/unit-profile/changes'), change)

/** What the unit is qualified for. */
export const fetchQualifications = () =>
  request<{ items: Qualification[] }>('GET', apiPath('/qualifications'))

/** Hands a certificate in. */
export const submitQualification = (qualification: NewQualification) =>
  request<Qualification>('POST', apiPath('/qualifications'), qualification)
