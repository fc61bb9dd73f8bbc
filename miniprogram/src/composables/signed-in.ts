import { ref } from 'vue'
import { ApiError, asApiError } from '@/api/error'
import { currentUrl, replace } from '@/platform/navigate'
import { session } from '@/stores/session'

/**
 * For pages that only make sense for a known person: loads the session and sends visitors to the
 * login, which returns here. `ready()` resolves to false when the page should not go on.
 */
export function useSignedIn() {
  const error = ref<ApiError | null>(null)
  async function ready(): Promise<boolean> {
    error.value = null
    try {
      const current = await session.load()
      if (current.signed_in) return true
      replace('login', { return_to: currentUrl() })
      return false
    } catch (cause) {
      const failure = asApiError(cause)
      // Without a network the pages show what they remember of the last visit.
      if (failure.offline && session.lastSeen()) return true
      error.value = failure
      return false
    }
  }
  return { error, ready }
}
