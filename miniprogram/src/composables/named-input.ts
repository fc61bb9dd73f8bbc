import { getCurrentInstance, onMounted, watch } from 'vue'

/**
 * Gives the real input its name for screen readers. The browser's framework leaves `aria-label` on
 * a wrapper around the input, where nothing reads it; the mini-program needs no help.
 */
export function useNamedInput(label: () => string): void {
  const instance = getCurrentInstance()
  function name(): void {
    // #ifdef H5
    const root = instance?.proxy?.$el as Element | undefined
    root?.querySelector?.('input')?.setAttribute('aria-label', label())
    root?.querySelector?.('uni-input')?.removeAttribute('aria-label')
    // #endif
  }
  onMounted(name)
  // After the wrapper has been given the new label by the framework.
  watch(label, name, { flush: 'post' })
}
