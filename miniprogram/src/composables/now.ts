import { onScopeDispose, ref } from 'vue'
import { serverNow } from '@/api/clock'

const TICK_MS = 1000

/** The present in epoch milliseconds by the server's clock, moving on every second while the page lives. */
export function useNow() {
  const now_ms = ref(serverNow())
  const timer = setInterval(() => {
    now_ms.value = serverNow()
  }, TICK_MS)
  onScopeDispose(() => clearInterval(timer))
  return now_ms
}
