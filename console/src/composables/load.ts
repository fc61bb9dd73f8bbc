import { ref, shallowRef } from 'vue'
import { asApiError, type ApiError } from '@/api/error'

/** Something a page shows whole: loads at once, again on demand; the last question wins. */
export function useLoad<T>(fetch: () => Promise<T>, options: { later?: boolean } = {}) {
  const data = shallowRef<T | null>(null)
  const loading = ref(false)
  const failure = shallowRef<ApiError | null>(null)
  let turn = 0

  async function load(): Promise<void> {
    const mine = ++turn
    loading.value = true
    failure.value = null
    try {
      const answer = await fetch()
      if (mine === turn) data.value = answer
    } catch (cause) {
      if (mine === turn) failure.value = asApiError(cause)
    } finally {
      if (mine === turn) loading.value = false
    }
  }

  if (!options.later) void load()
  return { data, loading, failure, load }
}
