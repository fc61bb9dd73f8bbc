import { onScopeDispose, ref } from 'vue'

const TICK_MS = 1000

/** The present in epoch milliseconds, moving on every second while the page lives. */
export function useNow() {
  const now_ms = ref(Date.now())
  const timer = setInterval(() => {
    now_ms.value = Date.now()
  }, TICK_MS)
  onScopeDispose(() => clearInterval(timer))
  return now_ms
}
