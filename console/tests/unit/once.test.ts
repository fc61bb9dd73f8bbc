import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import * as desks from '@/api/desks'
import { ApiError } from '@/api/error'
import type { StaffOrder } from '@/api/types'
import CounterDialog from '@/pages/orders/counter-dialog.vue'

vi.mock('@/api/desks')

const lost = () => new ApiError(0, { code: 'network', message: '网络不通，没有连上服务器', money: 'unknown' })
const refused = () => new ApiError(422, { code: 'claim_too_large', message: '只差 300.00 元' })

/** Its form alone: a press is its submission. */
const ActDialog = { template: '<form @submit.prevent="$emit(\'act\')"><slot /></form>', emits: ['act'] }

describe('money taken at the window', () => {
  const sent = () => vi.mocked(desks.receiveAtCounter).mock.calls.map(([, payment]) => payment)

  beforeEach(() => {
    vi.mocked(desks.receiveAtCounter).mockReset()
  })

  async function opened() {
    const order = { id: 'ord_1', unit_name: '示例物业', amount_fen: 100_000, missing_fen: 100_000 }
    const dialog = mount(CounterDialog, {
      props: { order: order as StaffOrder, modelValue: false },
      global: { stubs: { ActDialog } }
    })
    await dialog.setProps({ modelValue: true })
    return dialog
  }

  async function press(dialog: Awaited<ReturnType<typeof opened>>) {
    await dialog.find('form').trigger('submit')
    await vi.waitFor(() => expect(vi.mocked(desks.receiveAtCounter)).toHaveBeenCalled())
    await new Promise((settled) => setTimeout(settled))
  }

  it('is sent under the same key until an answer came, also from a form opened anew', async () => {
    vi.mocked(desks.receiveAtCounter).mockRejectedValueOnce(lost()).mockRejectedValueOnce(lost())
    const dialog = await opened()
    await dialog.find('input.number').setValue('300')
    await press(dialog)
    await press(dialog)
    await dialog.setProps({ modelValue: false })
    await dialog.setProps({ modelValue: true })
    expect((dialog.find('input.number').element as HTMLInputElement).value).toBe('300')
    await press(dialog)
    const [first, second, third] = sent()
    expect(second).toEqual(first)
    expect(third).toEqual(first)
    expect(first!.key).toMatch(/^[0-9a-f]{32}$/)
    expect(dialog.emitted('done')).toHaveLength(1)

    // The answer came: the next money is other money.
    await dialog.setProps({ modelValue: false })
    await dialog.setProps({ modelValue: true })
    await press(dialog)
    expect(sent()[3]!.key).not.toBe(first!.key)
  })

  it('has another key after a refusal, which is an answer', async () => {
    vi.mocked(desks.receiveAtCounter).mockRejectedValueOnce(refused())
    const dialog = await opened()
    await press(dialog)
    await press(dialog)
    const [first, second] = sent()
    expect(second!.key).not.toBe(first!.key)
  })
})
