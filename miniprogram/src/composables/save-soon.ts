import { onScopeDispose, ref } from 'vue'
import { serverNow } from '@/api/clock'
import { ApiError, asApiError } from '@/api/error'

/** Typing pauses this long before the server is told. */
const PAUSE_MS = 800

/**
 * Keeps on the server what somebody types, a moment after he pauses. One after the other, so that an older text never
 * overtakes a newer one. `send` tells the server, and resolves to false when there is nothing to keep yet; `afterwards` follows
 * what was kept.
 */
export function useSaveSoon(send: () => Promise<boolean>, afterwards: () => Promise<unknown>) {
  const saving = ref(false)
  const saved_at = ref<number | null>(null)
  const error = ref<ApiError | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> = Promise.resolve()

  async function save(): Promise<void> {
    clearTimeout(timer)
    saving.value = true
    try {
      if (!(await send())) return
      saved_at.value = serverNow()
      error.value = null
      await afterwards()
    } finally {
      saving.value = false
    }
  }

  /** Something was typed. */
  function soon(): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      running = running.then(save).catch((cause) => {
        error.value = asApiError(cause)
      })
    }, PAUSE_MS)
  }

  /** Keeps everything now: before a step is left or handed in. Throws when the server does not take it. */
  async function now(): Promise<void> {
    clearTimeout(timer)
    const kept = running.then(save)
    running = kept.catch(() => undefined)
    await kept
  }

  onScopeDispose(() => clearTimeout(timer))
  return { saving, saved_at, error, soon, now }
}
