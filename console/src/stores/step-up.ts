import { reactive, readonly } from 'vue'

const state = reactive<{ open: boolean }>({ open: false })
let answer: ((proved: boolean) => void)[] = []

/** Whether the dialog that asks for password and code is open. */
export const stepUp = readonly(state)

/** Opens the dialog; resolves when the officer proved himself or gave up. Several requests share one dialog. */
export function askForProof(): Promise<boolean> {
  state.open = true
  return new Promise((resolve) => answer.push(resolve))
}

/** Closes the dialog and tells everybody who waits. */
export function closeProof(proved: boolean): void {
  state.open = false
  const waiting = answer
  answer = []
  waiting.forEach((tell) => tell(proved))
}
