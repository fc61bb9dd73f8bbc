import { computed, reactive, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { asApiError, type ApiError } from '@/api/error'
import type { Page } from '@/api/types'
import { CursorStack } from './cursor-stack'

/** Filters are words in the address: whoever gets the link sees the same list. */
export type Filters = Record<string, string>

/** Where each list was left, so that coming back from a detail shows the same page. */
const left = new Map<string, (string | null)[]>()

/**
 * A list paged by the server. Filters live in the address; `fetch` gets them and where the page starts.
 * `scope` keeps apart lists of one page whose difference is not in the address' query. `filters` may be edited freely: the list follows, from its first page,
 * except for those that stand in the address `beside` the question, such as which row is open.
 */
export function usePagedList<T>(
  defaults: Filters,
  fetch: (filters: Filters, after: string | null) => Promise<Page<T>>,
  scope = '',
  beside: readonly string[] = []
) {
  const route = useRoute()
  const router = useRouter()
  const path = route.matched[0]?.path ?? ''
  const fromAddress = () =>
    Object.fromEntries(
      Object.entries(defaults).map(([name, value]) => [name, String(route.query[name] ?? value)])
    )

  const filters = reactive<Filters>(fromAddress())
  const question = () =>
    JSON.stringify(Object.fromEntries(Object.entries(filters).filter(([name]) => !beside.includes(name))))
  const key = () => `${path}#${scope}?${question()}`
  const stack = shallowRef(new CursorStack(left.get(key())))
  const items = shallowRef<T[]>([])
  const next = ref<string | null>(null)
  const loading = ref(false)
  const failure = shallowRef<ApiError | null>(null)
  const loaded = ref(false)
  let turn = 0

  async function load(): Promise<void> {
    const mine = ++turn
    loading.value = true
    failure.value = null
    try {
      const page = await fetch({ ...filters }, stack.value.current)
      if (mine !== turn) return
      items.value = page.items
      next.value = page.next ?? null
      loaded.value = true
    } catch (cause) {
      if (mine !== turn) return
      failure.value = asApiError(cause)
    } finally {
      if (mine === turn) loading.value = false
    }
  }

  function go(change: (stack: CursorStack) => void): void {
    const moved = new CursorStack(stack.value.toArray())
    change(moved)
    stack.value = moved
    left.set(key(), moved.toArray())
    void load()
  }

  let asked = question()
  watch(filters, () => {
    const query = Object.fromEntries(
      Object.entries(filters).filter(([name, value]) => value !== '' && value !== defaults[name])
    )
    const others = Object.fromEntries(Object.entries(route.query).filter(([name]) => !(name in defaults)))
    void router.replace({ query: { ...others, ...query } })
    if (question() === asked) return
    asked = question()
    go((moved) => moved.reset())
  })
  watch(
    () => route.query,
    () => {
      // Somebody followed a link to the same page with other filters.
      if (route.matched[0]?.path !== path) return
      const wanted = fromAddress()
      if (JSON.stringify(wanted) !== JSON.stringify({ ...filters })) Object.assign(filters, wanted)
    }
  )
  void load()

  return {
    filters,
    items,
    loading,
    loaded,
    failure,
    load,
    page: computed(() => stack.value.page),
    hasNext: computed(() => next.value !== null),
    hasPrevious: computed(() => stack.value.hasPrevious),
    forward: () => next.value !== null && go((moved) => moved.forward(next.value as string)),
    back: () => go((moved) => moved.back()),
    first: () => go((moved) => moved.reset())
  }
}

/** What `usePagedList` gives. */
export type PagedList<T> = ReturnType<typeof usePagedList<T>>
