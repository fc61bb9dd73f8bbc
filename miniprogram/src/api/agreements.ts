import { apiPath, request } from './request'
import type { components } from './schema'

type Schemas = components['schemas']

/** Short names for the shapes of agreements; see `schema.d.ts`. */
export type AgreementPurpose = Schemas['AgreementLine']['purpose']
export type Agreement = Schemas['OpenedAgreement']
export type AgreementLine = Schemas['AgreementLine']
export type Consent = Schemas['Consent']

/** What can be agreed to. */
export const fetchAgreements = () => request<{ items: AgreementLine[] }>('GET', apiPath('/agreements'))

/** Opens a text: its reading time begins on the server. */
export const openAgreement = (purpose: AgreementPurpose) =>
  request<Agreement>('GET', apiPath(`/agreements/${purpose}`))

/** Agrees to the version that was opened. */
export const giveConsent = ({ purpose, version, opened_token }: Agreement) =>
  request<void>('POST', apiPath('/consents'), { purpose, version, opened_token })

/** What I agreed to. */
export const fetchConsents = () => request<{ items: Consent[] }>('GET', apiPath('/consents'))

/** Takes a voluntary consent back. */
export const withdrawConsent = (purpose: AgreementPurpose) =>
  request<void>('DELETE', apiPath(`/consents/${purpose}`))
