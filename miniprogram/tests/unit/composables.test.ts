import { flushPromises } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { useAction } from '@/composables/action'
import { useLoad } from '@/composables/load'
import { usePaged } from '@/composables/paged'
import { useSaveSoon } from '@/composables/save-soon'
import { useTypedInput } from '@/composables/typed-input'
import { request } from '@/api/request'
import { phone, refusal } from './support/phone'

describe('an action', () => {
  it('runs once for a double tap', async () => {
    let runs = 0
    let finish: () => void = () => undefined
    const action = useAction(async () => {
      runs += 1
      await new Promise<void>((resolve) => (finish = resolve))
    })
    const first = action.start()
    await action.start()
    expect(action.running.value).toBe(true)
    finish()
    await first
    expect([runs, action.running.value]).toEqual([1, false])
  })

  it('keeps its failure to be shown, and forgets it on the next try', async () => {
    phone.server = () => refusal(500, 'broken')
    const action = useAction(() => request('POST', '/api/v1/x', {}))
    await action.start()
    expect(action.error.value?.code).toBe('broken')
    phone.server = () => ({ data: {} })
    await action.start()
    expect(action.error.value).toBeNull()
  })
})

describe('what a page loads', () => {
  const ask = () => request<{ n: number }>('GET', '/api/v1/n')

  it('stays visible with its time when the network is gone', async () => {
    phone.server = () => ({ data: { n: 7 } })
    await useLoad(ask, () => 'private:n').load()
    phone.server = () => 'offline'
    const later = useLoad(ask, () => 'private:n')
    await later.load()
    expect(later.data.value).toEqual({ n: 7 })
    expect(later.cached_at.value).toBeGreaterThan(0)
    expect(later.error.value?.offline).toBe(true)
  })

  it('is not shown from memory when the server refused', async () => {
    phone.server = () => ({ data: { n: 7 } })
    await useLoad(ask, () => 'private:n').load()
    phone.server = () => refusal(403, 'foreign')
    const later = useLoad(ask, () => 'private:n')
    await later.load()
    expect(later.data.value).toBeNull()
    expect(later.cached_at.value).toBeNull()
  })

  it('ignores an answer that was overtaken', async () => {
    const waiting: ((n: number) => void)[] = []
    const load = useLoad(() => new Promise<{ n: number }>((resolve) => waiting.push((n) => resolve({ n }))))
    const first = load.load()
    const second = load.load()
    waiting[1](2)
    await second
    waiting[0](1)
    await first
    expect(load.data.value).toEqual({ n: 2 })
  })
})

describe('what an act answered with', () => {
  it('stays, whatever was still being read', async () => {
    let answer: (n: number) => void = () => undefined
    const load = useLoad(() => new Promise<number>((resolve) => (answer = resolve)))
    const reading = load.load()
    load.show(2)
    answer(1)
    await reading
    expect([load.data.value, load.loading.value]).toEqual([2, false])
  })
})

describe('an endless list', () => {
  const numbers = (after: string | null) =>
    request<{ items: number[]; next: string | null }>('GET', `/api/v1/numbers?after=${after ?? ''}`)

  it('goes on from where it was and stops at the end', async () => {
    phone.server = ({ url }) => ({
      data: url.endsWith('after=') ? { items: [1, 2], next: 'x' } : { items: [3], next: null }
    })
    const list = usePaged(numbers)
    await list.reload()
    await list.more()
    await list.more()
    expect(list.items.value).toEqual([1, 2, 3])
    expect(phone.asked.map(({ url }) => url)).toEqual(['/api/v1/numbers?after=', '/api/v1/numbers?after=x'])
  })

  it('keeps what it has when the next page fails, and tries again', async () => {
    phone.server = ({ url }) => (url.endsWith('after=') ? { data: { items: [1], next: 'x' } } : 'offline')
    const list = usePaged(numbers)
    await list.reload()
    await list.more()
    expect(list.items.value).toEqual([1])
    expect(list.error.value?.offline).toBe(true)
    phone.server = () => ({ data: { items: [2], next: null } })
    await list.more()
    expect(list.items.value).toEqual([1, 2])
    expect(list.error.value).toBeNull()
  })

  it('remembers nothing that came after the person had gone', async () => {
    let owner = 'private:one'
    let answer: () => void = () => undefined
    phone.server = () =>
      new Promise((resolve) => (answer = () => resolve({ data: { items: [1], next: null } })))
    const asked = [
      usePaged(numbers, () => owner).reload,
      useLoad(
        () => numbers(null),
        () => owner
      ).load
    ]
    for (const ask of asked) {
      owner = 'private:one'
      const asking = ask()
      await flushPromises()
      owner = 'private:'
      answer()
      await asking
      expect(phone.getStorageInfoSync().keys.filter((key) => key.startsWith('private:'))).toEqual([])
    }
  })

  it('shows the remembered first page without a network', async () => {
    phone.server = () => ({ data: { items: [1], next: 'x' } })
    await usePaged(numbers, () => 'private:numbers').reload()
    phone.server = () => 'offline'
    const list = usePaged(numbers, () => 'private:numbers')
    await list.reload()
    expect(list.items.value).toEqual([1])
    expect(list.next.value).toBeNull()
    expect(list.cached_at.value).toBeGreaterThan(0)
  })
})

describe('typing', () => {
  const event = (value: string) => ({ detail: { value } })

  it('reaches the page at once when the field is left, and only once', () => {
    let text = ''
    const told: string[] = []
    const typing = useTypedInput(
      () => text,
      (now) => {
        text = now
        told.push(now)
      }
    )
    typing.input(event('1'))
    // The framework still holds the rest back when the field is left…
    typing.settle(event('13900000001'))
    expect(text).toBe('13900000001')
    // …and repeats it a moment later.
    typing.input(event('13900000001'))
    expect(told).toEqual(['1', '13900000001'])
    typing.input(event('1390000000'))
    expect(text).toBe('1390000000')
  })

  it('says nothing of a field that was only visited', () => {
    const told: string[] = []
    const typing = useTypedInput(
      () => '示例物业',
      (now) => told.push(now)
    )
    typing.settle(event('示例物业'))
    expect(told).toEqual([])
  })
})

describe('what is kept while somebody types', () => {
  it('never overtakes what is being kept because a step is left', async () => {
    vi.useFakeTimers()
    try {
      const sent: string[] = []
      const finish: (() => void)[] = []
      let typed = 'first'
      const send = async () => {
        sent.push(typed)
        await new Promise<void>((resolve) => finish.push(resolve))
        return true
      }
      const { now, soon } = effectScope().run(() => useSaveSoon(send, () => Promise.resolve()))!
      const left = now()
      await vi.advanceTimersByTimeAsync(0)
      typed = 'second'
      soon()
      await vi.advanceTimersByTimeAsync(5_000)
      expect(sent).toEqual(['first'])
      finish[0]?.()
      await left
      await vi.advanceTimersByTimeAsync(0)
      expect(sent).toEqual(['first', 'second'])
    } finally {
      vi.useRealTimers()
    }
  })
})
