import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import SideMenu from '@/layout/side-menu.vue'
import { isTyping } from '@/composables/keys'
import { adopt, forgetSession, isIn, may } from '@/stores/session'
import { askForProof, closeProof, stepUp } from '@/stores/step-up'
import { OFFICER, VISITOR } from './samples'

const router = createRouter({
  history: createMemoryHistory(),
  routes: [{ path: '/:all(.*)*', component: { render: () => null } }]
})

beforeEach(() => forgetSession())

describe('who is here', () => {
  it('is in only after the second factor', () => {
    adopt({ ...VISITOR, stage: 'totp' })
    expect(isIn.value).toBe(false)
    adopt({ ...VISITOR, stage: 'in', signed_in: true, officer: OFFICER })
    expect(isIn.value).toBe(true)
  })

  it('may what his roles allow, and nothing once he left', () => {
    adopt({ ...VISITOR, stage: 'in', signed_in: true, officer: { ...OFFICER, permissions: ['orders.read'] } })
    expect([may('orders.read'), may('refunds.decide'), may(undefined)]).toEqual([true, false, true])
    forgetSession()
    expect(may('orders.read')).toBe(false)
  })

  it('sees only the desks he may open', () => {
    adopt({
      ...VISITOR,
      stage: 'in',
      signed_in: true,
      officer: { ...OFFICER, permissions: ['work', 'orders.read', 'audit.read'] }
    })
    const menu = mount(SideMenu, { props: { narrow: false }, global: { plugins: [router] } })
    expect(menu.findAll('a').map((one) => one.text())).toEqual(['工作台', '订单', '审计'])
  })
})

describe('proof before a dangerous act', () => {
  it('several requests share one dialog and one answer', async () => {
    const both = Promise.all([askForProof(), askForProof()])
    expect(stepUp.open).toBe(true)
    closeProof(true)
    expect(await both).toEqual([true, true])
    expect(stepUp.open).toBe(false)
  })
})

describe('single keys', () => {
  it('belong to the field while somebody types', () => {
    expect(isTyping(document.createElement('textarea'))).toBe(true)
    expect(isTyping(document.createElement('button'))).toBe(false)
    expect(isTyping(null)).toBe(false)
  })
})
