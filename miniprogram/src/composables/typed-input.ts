interface InputEvent {
  detail: { value: string }
}

/**
 * What is typed reaches the page at once when the field is left or confirmed. The browser's framework tells of typing
 * at most ten times a second: who types a phone number and goes straight on to 获取验证码 would press it while the last
 * digits are still on their way, and nothing would be sent.
 */
export function useTypedInput(current: () => string, tell: (text: string) => void) {
  /** The first sign is always told at once: as long as there is none, nothing was typed. */
  let told: string | null = null
  /** Told ahead of the framework, which is going to repeat it. */
  let ahead: string | null = null

  function input({ detail: { value } }: InputEvent): void {
    const known = value === ahead
    ahead = null
    if (known) return
    told = value
    tell(value)
  }

  /** For leaving the field and for Enter in it. */
  function settle({ detail: { value } }: InputEvent): void {
    if (told === null || value === told || value === current()) return
    told = value
    ahead = value
    tell(value)
  }

  return { input, settle }
}
