/** A question that a page puts first, known before any of our code has come. */
export interface AskedAhead {
  method: 'GET' | 'POST'
  /** `{name}` stands for what the page's address says behind `name=`. */
  path: string
  body?: unknown
  /** Only where the page's address holds these words. */
  where?: string
}

/** An answer in the shape of the framework's. */
export interface AnswerAhead {
  statusCode: number
  header: Record<string, string>
  data: unknown
}

/** Who is here; asked on every first visit. */
export const SESSION_PATH = '/api/v1/session'

/** What the pages where people arrive ask next, once a session with a unit answers. */
export const ASKED_AHEAD: Record<string, AskedAhead[]> = {
  'pages/home/home': [{ method: 'GET', path: '/api/v1/home' }],
  'pages/fees/fees': [{ method: 'GET', path: '/api/v1/fees?limit=20' }],
  'pages/confirm/confirm': [
    { method: 'POST', path: '/api/v1/checkouts/preview', body: { all_matching: {} }, where: 'all=1' }
  ],
  'pages/order/order': [{ method: 'GET', path: '/api/v1/orders/{id}', where: 'id=' }]
}

/** Answers asked for at the top of `index.html`; older ones are no longer of the first visit. */
const FRESH_MS = 15_000

type Kept = Record<string, Promise<AnswerAhead | null> | undefined>

/** The name under which an answer is kept. */
export const nameAhead = (method: string, path: string, body?: unknown) =>
  `${method} ${path}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`

/**
 * The answer to a question that the first page put before our code had come; null where it was none, undefined where it
 * was not put. Each is given out once: who asks again wants it new, and after any other writing nothing is taken from here.
 */
export function takeAhead(
  method: string,
  path: string,
  body: unknown
): Promise<AnswerAhead | null> | undefined {
  const holder = window as unknown as { tejian_ahead?: Kept }
  const name = nameAhead(method, path, body)
  const found = performance.now() < FRESH_MS ? holder.tejian_ahead?.[name] : undefined
  if (found) delete holder.tejian_ahead?.[name]
  else if (method !== 'GET') holder.tejian_ahead = undefined
  return found
}
