import type { OrderState } from '@/api/types'

/** How a state is coloured; the word and the sign say the same. */
export type Tone = 'primary' | 'success' | 'warning' | 'danger' | 'muted'

const OF_ORDER: Record<OrderState, Tone> = {
  pending_payment: 'warning',
  paying: 'warning',
  paid: 'primary',
  completed: 'success',
  void: 'muted',
  refunding: 'warning',
  refunded: 'muted'
}

/** The tone of an order's state. */
export function toneOfOrder(state: OrderState): Tone {
  return OF_ORDER[state] ?? 'muted'
}
