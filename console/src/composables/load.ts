import { ref, shallowRef, watch } from 'vue'
import { asApiError, type ApiError } from '@/api/error'

/**
 * Something a page shows whole: loads at once, again on demand; the last question wins. Where it says of what, another one is
 * read anew, and the one before is not shown meanwhile.
 */
export function useLoad<T>(fetch: () => Promise<T>, options: { later?: boolean; of?: () => unknown } = {}) {
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

  /** What an act answered with; whatever is still being read is older. */
  function show(answer: T): void {
    turn += 1
    data.value = answer
    failure.value = null
    loading.value = false
  }

  if (options.of)
    watch(options.of, () => {
      data.value = null
      void load()
    })
  if (!options.later) void load()
  return { data, loading, failure, load, show }
}
