import type { components } from './schema'
import type { Proof } from './members'
import { apiPath, request } from './request'
import type { DownloadLink, Session, SignedInDevice, SmsCodeSent } from './types'

type Schemas = components['schemas']

/** The answer to a question that only people answer. */
export type CaptchaAnswer = Schemas['CaptchaAnswer']

/** Who is here; always answers, also for visitors. */
export const fetchSession = () => request<Session>('GET', apiPath('/session'))

/** Signs in by applicant phone or unit account with a password (S0-04, S0-05). */
export const signInByPassword = (login: string, password: string, captcha?: CaptchaAnswer) =>
  request<Session>('POST', apiPath('/session/password'), { login, password, captcha })

/** Asks for a login code by SMS. */
export const sendSmsCode = (phone: string) => request<SmsCodeSent>('POST', apiPath('/sms-codes'), { phone })

/** Signs in with the code received by SMS. */
export const signInBySms = (phone: string, code: string) =>
  request<Session>('POST', apiPath('/session/sms'), { phone, code })

/** Signs in silently in the mini-program; unknown people get a `bind_ticket` instead. */
export const signInByMiniProgram = (code: string) =>
  request<Session>('POST', apiPath('/session/mini-program'), { code })

/** Finishes the mini-program's first login with the phone number WeChat vouches for. */
export const signInByPhone = (code: string, bind_ticket: string) =>
  request<Session>('POST', apiPath('/session/phone'), { code, bind_ticket })

/** Ends this session. */
export const signOut = () => request<void>('DELETE', apiPath('/session'))

/** Chooses the unit one acts for. */
export const chooseUnit = (unit_id: string) => request<Session>('PUT', apiPath('/session/unit'), { unit_id })

/** The places where this account is signed in. */
export const fetchDevices = () => request<{ items: SignedInDevice[] }>('GET', apiPath('/sessions'))

/** Signs another place out. */
export const signDeviceOut = (id: string) => request<void>('DELETE', apiPath(`/sessions/${id}`))

/** Keeps the elder mode with the account. */
export const savePreferences = (elder_mode: boolean) =>
  request<Session>('PUT', apiPath('/preferences'), { elder_mode })

/** Signs every other place out. */
export const signOthersOut = () => request<void>('DELETE', apiPath('/sessions'))

/** Sends a code to set a new password with. */
export const sendRecoveryCode = (phone: string) =>
  request<SmsCodeSent>('POST', apiPath('/recovery/code'), { phone })

/** Sets a new password, proved by the phone. */
export const recoverByCode = (phone: string, code: string, new_password: string) =>
  request<void>('POST', apiPath('/recovery/password'), { phone, code, new_password })

/** The security question of a login. */
export const fetchRecoveryQuestion = (login: string, captcha: CaptchaAnswer) =>
  request<{ question: string }>('POST', apiPath('/recovery/question'), { login, captcha })

/** Sets a new password, proved by the answer. */
export const recoverByAnswer = (
  login: string,
  answer: string,
  new_password: string,
  captcha: CaptchaAnswer
) => request<void>('POST', apiPath('/recovery/answer'), { login, answer, new_password, captcha })

/** One's own security question and those to choose from. */
export const fetchOwnQuestion = () => request<Schemas['OwnQuestion']>('GET', apiPath('/security-question'))

/** Keeps question and answer. */
export const saveQuestion = (question: string, answer: string, proof: Proof) =>
  request<void>('PUT', apiPath('/security-question'), { question, answer, proof })

/** Forgets the question. */
export const forgetQuestion = () => request<void>('DELETE', apiPath('/security-question'))

/** Sends a code to the phone that is to become the account's. */
export const sendNewPhoneCode = (phone: string) =>
  request<SmsCodeSent>('POST', apiPath('/phone-changes/code'), { phone })

/** Changes the phone, proved by the old one. */
export const changePhone = (phone: string, new_code: string, proof: Proof) =>
  request<Session>('POST', apiPath('/phone-changes/by-old-phone'), { phone, new_code, proof })

/** Asks the unit's administrators to confirm a new phone. */
export const askUnitForPhone = (phone: string, new_code: string) =>
  request<Schemas['PhoneChange']>('POST', apiPath('/phone-changes'), { phone, new_code })

/** Hands in papers for a new phone. */
export const claimPhone = (claim: Schemas['PhoneChangeByProof']) =>
  request<Schemas['PhoneChange']>('POST', apiPath('/phone-changes/by-proof'), claim)

/** One's own request that waits. */
export const fetchPhoneChange = () => request<Schemas['OwnPhoneChange']>('GET', apiPath('/phone-changes'))

/** New phones that wait for an administrator of the unit. */
export const fetchMemberPhoneChanges = () =>
  request<{ items: Schemas['PhoneChange'][] }>('GET', apiPath('/member-phone-changes'))

/** An administrator says yes or no. */
export const decidePhoneChange = (id: string, confirmed: boolean) =>
  request<void>('POST', apiPath(`/member-phone-changes/${id}`), { confirmed })

/** What one can do with one's data, and where it stands. */
export const fetchPersonalData = () => request<Schemas['PersonalData']>('GET', apiPath('/personal-data'))

/** Asks for a copy of one's data. */
export const askForCopy = (proof: Proof) =>
  request<Schemas['PersonalExport']>('POST', apiPath('/personal-data/exports'), proof)

/** A short-lived link to the copy. */
export const linkToCopy = (id: string) =>
  request<DownloadLink>('POST', apiPath(`/personal-data/exports/${id}/link`), {})

/** Plans the end of the account. */
export const deleteAccount = (proof: Proof) =>
  request<{ due_at: number }>('POST', apiPath('/personal-data/deletion'), proof)

/** Sets or changes the password, confirmed by the one until now or by a code to the phone. */
export const changePassword = (new_password: string, current_password: string, code: string) =>
  request<void>('POST', apiPath('/password'), {
    new_password,
    current_password: current_password || undefined,
    code: code || undefined
  })

/** Stops one's own request for a new phone, also a confirmed one. */
export const stopPhoneChange = (id: string) => request<void>('DELETE', apiPath(`/phone-changes/${id}`))
