import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import * as desks from '@/api/desks'
import type { Review } from '@/api/types'
import OpinionDialog from '@/components/opinion-dialog.vue'
import ReviewDesk from '@/components/review-desk.vue'
import * as said from '@/composables/said'
import RefundState from '@/pages/refunds/refund-state.vue'
import { REFUND } from './samples'

vi.mock('@/api/desks')

const review = (id: string): Review => ({
  id,
  kind: 'line_return',
  kind_text: '重复转账退回',
  state: 'open',
  state_text: '待审核',
  subject_id: `rfd_${id}`,
  title: `退回 ${id}`,
  submitted_by: '纳二',
  submitted_at: 0,
  due_at: 0,
  overdue: false,
  may: { claim: true, decide: true },
  history: [],
  subject: {}
})

describe('a desk of the review engine', () => {
  /** Answers that are still on their way. */
  const answers = new Map<string, (answer: Review) => void>()

  beforeEach(() => {
    answers.clear()
    // Which jsdom does not know.
    Element.prototype.scrollIntoView = vi.fn()
    vi.mocked(desks.fetchReviews).mockResolvedValue({ items: [review('a'), review('b')], next: null })
    vi.mocked(desks.fetchReview).mockImplementation(
      (id) => new Promise((answered) => answers.set(id, answered))
    )
  })

  async function open(id: string) {
    const router = createRouter({
      history: createMemoryHistory(),
      routes: [{ path: '/:all(.*)*', component: { render: () => null } }]
    })
    await router.push('/line_returns')
    const wrapper = mount(ReviewDesk, {
      props: {
        id,
        kind: 'line_return',
        title: '退款',
        hint: '',
        base: '/line_returns',
        approveText: '同意退回',
        rejectText: '不同意',
        rejectOften: []
      },
      slots: { default: '<template #default="{ review }"><p class="its">{{ review.id }}</p></template>' },
      global: { plugins: [router] }
    })
    await flushPromises()
    return wrapper
  }

  it('shows nothing of the case before while another one is read', async () => {
    const desk = await open('a')
    answers.get('a')!(review('a'))
    await flushPromises()
    expect(desk.find('.its').text()).toBe('a')
    await desk.setProps({ id: 'b' })
    expect(desk.find('.its').exists()).toBe(false)
    expect(desk.text()).toContain('正在读取…')
    expect(desk.findAll('button').filter((one) => one.text().startsWith('同意退回'))).toEqual([])
    answers.get('b')!(review('b'))
    await flushPromises()
    expect(desk.find('.its').text()).toBe('b')
  })

  it('a late answer for the case before changes nothing', async () => {
    const desk = await open('a')
    await desk.setProps({ id: 'b' })
    answers.get('b')!(review('b'))
    answers.get('a')!(review('a'))
    await flushPromises()
    expect(desk.find('.its').text()).toBe('b')
  })

  /** Gives the verdict on the first case; what comes of it is still on its way when he has gone on to the other one. */
  async function decideAndGoOn() {
    vi.mocked(desks.fetchReviews).mockResolvedValue({ items: [review('a')], next: null })
    let told = { well: (_: Review) => {}, badly: (_: unknown) => {} }
    vi.mocked(desks.decideReview).mockImplementation(
      () => new Promise((well, badly) => (told = { well, badly }))
    )
    const desk = await open('a')
    answers.get('a')!(review('a'))
    await flushPromises()
    await desk.find('.verdict .button.primary').trigger('click')
    await flushPromises()
    document.querySelector<HTMLButtonElement>('.dialog-actions .primary')!.click()
    await flushPromises()
    expect(desks.decideReview).toHaveBeenCalledWith('a', 'approved', '', undefined)
    await desk.setProps({ id: 'b' })
    expect(desk.findComponent(OpinionDialog).props('modelValue')).toBe(false)
    answers.get('b')!(review('b'))
    await flushPromises()
    return { desk, told }
  }

  it('what was decided of the case before leaves the one on show where it is', async () => {
    const { desk, told } = await decideAndGoOn()
    told.well({ ...review('a'), state: 'approved' })
    await flushPromises()
    expect(desk.find('.its').text()).toBe('b')
    expect(desk.text()).not.toContain('正在读取…')
    desk.unmount()
  })

  it('a verdict that failed is told of, though its case is not on show any more', async () => {
    const complaints = vi.spyOn(said, 'complained').mockImplementation(() => {})
    const { desk, told } = await decideAndGoOn()
    told.badly(new Error('审核没有保存'))
    await flushPromises()
    expect(complaints).toHaveBeenCalledOnce()
    expect(desk.find('.its').text()).toBe('b')
    desk.unmount()
  })
})

describe('where a refund stands', () => {
  it('is no alarm once two people called it off', () => {
    const tag = (called_off: boolean) =>
      mount(RefundState, { props: { refund: { ...REFUND, state: 'declined', called_off } } })
        .find('.tag')
        .classes()
    expect(tag(true)).toContain('quiet')
    expect(tag(false)).toContain('danger')
  })
})
