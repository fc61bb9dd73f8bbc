import { request, staffPath, type Query } from './request'
import type { CannedAnswer, Conversation, MessageKinds, Page, Said } from './types'

/** Talks with people who wrote to the service account, the latest on top. */
export const fetchConversations = (query: Query) =>
  request<Page<Conversation>>('GET', staffPath('/conversations', query))
/** One talk; what is unread in it is read by it. */
export const fetchThread = (id: string, after?: string) =>
  request<{ conversation: Conversation; said: Said[]; next?: string | null }>(
    'GET',
    staffPath(`/conversations/${id}`, { after, limit: 50 })
  )
const act = (id: string, what: string, body: unknown = {}) =>
  request<Conversation>('POST', staffPath(`/conversations/${id}/${what}`), body)
export const claimConversation = (id: string) => act(id, 'claim')
export const releaseConversation = (id: string) => act(id, 'release')
export const closeConversation = (id: string) => act(id, 'close')
/** Into the chat, while WeChat lets us. */
export const replyTo = (id: string, text: string) => act(id, 'replies', { text })
export const sendPictureTo = (id: string, picture: File) => act(id, 'pictures', picture)
/** As an ordinary message, when it does not. */
export const notifyInstead = (id: string, text: string) => act(id, 'notices', { text })
export const pictureOf = (id: string, said_id: string) =>
  staffPath(`/conversations/${id}/pictures/${said_id}`)

/** Answers that are written once. */
export const fetchCanned = () => request<{ items: CannedAnswer[] }>('GET', staffPath('/canned-answers'))
export const changeCanned = (items: CannedAnswer[]) =>
  request<{ items: CannedAnswer[] }>('PUT', staffPath('/canned-answers'), { items })

/** What is sent, through which channels, and how much of today is used. */
export const fetchMessageKinds = () => request<MessageKinds>('GET', staffPath('/message-kinds'))
/** Everything that was given up, once more. */
export const resendDead = () => request<{ count: number }>('POST', staffPath('/messages/resend-dead'), {})
/** Everything that was given up, off the desk: nothing more is to be done. */
export const settleDead = (reason: string) =>
  request<{ count: number }>('POST', staffPath('/messages/settle-dead'), { reason })
