import type { Tone } from '@/components/app-state/tone'

/** How the state of a credit request is coloured; the word says the same. */
export function toneOfCredit(state: string): Tone {
  if (state === 'approved' || state === 'granted') return 'success'
  if (state === 'settled' || state === 'withdrawn') return 'muted'
  return state === 'rejected' || state === 'overdue' ? 'danger' : 'primary'
}
