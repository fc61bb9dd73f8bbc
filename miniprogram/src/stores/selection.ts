import { computed, reactive } from 'vue'
import { previewCheckout } from '@/api/fees'
import type { AllMatching, Fee, Total } from '@/api/types'
import { readStored, store } from '@/platform/storage'
import { session } from './session'

/**
 * What is ticked for paying. Either single fees (`picked` with their sum), or "all that match `q`"
 * minus some exceptions: then only the server knows the ids, and 2,000 reports cost no more than
 * one. The sum is exact in both cases and always shown.
 */
interface State {
  picked: Record<string, true>
  picked_fen: number
  all: { q: string; total: Total; except: Record<string, true>; except_fen: number } | null
}

const empty = (): State => ({ picked: {}, picked_fen: 0, all: null })

const state = reactive<State>(empty())

function remember(): void {
  store(session.privateKey('selection'), state)
}

const count = computed(() =>
  state.all ? state.all.total.count - Object.keys(state.all.except).length : Object.keys(state.picked).length
)

const amount_fen = computed(() =>
  state.all ? state.all.total.amount_fen - state.all.except_fen : state.picked_fen
)

function tick(fee: Fee): void {
  if (state.all) {
    if (!(fee.id in state.all.except)) return
    delete state.all.except[fee.id]
    state.all.except_fen -= fee.amount_fen
  } else if (!(fee.id in state.picked)) {
    state.picked[fee.id] = true
    state.picked_fen += fee.amount_fen
  }
}

function untick(fee: Fee): void {
  if (state.all) {
    if (fee.id in state.all.except) return
    state.all.except[fee.id] = true
    state.all.except_fen += fee.amount_fen
  } else if (fee.id in state.picked) {
    delete state.picked[fee.id]
    state.picked_fen -= fee.amount_fen
  }
}

/** The fees ticked on the pending list (S0-16, S0-17). */
export const selection = {
  state,
  count,
  amount_fen,

  /** Whether a fee is ticked. A row shown under "all" always matches its search. */
  has(fee: Fee): boolean {
    return state.all ? !(fee.id in state.all.except) : fee.id in state.picked
  },

  /** Ticks or unticks one fee. */
  toggle(fee: Fee): void {
    if (selection.has(fee)) untick(fee)
    else tick(fee)
    if (state.all && count.value === 0) Object.assign(state, empty())
    remember()
  },

  /** Ticks the given fees, as "this page" does. */
  addAll(fees: Fee[]): void {
    fees.forEach(tick)
    remember()
  },

  /** Ticks everything the server finds for `q`. */
  selectAllMatching(q: string, total: Total): void {
    Object.assign(state, empty(), { all: { q, total, except: {}, except_fen: 0 } })
    remember()
  },

  /** Unticks everything. */
  clear(): void {
    Object.assign(state, empty())
    remember()
  },

  /** Ticks exactly these fees, whose sum is known. */
  replaceWith(ids: string[], sum_fen: number): void {
    const picked = Object.fromEntries(ids.map((id) => [id, true as const]))
    Object.assign(state, { picked, picked_fen: sum_fen, all: null })
    remember()
  },

  /** Turns "all that match" into single fees: the search is about to change and no tick may be lost. */
  async settle(): Promise<void> {
    if (!state.all) return
    const preview = await previewCheckout(selection.request())
    selection.replaceWith(preview.fee_ids, preview.amount_fen)
  },

  /** The selection as the server wants it. */
  request(): { fee_ids?: string[]; all_matching?: AllMatching } {
    if (!state.all) return { fee_ids: Object.keys(state.picked) }
    const { q, except } = state.all
    return { all_matching: { q: q || undefined, except: Object.keys(except) } }
  },

  /** Brings back what was ticked for this unit on an earlier visit. */
  restore(): void {
    Object.assign(state, empty(), readStored<State>(session.privateKey('selection')) ?? {})
  }
}
