import { API_ORIGIN, clientKind } from '@/platform/environment'
import { newKey } from '@/platform/key'
import { readStored, store } from '@/platform/storage'
import { learnServerTime } from './clock'
import { ApiError, type ErrorBody } from './error'
// #ifdef H5
import { takeAhead } from './ahead'
// #endif

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Values of a query; empty ones are left out. */
export type Query = Record<string, string | number | boolean | undefined | null>

const DEVICE_KEY = 'device-key'
const REQUEST_TIMEOUT_MS = 15_000
/** A part of a file over a bad line. */
const PART_TIMEOUT_MS = 60_000

let bearerToken = ''
let onSignedOut: () => void = () => undefined
let onFirstPassword: () => void = () => undefined
let onConsentMissing: () => void = () => undefined

/** A random key of this phone or browser: limits per device, and which devices the person knows, go by it. */
function deviceKey(): string {
  const known = readStored<string>(DEVICE_KEY)
  if (known) return known
  const made = newKey().replace(/-/g, '')
  store(DEVICE_KEY, made)
  return made
}

/** Sets the mini-program's session token; the browser uses the server's HttpOnly cookie instead. */
export function setBearerToken(token: string): void {
  bearerToken = token
}

/** Registers who is told when the server no longer knows the session. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener
}

/** Registers who is told when the server wants the person to choose a password of his own first. */
export function whenOwnPasswordNeeded(listener: () => void): void {
  onFirstPassword = listener
}

/** Registers who is told when the person has to agree to something before he may act. */
export function whenConsentMissing(listener: () => void): void {
  onConsentMissing = listener
}

/** Builds `path?query` below `/api/v1`, without empty values. */
export function apiPath(path: string, query: Query = {}): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return `/api/v1${path}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`
}

/** Only around a payment it can be open whether money moved; anything else moves none. */
const moneyAt = (path: string) => (/\/payment(s|-state)\b/.test(path) ? 'unknown' : 'none')

function send(method: Method, path: string, body: unknown): Promise<UniApp.RequestSuccessCallbackResult> {
  const header: Record<string, string> = {
    'X-Client': clientKind(),
    'X-Device': deviceKey(),
    'X-Requested-With': 'tejian',
    Accept: 'application/json'
  }
  const raw = body instanceof ArrayBuffer
  if (body !== undefined) header['Content-Type'] = raw ? 'application/octet-stream' : 'application/json'
  if (bearerToken) header.Authorization = `Bearer ${bearerToken}`
  return new Promise((resolve, reject) => {
    uni.request({
      url: API_ORIGIN + path,
      method,
      header,
      data: body as UniApp.RequestOptions['data'],
      timeout: raw ? PART_TIMEOUT_MS : REQUEST_TIMEOUT_MS,
      success: (answer) => {
        learnServerTime(answer.header as Record<string, unknown> | undefined)
        resolve(answer)
      },
      fail: () =>
        reject(
          new ApiError(0, {
            code: 'network',
            message: '网络不通，没有连上服务器',
            money: moneyAt(path),
            advice: '请检查手机网络后重试。'
          })
        )
    })
  })
}

/** What the first page has asked already, before this code came (browsers only). */
async function askedAhead(method: Method, path: string, body: unknown) {
  let answer: UniApp.RequestSuccessCallbackResult | null = null
  // #ifdef H5
  answer = ((await takeAhead(method, path, body)) ?? null) as UniApp.RequestSuccessCallbackResult | null
  if (answer) learnServerTime(answer.header as Record<string, unknown>)
  // #endif
  return answer
}

function errorOf(path: string, status: number, data: unknown): ApiError {
  const body = (data as { error?: ErrorBody } | null)?.error
  if (body && typeof body.message === 'string') return new ApiError(status, body)
  return new ApiError(status, {
    code: 'bad_answer',
    message: status >= 500 ? '服务器正忙，请稍后再试' : '服务器没有听懂这个请求',
    money: moneyAt(path),
    advice: '请稍后重试；如仍不行，请拨打服务电话。'
  })
}

/**
 * The one way to talk to the server. Reading is repeated once when the line broke; writing never is
 * (callers repeat it with the same key). An `ArrayBuffer` is sent as it is, anything else as JSON. Throws
 * `ApiError`.
 */
export async function request<T>(method: Method, path: string, body?: unknown): Promise<T> {
  let answer: Pick<UniApp.RequestSuccessCallbackResult, 'statusCode' | 'data'>
  try {
    answer = (await askedAhead(method, path, body)) ?? (await send(method, path, body))
  } catch (cause) {
    if (method !== 'GET') throw cause
    answer = await send(method, path, body)
  }
  const status = answer.statusCode
  if (status >= 200 && status < 300) return answer.data as T
  const error = errorOf(path, status, answer.data)
  if (error.code === 'not_signed_in') onSignedOut()
  if (error.code === 'own_password_needed') onFirstPassword()
  if (error.code === 'consent_missing') onConsentMissing()
  throw error
}
