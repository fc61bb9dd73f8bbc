import { ref, shallowRef } from 'vue'
import { ApiError, asApiError } from '@/api/error'
import { readStored, store } from '@/platform/storage'

interface Kept<T> {
  at: number
  data: T
}

/**
 * Loads what a page shows. With a cache key the last answer is shown at once and stays, with the
 * time it was taken (`cached_at`), when the network is gone.
 */
export function useLoad<T>(fetch: () => Promise<T>, cacheKey?: () => string) {
  const data = shallowRef<T | null>(null)
  const error = ref<ApiError | null>(null)
  const loading = ref(false)
  const cached_at = ref<number | null>(null)
  let visit = 0

  async function load(): Promise<void> {
    const mine = ++visit
    loading.value = true
    const key = cacheKey?.()
    if (key && data.value === null) {
      const kept = readStored<Kept<T>>(key)
      if (kept) data.value = kept.data
    }
    try {
      const fresh = await fetch()
      if (mine !== visit) return
      data.value = fresh
      error.value = null
      cached_at.value = null
      // Who has signed out or turned to another unit meanwhile leaves nothing behind.
      if (key && key === cacheKey?.()) store(key, { at: Date.now(), data: fresh })
    } catch (cause) {
      if (mine !== visit) return
      error.value = asApiError(cause)
      const kept = key && error.value.offline ? readStored<Kept<T>>(key) : null
      cached_at.value = kept?.at ?? null
      if (!kept) data.value = null
    } finally {
      if (mine === visit) loading.value = false
    }
  }

  /** What an act answered with; whatever is still being read is older. */
  function show(answer: T): void {
    visit += 1
    data.value = answer
    error.value = null
    cached_at.value = null
    loading.value = false
  }

  /** Forgets what is shown: another unit, another person. */
  function reset(): void {
    visit += 1
    data.value = null
    error.value = null
    cached_at.value = null
    loading.value = false
  }

  return { data, error, loading, cached_at, load, show, reset }
}
