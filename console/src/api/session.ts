import { request, staffPath } from './request'
import type { Enrolment, SignedInDevice, StaffSession } from './types'

/** Who is here; answers without a session too. */
export const fetchSession = () => request<StaffSession>('GET', staffPath('/session'))

/** First factor. */
export const signIn = (login: string, password: string) =>
  request<StaffSession>('POST', staffPath('/session'), { login, password })

/** Second factor: a code of the authenticator, or one of the recovery codes. */
export const giveCode = (code: string) => request<StaffSession>('POST', staffPath('/session/totp'), { code })

/** Begins the enrolment of an authenticator. */
export const enrol = () => request<Enrolment>('POST', staffPath('/session/enrol'), {})

/** The authenticator proved that it knows the secret. */
export const confirmEnrolment = (code: string) =>
  request<StaffSession>('POST', staffPath('/session/enrol/confirm'), { code })

/** Proves oneself again before a dangerous act. */
export const stepUp = (password: string, code: string) =>
  request<StaffSession>('POST', staffPath('/session/step-up'), { password, code })

/** Ends this session. */
export const signOut = () => request<void>('DELETE', staffPath('/session'))

/** Where this officer is signed in. */
export const fetchDevices = () => request<{ items: SignedInDevice[] }>('GET', staffPath('/sessions'))

/** Ends a session elsewhere. */
export const endDevice = (id: string) => request<void>('DELETE', staffPath(`/sessions/${id}`))

/** A new password for oneself. */
export const changePassword = (current_password: string, new_password: string) =>
  request<void>('POST', staffPath('/password'), { current_password, new_password })
