import { getCurrentInstance, onMounted, watch } from 'vue'

/** What a screen reader says of an input. */
interface Said {
  name: string
  problem?: string
  hint?: string
}

/**
 * Gives the real input its name for screen readers, and what is wrong with it. The browser's framework leaves
 * `aria-label` on a wrapper around the input, where nothing reads it; the mini-program needs no help.
 */
export function useNamedInput(said: () => Said): void {
  const instance = getCurrentInstance()
  function name(): void {
    // #ifdef H5
    const root = instance?.proxy?.$el as Element | undefined
    const input = root?.querySelector?.('input')
    const { name, problem, hint } = said()
    input?.setAttribute('aria-label', name)
    input?.setAttribute('aria-description', problem || hint || '')
    input?.setAttribute('aria-invalid', problem ? 'true' : 'false')
    root?.querySelector?.('uni-input')?.removeAttribute('aria-label')
    // #endif
  }
  onMounted(name)
  // After the wrapper has been given the new label by the framework.
  watch(said, name, { flush: 'post' })
}
