import { getCurrentInstance, onUnmounted, watch } from 'vue'

const REACHABLE = 'input:not([disabled]), [tabindex="0"]:not([aria-disabled="true"])'
/** The sheet stands in the page a moment after it was asked for; a slow phone takes longer. */
const LOOK_AGAIN_MS = 40
const LOOKS_MAX = 50

/**
 * In the browser the focus goes with the eyes: into a sheet that opens (to what is chosen, else to the sheet itself),
 * round within it while it is open, and back to where it came from. Escape closes it. The mini-program's reader does
 * this by itself.
 */
export function useSheetFocus(open: () => boolean, close: () => void): void {
  // #ifdef H5
  const instance = getCurrentInstance()
  const sheet = () =>
    (instance?.proxy?.$el as Element | undefined)?.querySelector<HTMLElement>('[role="dialog"]')
  let from: HTMLElement | null = null

  function enter(looks = 0): void {
    const inside = sheet()
    if (!open() || looks > LOOKS_MAX || inside?.contains(document.activeElement)) return
    const chosen = inside?.querySelector<HTMLElement>('[role="radio"][aria-checked="true"]')
    const target = chosen ?? inside?.querySelector<HTMLElement>('[role="radio"]') ?? inside
    target?.focus()
    setTimeout(() => enter(looks + 1), LOOK_AGAIN_MS)
  }

  function keep(event: KeyboardEvent): void {
    const inside = sheet()
    if (!inside) return
    if (event.key === 'Escape') {
      event.stopPropagation()
      close()
    }
    if (event.key !== 'Tab') return
    const all = [...inside.querySelectorAll<HTMLElement>(REACHABLE)].filter(
      (one) => one.offsetParent !== null
    )
    const at = all.indexOf(document.activeElement as HTMLElement)
    const last = all.length - 1
    if (event.shiftKey ? at > 0 : at >= 0 && at < last) return
    event.preventDefault()
    all[event.shiftKey ? last : 0]?.focus()
  }

  function release(): void {
    document.removeEventListener('keydown', keep)
  }

  watch(open, (shown) => {
    release()
    if (!shown) {
      // Whoever went on elsewhere in the meantime is not called back.
      const lost = sheet()?.contains(document.activeElement) || document.activeElement === document.body
      if (lost) from?.focus()
      return
    }
    from = document.activeElement instanceof HTMLElement ? document.activeElement : null
    document.addEventListener('keydown', keep)
    setTimeout(enter, LOOK_AGAIN_MS)
  })
  onUnmounted(release)
  // #endif
  void open
  void close
}
