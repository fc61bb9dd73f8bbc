import type { Proof } from './members'
import { apiPath, request } from './request'
import type { MessagePage, MessageSettings } from './types'

/** What the person answered to one subscription template. */
export type SubscriptionAnswer = 'accept' | 'reject' | 'ban' | 'filter'

/** One page of the inbox. */
export const fetchMessages = (after: string | null) =>
  request<MessagePage>('GET', apiPath('/messages', { after }))

/** Marks one message as read. */
export const markRead = (id: string) => request<void>('POST', apiPath(`/messages/${id}/read`), {})

/** Marks all messages as read. */
export const markAllRead = () => request<void>('POST', apiPath('/messages/read-all'), {})

/** Tells the server which templates may be sent. */
export const saveSubscriptions = (results: Record<string, SubscriptionAnswer>) =>
  request<void>('POST', apiPath('/subscriptions'), { results })

/** Which kinds are pushed to the phone, and whether what can wait comes once a day. */
export const fetchMessageSettings = () => request<MessageSettings>('GET', apiPath('/message-settings'))

/** Changes both; answers what holds from now on. */
export const saveMessageSettings = (digest: boolean, muted: string[]) =>
  request<MessageSettings>('PUT', apiPath('/message-settings'), { digest, muted })

/** A code that joins the WeChat which scans it to this account, once, within ten minutes. */
export const makeBindCode = (proof: Proof) =>
  request<{ url: string; expires_at: number }>('POST', apiPath('/wechat/bind-codes'), proof)
