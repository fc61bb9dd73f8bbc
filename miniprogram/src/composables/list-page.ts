import { computed, watch } from 'vue'
import { onPullDownRefresh, onReachBottom, onShow } from '@dcloudio/uni-app'
import { usePaged, type Page } from './paged'
import { useSignedIn } from './signed-in'

interface Options {
  /** Where the first page is remembered for times without a network; null: not now. */
  cacheKey?: () => string | null
  /** What the question depends on; a change asks anew from the start. */
  asked?: () => unknown
  /** Runs beside every loading, once it is clear who is asking. */
  beside?: () => Promise<unknown>
  /** Runs when the person turns to another unit, before the list is asked for again. */
  onUnit?: () => void
}

/**
 * What every page with an endless list does alike: it signs in, loads when shown, goes on at the
 * bottom, starts anew when pulled down, when the question changes or the unit does.
 */
export function useListPage<P extends Page<unknown>>(
  fetch: (after: string | null) => Promise<P>,
  { cacheKey, asked, beside, onUnit }: Options = {}
) {
  const list = usePaged(fetch, cacheKey)

  function again(): void {
    list.reset()
    void list.reload()
  }

  const { error: visitError, ready } = useSignedIn(() => {
    onUnit?.()
    again()
  })

  async function show(): Promise<void> {
    if (await ready()) await Promise.all([beside?.(), list.reload()])
  }

  onShow(show)
  onReachBottom(() => list.more())
  onPullDownRefresh(() => {
    void list.reload().finally(() => uni.stopPullDownRefresh())
  })
  if (asked) watch(asked, again)

  /** Why nothing can be shown; null while there is something, be it old. */
  const failure = computed(() => {
    if (list.cached_at.value !== null || list.first.value) return null
    return list.error.value ?? visitError.value
  })

  return { list, show, failure }
}
