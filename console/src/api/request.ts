import { ApiError, type ErrorBody } from './error'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Values of a query; empty ones are left out. */
export type Query = Record<string, string | number | boolean | undefined | null>

const REQUEST_TIMEOUT_MS = 20_000
const FILE_TIMEOUT_MS = 300_000

let onSignedOut: () => void = () => undefined
let confirmIdentity: () => Promise<boolean> = () => Promise.resolve(false)

/** Registers who is told when the server no longer knows the session. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener
}

/**
 * Registers who asks the officer for password and code before a dangerous act; resolves to whether he proved himself.
 */
export function whenStepUpNeeded(ask: () => Promise<boolean>): void {
  confirmIdentity = ask
}

/** Builds `path?query` below `/staff/v1`, without empty values. */
export function staffPath(path: string, query: Query = {}): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== false)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return `/staff/v1${path}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`
}

async function send(method: Method, path: string, body: unknown, timeout_ms: number): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  // The server refuses whatever changes something without it: a foreign page cannot set it.
  if (method !== 'GET') headers['X-Requested-With'] = 'tejian'
  const isForm = body instanceof FormData
  const isFile = body instanceof Blob
  if (isFile) headers['Content-Type'] = 'application/octet-stream'
  else if (body !== undefined && !isForm) headers['Content-Type'] = 'application/json'
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      body: body === undefined ? undefined : isForm || isFile ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(timeout_ms)
    })
  } catch (cause) {
    const late = cause instanceof DOMException && cause.name === 'TimeoutError'
    throw new ApiError(0, {
      code: 'network',
      message: late ? '服务器没有及时回应' : '网络不通，没有连上服务器',
      money: method === 'GET' ? 'none' : 'unknown',
      advice: '请检查网络后重试。'
    })
  }
}

async function errorOf(answer: Response): Promise<ApiError> {
  const data = (await answer.json().catch(() => null)) as { error?: ErrorBody } | null
  const body = data?.error
  if (body && typeof body.message === 'string') return new ApiError(answer.status, body)
  return new ApiError(answer.status, {
    code: 'bad_answer',
    message: answer.status >= 500 ? '服务器正忙，请稍后再试' : `服务器没有听懂这个请求（${answer.status}）`,
    advice: '请稍后重试；如仍不行，请联系系统管理员。'
  })
}

/**
 * Sends, and where the server wants the officer to prove himself first, asks him and sends once more. Throws `ApiError`.
 */
async function exchange(method: Method, path: string, body: unknown, timeout_ms: number): Promise<Response> {
  let answer = await send(method, path, body, timeout_ms)
  if (answer.ok) return answer
  let error = await errorOf(answer)
  if (error.code === 'step_up_needed') {
    if (!(await confirmIdentity())) {
      throw new ApiError(403, { code: 'step_up_cancelled', message: '已取消：没有确认身份' })
    }
    answer = await send(method, path, body, timeout_ms)
    if (answer.ok) return answer
    error = await errorOf(answer)
  }
  if (error.code === 'not_signed_in') onSignedOut()
  throw error
}

/** The one way to talk to the server. A reading is repeated once when the line broke; a writing never is. */
export async function request<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const timeout_ms = body instanceof FormData || body instanceof Blob ? FILE_TIMEOUT_MS : REQUEST_TIMEOUT_MS
  let answer: Response
  try {
    answer = await exchange(method, path, body, timeout_ms)
  } catch (cause) {
    if (method !== 'GET' || !(cause instanceof ApiError) || cause.status !== 0) throw cause
    answer = await exchange(method, path, body, timeout_ms)
  }
  const text = await answer.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

/** A file the server streams: its content and the name it gave. */
export async function fetchFile(path: string): Promise<{ content: Blob; name: string }> {
  const answer = await exchange('GET', path, undefined, FILE_TIMEOUT_MS)
  return {
    content: await answer.blob(),
    name: fileName(answer.headers.get('Content-Disposition')) ?? 'download'
  }
}

/** The name in a `Content-Disposition` header; the encoded one wins. */
export function fileName(disposition: string | null): string | undefined {
  if (!disposition) return undefined
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1]
  if (encoded) return decodeURIComponent(encoded)
  return /filename="?([^";]+)"?/i.exec(disposition)?.[1]
}
