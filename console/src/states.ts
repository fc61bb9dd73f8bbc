import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleDot,
  CircleX,
  Clock,
  Hourglass,
  Undo2
} from '@lucide/vue'
import type { Component } from 'vue'

export type Tone = 'success' | 'warning' | 'danger' | 'active' | 'quiet' | 'plum'

const LOOKS: Record<Tone, Component> = {
  success: CircleCheck,
  warning: Clock,
  danger: CircleX,
  active: CircleDot,
  quiet: CircleDashed,
  plum: Undo2
}

/** States by how they feel, over all desks; the words come from the server. */
const TONES: Record<Tone, string[]> = {
  success: [
    'paid',
    'completed',
    'issued',
    'approved',
    'claimed',
    'delivered',
    'closed',
    'settled',
    'applied',
    'ready',
    'success',
    'succeeded',
    'handed_over',
    'released',
    'done',
    'finished',
    'granted',
    'imported',
    'active',
    'sent',
    'read',
    'processed',
    'balanced',
    'live'
  ],
  warning: [
    'pending_payment',
    'paying',
    'open',
    'part',
    'submitted',
    'requested',
    'pending',
    'under_review',
    'part_paid',
    'needs_mapping',
    'waiting',
    'retrying',
    'queued',
    'payable',
    'proposed',
    'reversing',
    'disputed'
  ],
  danger: [
    'failed',
    'rejected',
    'differences',
    'dead',
    'refused',
    'error',
    'abnormal',
    'amount_differs',
    'missing',
    'expired',
    'unmatched',
    'interrupted',
    'declined'
  ],
  active: [
    'claimed_review',
    'issuing',
    'receiving',
    'processing',
    'running',
    'sending',
    'locked',
    'created',
    'accepted',
    'confirmed',
    'received'
  ],
  quiet: [
    'void',
    'voided',
    'cancelled',
    'withdrawn',
    'ignored',
    'none',
    'draft',
    'closed_unpaid',
    'skipped',
    'superseded',
    'disabled',
    'duplicate',
    'adjusted',
    'stands'
  ],
  plum: [
    'refunding',
    'refunded',
    'part_refunded',
    'red_lettered',
    'red_letter',
    'refund_due',
    'credit',
    'reversed'
  ]
}

const BY_STATE = new Map(
  Object.entries(TONES).flatMap(([tone, states]) => states.map((state) => [state, tone as Tone]))
)

const SPECIAL: Record<string, Component> = {
  failed: CircleAlert,
  void: Ban,
  cancelled: Ban,
  ignored: Ban,
  issuing: Hourglass,
  processing: Hourglass
}

/** Tone and icon of a state; one we do not know is quiet. */
export function lookOf(state: string): { tone: Tone; icon: Component } {
  const tone = BY_STATE.get(state) ?? 'quiet'
  return { tone, icon: SPECIAL[state] ?? LOOKS[tone] }
}
