import { ref } from 'vue'
import { ApiError, asApiError } from '@/api/error'

/**
 * Wraps something a person starts with a tap: while it runs, further taps do nothing (a double tap
 * is harmless), and a failure is kept to be shown instead of being thrown into the void.
 */
export function useAction<A extends unknown[]>(run: (...args: A) => Promise<unknown>) {
  const running = ref(false)
  const error = ref<ApiError | null>(null)
  async function start(...args: A): Promise<void> {
    if (running.value) return
    running.value = true
    error.value = null
    try {
      await run(...args)
    } catch (cause) {
      error.value = asApiError(cause)
    } finally {
      running.value = false
    }
  }
  return { running, error, start }
}
