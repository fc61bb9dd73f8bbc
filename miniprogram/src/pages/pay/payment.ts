import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { ApiError, asApiError } from '@/api/error'
import { fetchPaymentState, startPayment } from '@/api/orders'
import type { OrderSummary, Payment } from '@/api/types'
import { newKey } from '@/platform/key'
import { openPaySheet, paymentChannel } from '@/platform/pay'

/**
 * Where a payment stands, as the page shows it. Only the server's word makes `paid`; the phone's
 * own "ok" merely makes `confirming`.
 */
export type Phase =
  | 'loading'
  | 'ready'
  | 'opening'
  | 'code'
  | 'confirming'
  | 'unsure'
  | 'paid'
  | 'unpaid'
  | 'void'
  | 'disputed'
  | 'refunding'
  | 'failed'

/** The page asks our server this often. */
const POLL_MS = 2000
/** After a minute without a word the page says so and lets the person go. */
const POLLS_MAX = 30
/** Every so many polls the server is invited to ask WeChat itself. */
const ASK_EVERY = 5

/** What the server says about one payment. */
interface Standing<O> {
  state: 'unpaid' | 'confirming' | 'paid' | 'disputed' | 'refunding' | 'void'
  message: string
  order: O
}

/** Whom the page talks to: the payer's own orders, or the one that a guest may pay. */
export interface PaymentDoor<O> {
  start(id: string, key: string, channel: Payment['channel']): Promise<Payment>
  ask(id: string, ask: boolean): Promise<Standing<O>>
}

const OWN: PaymentDoor<OrderSummary> = { start: startPayment, ask: fetchPaymentState }

/** One visit of the pay page: the orders are paid one after another. */
export function usePayment(): ReturnType<typeof usePaymentBy<OrderSummary>> {
  return usePaymentBy(OWN)
}

/** The same through any door. */
export function usePaymentBy<O>(door: PaymentDoor<O>) {
  const order_ids = ref<string[]>([])
  const at = ref(0)
  const phase = ref<Phase>('loading')
  const summaries = shallowRef<Record<string, O>>({})
  const payment = shallowRef<Payment | null>(null)
  const error = ref<ApiError | null>(null)
  const message = ref('')
  const order_id = computed(() => order_ids.value[at.value] ?? '')
  const order = computed<O | null>(() => summaries.value[order_id.value] ?? null)
  const rest = computed(() => order_ids.value.length - at.value - 1)

  let attemptKey: string | null = null
  let polls = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let left = false

  function learn(id: string, state: Standing<O>): Standing<O>['state'] {
    summaries.value = { ...summaries.value, [id]: state.order }
    message.value = state.message
    return state.state
  }

  function fail(cause: unknown): void {
    error.value = asApiError(cause)
    phase.value = 'failed'
  }

  /** Settles the phase when more asking changes nothing for now; tells whether that is so. */
  function settled(state: Standing<O>['state']): boolean {
    if (state === 'unpaid' || state === 'confirming') return false
    clearTimeout(timer)
    payment.value = null
    attemptKey = null
    error.value = null
    phase.value = state
    return true
  }

  async function poll(): Promise<void> {
    const mine = order_id.value
    polls += 1
    try {
      const ask = phase.value === 'confirming' && polls % ASK_EVERY === 1
      const state = await door.ask(mine, ask)
      if (left || mine !== order_id.value) return
      if (settled(learn(mine, state))) return
    } catch (cause) {
      if (!asApiError(cause).offline) return fail(cause)
      // The line is bad; the next turn asks again.
    }
    if (left) return
    if (phase.value === 'confirming' && polls >= POLLS_MAX) phase.value = 'unsure'
    else if (phase.value === 'confirming' || phase.value === 'code') later()
  }

  function later(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void poll(), POLL_MS)
  }

  /** Asks the server until it knows. */
  function confirm(): Promise<void> {
    phase.value = 'confirming'
    error.value = null
    polls = 0
    clearTimeout(timer)
    return poll()
  }

  /** The sheet was closed without paying; the server has the last word here as well. */
  async function afterCancel(failure: ApiError | null): Promise<void> {
    phase.value = 'confirming'
    try {
      const state = learn(order_id.value, await door.ask(order_id.value, true))
      if (settled(state)) return
      if (state === 'confirming') return confirm()
      attemptKey = null
      error.value = failure
      phase.value = 'unpaid'
    } catch {
      return confirm()
    }
  }

  async function useSheet(begun: Payment): Promise<void> {
    try {
      const result = await openPaySheet(begun.parameters)
      if (result === 'cancelled') await afterCancel(null)
      else await confirm()
    } catch (cause) {
      const failure = asApiError(cause)
      if (failure.code === 'pay_sheet_failed') await afterCancel(failure)
      else fail(failure)
    }
  }

  /** Starts an attempt. A lost answer is asked for again with the same key. */
  async function begin(channel: Payment['channel'] = paymentChannel()): Promise<void> {
    if (phase.value === 'opening') return
    clearTimeout(timer)
    phase.value = 'opening'
    error.value = null
    attemptKey ??= newKey()
    try {
      const begun = await door.start(order_id.value, attemptKey, channel)
      payment.value = begun
      if (begun.channel === 'native') {
        attemptKey = null
        polls = 0
        phase.value = 'code'
        later()
      } else await useSheet(begun)
    } catch (cause) {
      const failure = asApiError(cause)
      if (!failure.offline) attemptKey = null
      if (failure.code === 'order_paid') await confirm()
      else fail(failure)
    }
  }

  /** Looks where the current order stands; resolves to whether it can be paid now. */
  async function look(): Promise<boolean> {
    phase.value = 'loading'
    error.value = null
    try {
      const state = learn(order_id.value, await door.ask(order_id.value, false))
      if (settled(state)) return false
      if (state === 'confirming') {
        void confirm()
        return false
      }
      phase.value = 'ready'
      return true
    } catch (cause) {
      fail(cause)
      return false
    }
  }

  function open(ids: string[]): Promise<boolean> {
    order_ids.value = ids
    at.value = 0
    return look()
  }

  /** Goes on to the next order of the same confirmation. */
  async function next(): Promise<void> {
    if (rest.value === 0) return
    at.value += 1
    if (await look()) await begin()
  }

  onScopeDispose(() => {
    left = true
    clearTimeout(timer)
  })

  return {
    order_ids,
    at,
    phase,
    payment,
    error,
    message,
    order_id,
    order,
    rest,
    open,
    begin,
    confirm,
    look,
    next
  }
}
