import { apiPath, request } from './request'
import type { Session, SignedInDevice, SmsCodeSent } from './types'

/** Who is here; always answers, also for visitors. */
export const fetchSession = () => request<Session>('GET', apiPath('/session'))

/** Signs in by applicant phone or unit account with a password (S0-04, S0-05). */
export const signInByPassword = (login: string, password: string) =>
  request<Session>('POST', apiPath('/session/password'), { login, password })

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

/** Sets or changes the password; the current one is needed only after a password login. */
export const changePassword = (new_password: string, current_password?: string) =>
  request<void>('POST', apiPath('/password'), { new_password, current_password })
