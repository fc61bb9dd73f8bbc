import { asApiError } from '@/api/error'

/** 32 hex digits that nobody else makes. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Whether the server said no. No answer, or a tired server, may have done it all the same. */
function isRefusal(cause: unknown): boolean {
  const { status } = asApiError(cause)
  return status >= 400 && status < 500 && status !== 408
}

/**
 * A key for something that must not happen twice: every try carries the same one until the server's answer came, also from
 * a form that was closed and opened again meanwhile.
 */
export function useOnce() {
  let key = newKey()
  let unanswered = false

  /** Does the work with the key of this form. */
  async function once<T>(work: (key: string) => Promise<T>): Promise<T> {
    unanswered = true
    try {
      const answer = await work(key)
      answered()
      return answer
    } catch (cause) {
      if (isRefusal(cause)) answered()
      throw cause
    }
  }

  function answered() {
    key = newKey()
    unanswered = false
  }

  return { once, isUnanswered: () => unanswered }
}
