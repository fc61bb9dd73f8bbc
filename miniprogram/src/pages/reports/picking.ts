import { computed, ref } from 'vue'
import { createVoucher } from '@/api/reports'
import type { Report } from '@/api/types'
import { useAction } from '@/composables/action'
import { replace } from '@/platform/navigate'

/** Reports on one voucher. */
export const REPORTS_MAX = 50

/** Ticking reports that are to be printed at a counter, and the voucher for them (S1-52). */
export function usePicking() {
  const picking = ref(false)
  const ids = ref<string[]>([])
  const full = computed(() => ids.value.length >= REPORTS_MAX)

  function toggle({ id }: Report): void {
    if (ids.value.includes(id)) ids.value = ids.value.filter((one) => one !== id)
    else if (!full.value) ids.value = [...ids.value, id]
  }

  function stop(): void {
    picking.value = false
    ids.value = []
  }

  const making = useAction(async () => {
    await createVoucher(ids.value)
    stop()
    replace('vouchers')
  })

  return { picking, ids, full, toggle, stop, making }
}
