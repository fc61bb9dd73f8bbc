import { ref, shallowRef } from 'vue'
import { asApiError, type ApiError } from '@/api/error'
import { said } from './said'

/** Something a press starts: runs once at a time, remembers why it failed; says so when it went well. */
export function useAction<A extends unknown[]>(work: (...args: A) => Promise<string | void>) {
  const running = ref(false)
  const failure = shallowRef<ApiError | null>(null)

  /** Resolves to whether it went well. */
  async function run(...args: A): Promise<boolean> {
    if (running.value) return false
    running.value = true
    failure.value = null
    try {
      const words = await work(...args)
      if (words) said(words)
      return true
    } catch (cause) {
      const error = asApiError(cause)
      if (!error.silent) failure.value = error
      return false
    } finally {
      running.value = false
    }
  }

  return { run, running, failure, clear: () => (failure.value = null) }
}
