import type { CreditRequest } from '@/api/money'
import type { Tone } from '@/components/app-state/tone'

const TONES: Record<CreditRequest['state'], Tone> = {
  submitted: 'primary',
  approved: 'success',
  overdue: 'danger',
  settled: 'muted',
  rejected: 'danger',
  withdrawn: 'muted'
}

/** How the state of a credit request is coloured; the word says the same. */
export const toneOfCredit = (state: CreditRequest['state']): Tone => TONES[state] ?? 'primary'

/** Until when it is to be paid, as far as that is still a question. */
export function dueText({ state, due_on, proposed_due_on }: CreditRequest): string {
  if (state === 'submitted') return `希望 ${proposed_due_on} 前缴`
  if (state === 'approved') return `请在 ${due_on ?? proposed_due_on} 前缴清`
  return state === 'overdue' ? `应在 ${due_on ?? proposed_due_on} 前缴清，已经逾期` : ''
}
