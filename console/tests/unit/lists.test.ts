import { mount, flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, nextTick } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import DataTable from '@/components/data-table.vue'
import { CursorStack } from '@/composables/cursor-stack'
import { usePagedList, type PagedList } from '@/composables/paged-list'
import { ApiError } from '@/api/error'

interface Row {
  id: string
  name: string
}

describe('the way back through pages', () => {
  it('goes forward and back to where each page began', () => {
    const stack = new CursorStack()
    stack.forward('a')
    stack.forward('b')
    expect([stack.current, stack.page]).toEqual(['b', 3])
    stack.back()
    expect(stack.current).toBe('a')
    stack.reset()
    expect([stack.current, stack.hasPrevious]).toEqual([null, false])
  })
})

describe('a list paged by the server', () => {
  const fetch = vi.fn()
  let list: PagedList<Row>
  let path = 0

  async function open(query = '', beside: Record<string, string> = {}) {
    const here = `/rows${(path += 1)}`
    const Page = defineComponent({
      setup() {
        const defaults = { state: 'open', q: '', ...beside }
        list = usePagedList<Row>(defaults, (filters, after) => fetch(filters, after), '', Object.keys(beside))
        return () =>
          h(DataTable<Row>, {
            list,
            label: '行',
            empty: '没有行',
            openable: true,
            columns: [{ key: 'name', title: '名称' }],
            onOpen: (row: Row) => opened(row.id)
          })
      }
    })
    const router = createRouter({ history: createMemoryHistory(), routes: [{ path: here, component: Page }] })
    await router.push(here + query)
    const wrapper = mount(RouterView, { global: { plugins: [router] }, attachTo: document.body })
    await flushPromises()
    return { wrapper, router }
  }
  const opened = vi.fn()

  beforeEach(() => {
    opened.mockReset()
    fetch.mockReset()
    fetch.mockImplementation((_filters: unknown, after: string | null) =>
      Promise.resolve({
        items: [{ id: `${after ?? 'first'}-1`, name: `行 ${after ?? 'first'}` }],
        next: after === 'p2' ? null : after ? 'p2' : 'p1'
      })
    )
  })

  it('begins with what the address says', async () => {
    await open('?state=paid&q=abc')
    expect(fetch).toHaveBeenLastCalledWith({ state: 'paid', q: 'abc' }, null)
  })

  it('writes filters into the address and begins again at the first page', async () => {
    const { router } = await open()
    list.forward()
    await flushPromises()
    expect(fetch).toHaveBeenLastCalledWith({ state: 'open', q: '' }, 'p1')
    list.filters.q = '示例'
    await nextTick()
    await flushPromises()
    expect(fetch).toHaveBeenLastCalledWith({ state: 'open', q: '示例' }, null)
    expect(router.currentRoute.value.query).toEqual({ q: '示例' })
  })

  it('stays where it is when something else in the address changes', async () => {
    const { router } = await open('', { id: '' })
    list.forward()
    await flushPromises()
    list.filters.id = 'line'
    await nextTick()
    await flushPromises()
    expect(list.page.value).toBe(2)
    expect(fetch).toHaveBeenCalledTimes(2)
    expect(router.currentRoute.value.query).toEqual({ id: 'line' })
  })

  it('next and previous are pressed; the last page has no next', async () => {
    const { wrapper } = await open()
    const button = (words: string) => wrapper.findAll('button').find((one) => one.text() === words)!
    expect(button('上一页').attributes('disabled')).toBeDefined()
    await button('下一页').trigger('click')
    await flushPromises()
    await button('下一页').trigger('click')
    await flushPromises()
    expect(wrapper.text()).toContain('行 p2')
    expect(button('下一页').attributes('disabled')).toBeDefined()
    await button('上一页').trigger('click')
    await flushPromises()
    expect(wrapper.text()).toContain('行 p1')
  })

  it('a row opens by click and by Enter', async () => {
    const { wrapper } = await open()
    await wrapper.find('tbody tr').trigger('click')
    await wrapper.find('tbody tr').trigger('keydown', { key: 'Enter' })
    expect(opened).toHaveBeenCalledTimes(2)
  })

  it('a failure says what, what to do and its number, and can be tried again', async () => {
    fetch.mockRejectedValueOnce(
      new ApiError(500, {
        code: 'internal',
        message: '系统出了点问题',
        advice: '请稍后重试',
        trace_id: 'ABC-9'
      })
    )
    const { wrapper } = await open()
    expect(wrapper.get('[role="alert"]').text()).toMatch(/系统出了点问题.*请稍后重试.*ABC-9/s)
    await wrapper.get('[role="alert"] button').trigger('click')
    await flushPromises()
    expect(wrapper.text()).toContain('行 first')
  })

  it('nothing found is said in words', async () => {
    fetch.mockResolvedValue({ items: [], next: null })
    const { wrapper } = await open()
    expect(wrapper.text()).toContain('没有行')
  })

  it('an answer that comes late does not replace a newer one', async () => {
    let answerLate: (page: unknown) => void = () => undefined
    fetch.mockReturnValueOnce(new Promise((resolve) => (answerLate = resolve)))
    const { wrapper } = await open()
    list.filters.q = 'neu'
    await nextTick()
    await flushPromises()
    answerLate({ items: [{ id: 'old', name: '旧的' }], next: null })
    await flushPromises()
    expect(wrapper.text()).not.toContain('旧的')
  })
})
