import { computed, reactive, ref, shallowRef } from 'vue'
import { saveRemittance, submitRemittance } from '@/api/bank'
import { serverNow } from '@/api/clock'
import type { RemittanceDraft, WholeOrder } from '@/api/money'
import { useSaveSoon } from '@/composables/save-soon'
import { forget, readStored, store } from '@/platform/storage'
import { session } from '@/stores/session'
import { fenOf, yuan } from '@/text/money'
import { dayOf } from '@/text/time'
import { digitsOnly, normaliseCode } from '@/text/typed'
import type { useProofs } from '@/components/file-list/proofs'

/** What is typed, as text; it becomes a draft when it makes sense. */
export interface Typed {
  payer_name: string
  payer_account: string
  payer_bank: string
  remitted_on: string
  amount: string
  serial_no: string
  reference_no: string
  note: string
}

function typedOf(draft: RemittanceDraft): Typed {
  return {
    payer_name: draft.payer_name ?? '',
    payer_account: draft.payer_account ?? '',
    payer_bank: draft.payer_bank ?? '',
    remitted_on: draft.remitted_on ?? '',
    amount: draft.amount_fen ? yuan(draft.amount_fen).replace(/,/g, '') : '',
    serial_no: draft.serial_no ?? '',
    reference_no: draft.reference_no ?? '',
    note: draft.note ?? ''
  }
}

/** Brings what was typed or pasted into form: blanks out of numbers, nothing cut from words. */
function clean(field: keyof Typed, text: string): string {
  if (field === 'payer_account') return digitsOnly(text)
  if (field === 'serial_no' || field === 'reference_no') return normaliseCode(text)
  if (field === 'amount') return text.replace(/[\s,，¥￥元]/g, '')
  return text
}

/** A sum that differs is told, not refused: banks take charges, and some pay two orders at once. */
export function amountHint(typed: Typed, order_fen: number): string {
  const amount_fen = fenOf(typed.amount)
  if (!amount_fen || amount_fen === order_fen) return ''
  return `与应缴的 ${yuan(order_fen)} 元不同，请核对`
}

/** What is missing or wrong, by field. */
export function problemsOf(typed: Typed, today: string): Partial<Record<keyof Typed, string>> {
  const problems: Partial<Record<keyof Typed, string>> = {}
  if (!typed.payer_name.trim()) problems.payer_name = '请填写付款单位名称，与回单一致'
  if (!typed.remitted_on) problems.remitted_on = '请选择汇款日期'
  else if (typed.remitted_on > today) problems.remitted_on = '汇款日期不能晚于今天'
  const amount_fen = fenOf(typed.amount)
  if (amount_fen === null || amount_fen === 0) problems.amount = '请填写汇款金额，例如 1265.00'
  return problems
}

/** The remittance of one order while it is being described: kept on the phone at every change, on the server soon after. */
export function useRemittanceDraft(proofs: Pick<ReturnType<typeof useProofs>, 'ready_ids' | 'clearAway'>) {
  const order = shallowRef<WholeOrder | null>(null)
  const typed = reactive<Typed>({
    payer_name: '',
    payer_account: '',
    payer_bank: '',
    remitted_on: '',
    amount: '',
    serial_no: '',
    reference_no: '',
    note: ''
  })
  const asked = ref(false)
  const { saving, saved_at, error, soon, now } = useSaveSoon(
    async () => {
      if (!order.value) return false
      await saveRemittance(order.value.id, draft(), proofs.ready_ids.value)
      return true
    },
    () => proofs.clearAway()
  )

  const key = () => session.privateKey(`remittance-${order.value?.id ?? ''}`)
  const today = () => dayOf(serverNow())
  const problems = computed(() => (asked.value && order.value ? problemsOf(typed, today()) : {}))

  /** Typed on this phone > known to the server (a rejected one goes over to the next order, S0-44) > proposed. */
  function take(next: WholeOrder): void {
    order.value = next
    const proposed: Typed = {
      ...typed,
      payer_name: next.unit_name,
      remitted_on: today(),
      amount: yuan(next.amount_fen).replace(/,/g, '')
    }
    const known = next.remittance ? typedOf(next.remittance) : null
    Object.assign(typed, readStored<Typed>(key()) ?? known ?? proposed)
  }

  /** As far as it has got: the server keeps half a form too and judges it when it is handed in. */
  function draft(): RemittanceDraft {
    const filled = (text: string) => text.trim() || undefined
    return {
      payer_name: typed.payer_name.trim(),
      payer_account: filled(typed.payer_account),
      payer_bank: filled(typed.payer_bank),
      remitted_on: typed.remitted_on,
      amount_fen: fenOf(typed.amount) ?? 0,
      serial_no: filled(typed.serial_no),
      reference_no: filled(typed.reference_no),
      note: filled(typed.note)
    }
  }

  function set(field: keyof Typed, text: string): void {
    typed[field] = clean(field, text)
    changed()
  }

  function changed(): void {
    store(key(), typed)
    soon()
  }

  /** Hands it in; resolves to false while something is missing. */
  async function submit(): Promise<WholeOrder | null> {
    asked.value = true
    if (!order.value || Object.keys(problems.value).length > 0 || proofs.ready_ids.value.length === 0)
      return null
    await now()
    const next = await submitRemittance(order.value.id)
    forget(key())
    return next
  }

  return { typed, asked, problems, saving, saved_at, error, take, set, changed, submit }
}
