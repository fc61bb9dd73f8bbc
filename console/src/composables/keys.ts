import { onBeforeUnmount, onMounted } from 'vue'

/** Whether keys belong to a field now, so that letters must not act. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)
}

/** Whether a dialog lies over the page. */
const isCovered = () =>
  [...document.querySelectorAll('.el-overlay')].some((one) => (one as HTMLElement).style.display !== 'none')

/** Single keys that act while the page is shown and nobody types; names as in `KeyboardEvent.key`, lower case. */
export function useKeys(keys: Record<string, () => void>): void {
  const listen = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isCovered()) return
    const act = keys[event.key.toLowerCase()]
    if (!act) return
    event.preventDefault()
    act()
  }
  onMounted(() => document.addEventListener('keydown', listen))
  onBeforeUnmount(() => document.removeEventListener('keydown', listen))
}
