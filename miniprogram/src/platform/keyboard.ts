const PRESSABLE = ['button', 'checkbox', 'radio', 'tab', 'switch', 'link']
const STEPS: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }
/** What belongs together and is walked through with the arrows. */
const GROUPS: Record<string, string> = { radio: '[role="radiogroup"]', tab: '[role="tablist"]' }

const roleOf = (element: Element) => element.getAttribute('role') ?? ''

/** The next one of the same group, round and round. */
function neighbour(element: HTMLElement, step: number): HTMLElement | undefined {
  const group = element.closest(GROUPS[roleOf(element)])
  const all = [...(group?.querySelectorAll<HTMLElement>(`[role="${roleOf(element)}"]`) ?? [])]
  return all[(all.indexOf(element) + step + all.length) % all.length]
}

/**
 * Lets Enter and Space press whatever says it is a button, and the arrows walk through choices: unit
 * finance works at a computer. A key that is held presses once; and where pressing moved the focus into
 * a field, letting go of Enter is not taken there for the end of typing.
 */
export function letKeysPress(): void {
  let pressing = false
  document.addEventListener('keydown', (event) => {
    const target = document.activeElement
    if (!(target instanceof HTMLElement)) return
    const step = STEPS[event.key]
    if (step && roleOf(target) in GROUPS) {
      event.preventDefault()
      neighbour(target, step)?.focus()
      return
    }
    if ((event.key !== 'Enter' && event.key !== ' ') || !PRESSABLE.includes(roleOf(target))) return
    event.preventDefault()
    if (event.repeat) return
    pressing = true
    target.click()
  })
  document.addEventListener(
    'keyup',
    (event) => {
      if (pressing && (event.key === 'Enter' || event.key === ' ')) event.stopImmediatePropagation()
      pressing = false
    },
    true
  )
}
