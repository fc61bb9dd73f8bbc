import { request, staffPath, type Query } from './request'
import type {
  EndpointWish,
  EndpointWithSecret,
  EventType,
  Page,
  WebhookDelivery,
  WebhookDeliveryDetail,
  WebhookEndpoint
} from './types'

/** Where other systems hear from us. */
export const fetchEndpoints = (query: Query) =>
  request<Page<WebhookEndpoint>>('GET', staffPath('/webhooks/endpoints', query))
/** Answers the secret, once. */
export const addEndpoint = (wish: EndpointWish) =>
  request<EndpointWithSecret>('POST', staffPath('/webhooks/endpoints'), wish)
export const changeEndpoint = (id: string, wish: EndpointWish) =>
  request<WebhookEndpoint>('PUT', staffPath(`/webhooks/endpoints/${id}`), wish)
/** A new secret; the old one signs beside it for a day. */
export const rotateSecret = (id: string) =>
  request<EndpointWithSecret>('POST', staffPath(`/webhooks/endpoints/${id}/rotate`), {})
/** What can be told, in words. */
export const fetchEventTypes = () =>
  request<{ items: EventType[] }>('GET', staffPath('/webhooks/event-types'))

/** What was told, newest first. */
export const fetchDeliveries = (query: Query) =>
  request<Page<WebhookDelivery>>('GET', staffPath('/webhooks', query))
/** With what was sent, and every try. */
export const fetchDelivery = (id: string) =>
  request<WebhookDeliveryDetail>('GET', staffPath(`/webhooks/${id}`))
export const replayDelivery = (id: string) =>
  request<WebhookDelivery>('POST', staffPath(`/webhooks/${id}/replay`), {})
/** Everything of a stretch of time again. */
export const replayDeliveries = (wish: {
  endpoint_id: string
  from: number
  to: number
  only_undelivered: boolean
}) => request<{ count: number }>('POST', staffPath('/webhooks/replay'), wish)
