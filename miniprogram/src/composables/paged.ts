import { computed, ref, shallowRef, type Ref } from 'vue'
import { ApiError, asApiError } from '@/api/error'
import { readStored, store } from '@/platform/storage'

/** One page of a list and where the next one begins. */
export interface Page<T> {
  items: T[]
  next?: string | null
}

/** An endless list, as far as one must know it without knowing its rows. */
export interface ListState {
  items: Readonly<Ref<readonly unknown[]>>
  first: Readonly<Ref<unknown>>
  next: Readonly<Ref<string | null>>
  error: Readonly<Ref<ApiError | null>>
  loading: Readonly<Ref<boolean>>
  cached_at: Readonly<Ref<number | null>>
  empty: Readonly<Ref<boolean>>
  reload(): Promise<void>
  more(): Promise<void>
}

/**
 * An endless list by keyset: the first page, then the following ones as the person scrolls. An
 * answer to an older question is thrown away; a failed page can be tried again without losing the
 * ones before it. The first page may be remembered for times without a network.
 */
export function usePaged<P extends Page<unknown>>(
  fetch: (after: string | null) => Promise<P>,
  cacheKey?: () => string | null
) {
  const items = shallowRef<P['items'][number][]>([])
  const first = shallowRef<P | null>(null)
  const next = ref<string | null>(null)
  const error = ref<ApiError | null>(null)
  const loading = ref(false)
  const cached_at = ref<number | null>(null)
  let visit = 0

  function show(page: P): void {
    first.value = page
    items.value = page.items
    next.value = page.next ?? null
  }

  function fail(cause: unknown, key: string | null): void {
    error.value = asApiError(cause)
    const kept = key && error.value.offline ? readStored<{ at: number; page: P }>(key) : null
    if (!kept) return
    show({ ...kept.page, next: null })
    cached_at.value = kept.at
  }

  async function reload(): Promise<void> {
    const mine = ++visit
    const key = cacheKey?.() ?? null
    loading.value = true
    error.value = null
    try {
      const page = await fetch(null)
      if (mine !== visit) return
      show(page)
      cached_at.value = null
      // Who has signed out or turned to another unit meanwhile leaves nothing behind.
      if (key && key === cacheKey?.()) store(key, { at: Date.now(), page })
    } catch (cause) {
      if (mine === visit) fail(cause, key)
    } finally {
      if (mine === visit) loading.value = false
    }
  }

  async function more(): Promise<void> {
    if (loading.value || next.value === null) return
    const mine = visit
    loading.value = true
    error.value = null
    try {
      const page = await fetch(next.value)
      if (mine !== visit) return
      items.value = [...items.value, ...page.items]
      next.value = page.next ?? null
    } catch (cause) {
      if (mine === visit) error.value = asApiError(cause)
    } finally {
      if (mine === visit) loading.value = false
    }
  }

  /** Forgets everything shown and goes back to the skeleton. */
  function reset(): void {
    visit += 1
    items.value = []
    first.value = null
    next.value = null
    error.value = null
    cached_at.value = null
    loading.value = false
  }

  const empty = computed(() => first.value !== null && items.value.length === 0)
  return { items, first, next, error, loading, cached_at, empty, reload, more, reset }
}
