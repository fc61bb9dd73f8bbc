const PRESSABLE = ['button', 'checkbox', 'radio', 'tab', 'switch', 'link']

/** Lets Enter and Space press whatever says it is a button: unit finance works at a computer. */
export function letKeysPress(): void {
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return
    const target = document.activeElement
    if (!(target instanceof HTMLElement) || !PRESSABLE.includes(target.getAttribute('role') ?? '')) return
    event.preventDefault()
    target.click()
  })
}
