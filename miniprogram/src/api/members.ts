import type { components } from './schema'
import { apiPath, request } from './request'
import type { Session, SmsCodeSent } from './types'

type Schemas = components['schemas']

export type Member = Schemas['MemberLine']
export type MemberPage = Schemas['Page_MemberLine']
export type Invited = Schemas['InviteAnswer']
export type Invitation = Schemas['Invitation']
export type Limits = Schemas['Limits']
export type LimitGroups = Schemas['LimitGroups']
export type LimitDevice = Schemas['LimitDevice']
export type Role = Schemas['Role']
export type SubAccount = Schemas['SubAccount']

/** Members of the unit; who does not manage it gets those to ask. */
export const fetchMembers = (after: string | null) =>
  request<MemberPage>('GET', apiPath('/members', { after, limit: 50 }))

/** Changes role and limits (S1-59). */
export const changeMember = (id: string, role: Role, limits: Limits) =>
  request<void>('PUT', apiPath(`/members/${id}`), { role, limits })

/** Removes a member, or leaves when it is oneself. */
export const removeMember = (id: string) => request<void>('DELETE', apiPath(`/members/${id}`))

/** Sends the code that confirms an important act to the account's own phone. */
export const sendProofCode = () => request<SmsCodeSent>('POST', apiPath('/proofs/code'), {})

/** What confirms an important act: a code, or the password of an account without a phone. */
export type Proof = { code: string } | { password: string }

/** Makes a member the owner in one's own place. */
export const handOver = (id: string, proof: Proof) =>
  request<void>('POST', apiPath(`/members/${id}/handover`), proof)

/** Places and kinds a limit can name. */
export const fetchLimitGroups = () => request<LimitGroups>('GET', apiPath('/member-limits/groups'))

/** Devices a limit can name. */
export const fetchLimitDevices = (q: string, after: string | null) =>
  request<Schemas['Page_LimitDevice']>('GET', apiPath('/member-limits/devices', { q, after, limit: 50 }))

/** Makes a link by which a colleague joins. */
export const inviteMember = (role: Role, limits: Limits, phone?: string) =>
  request<Invited>('POST', apiPath('/member-invitations'), { role, limits, phone })

/** Invitations that nobody accepted yet. */
export const fetchOpenInvitations = () =>
  request<Schemas['Page_InvitationLine']>('GET', apiPath('/member-invitations', { limit: 50 }))

/** Takes an invitation back. */
export const revokeInvitation = (id: string) => request<void>('DELETE', apiPath(`/member-invitations/${id}`))

/** Invitations made for the phone of this account. */
export const fetchMyInvitations = () => request<{ items: Invitation[] }>('GET', apiPath('/invitations'))

/** What a link invites to. */
export const fetchInvitation = (token: string) => request<Invitation>('GET', apiPath(`/invitations/${token}`))

/** Joins a unit and acts for it from now on. */
export const acceptInvitation = (which: { token: string } | { id: string }) =>
  request<Session>('POST', apiPath('/invitations/accept'), which)

/** Makes a sub-account for a colleague without a phone (S1-60). */
export const makeSubAccount = (login_name: string, display_name: string, role: Role, limits: Limits) =>
  request<SubAccount>('POST', apiPath('/sub-accounts'), { login_name, display_name, role, limits })

/** A new first password for a sub-account. */
export const resetSubAccount = (id: string) =>
  request<SubAccount>('POST', apiPath(`/sub-accounts/${id}/password`), {})
