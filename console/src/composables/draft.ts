import { ref } from 'vue'

/**
 * What somebody is writing and has not kept yet: it is there again when he comes back to the page, in this window of the
 * browser. A draft of something that was changed by somebody else meanwhile is not taken up.
 */
export function useDraft<T>(name: string) {
  const key = `draft:${name}`
  const restored = ref(false)

  /** The draft that was made from `basis`, if there is one. */
  function take(basis: string): T | null {
    restored.value = false
    const stored = sessionStorage.getItem(key)
    if (!stored) return null
    const draft = JSON.parse(stored) as { basis: string; value: T }
    if (draft.basis !== basis) return null
    restored.value = true
    return draft.value
  }

  /** Keeps what is written now; nothing when it is no different. */
  function keep(basis: string, value: T | null) {
    if (value) sessionStorage.setItem(key, JSON.stringify({ basis, value }))
    else {
      sessionStorage.removeItem(key)
      restored.value = false
    }
  }

  return { take, keep, restored }
}
