import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { flushPromises } from '@vue/test-utils'
import type { Component } from 'vue'
import Confirm from '@/pages/confirm/confirm.vue'
import Fees from '@/pages/fees/fees.vue'
import Home from '@/pages/home/home.vue'
import Messages from '@/pages/messages/messages.vue'
import Order from '@/pages/order/order.vue'
import Orders from '@/pages/orders/orders.vue'
import Pay from '@/pages/pay/pay.vue'
import Reports from '@/pages/reports/reports.vue'
import Titles from '@/pages/titles/titles.vue'
import { session } from '@/stores/session'
import { visit } from './support/mount'
import { phone } from './support/phone'
import { session as signedIn, unit } from './support/shapes'

const TWO_UNITS = { units: [unit('unt_1'), unit('unt_2')] }
const inUnit = (id: string) => signedIn({ ...TWO_UNITS, unit: unit(id) })
const asked = () => phone.asked.map(({ method, url }) => `${method} ${url.replace(/\?.*/, '')}`)

/** Answers a unit choice; everything else waits for ever: only the order of the questions matters here. */
const server = () => {
  phone.server = ({ method, url, data }) => {
    if (method === 'PUT' && url.endsWith('/session/unit'))
      return { data: inUnit((data as { unit_id: string }).unit_id) }
    if (method === 'GET' && url.endsWith('/session')) return { data: inUnit('unt_1') }
    return new Promise(() => undefined)
  }
}

beforeEach(() => {
  session.adopt(inUnit('unt_1'))
  server()
})

describe('a page opened from a message', () => {
  it.each<[string, Component]>([
    ['home', Home],
    ['fees', Fees],
    ['confirm', Confirm],
    ['pay', Pay],
    ['orders', Orders],
    ['order', Order],
    ['reports', Reports],
    ['titles', Titles],
    ['messages', Messages]
  ])('turns to the unit of the message before it loads: %s', async (_name, page) => {
    await visit(page, { id: 'ord_1', order: 'ord_1', all: '1', unit: 'unt_2' })
    expect(session.unit.value?.id).toBe('unt_2')
    expect(asked()[0]).toBe('PUT /api/v1/session/unit')
    expect(asked().length).toBeGreaterThan(1)
  })

  it('does not turn back when the person chose another unit by hand', async () => {
    phone.server = ({ url, data }) =>
      url.endsWith('/session/unit')
        ? { data: inUnit((data as { unit_id: string }).unit_id) }
        : { data: { items: [], next: null, years: [] } }
    const shown = await visit(Orders, { unit: 'unt_2' })
    await session.choose('unt_1')
    await flushPromises()
    await (shown.vm as unknown as { show(): Promise<void> }).show()
    expect(session.unit.value?.id).toBe('unt_1')
  })

  it('says whose phone this is when the unit is not theirs', async () => {
    const shown = await visit(Order, { id: 'ord_1', unit: 'unt_9' })
    expect(shown.text()).toContain('不在您名下')
    expect(shown.text()).toContain('139****0001')
    expect(asked()).toEqual(['GET /api/v1/session'])
  })
})

describe('what stands in the address', () => {
  const file = JSON.parse(readFileSync(join(__dirname, '../../src/pages.json'), 'utf8')) as {
    pages: { path: string }[]
    subPackages?: { root: string; pages: { path: string }[] }[]
  }
  const all = [
    ...file.pages.map(({ path }) => path),
    ...(file.subPackages ?? []).flatMap(({ root, pages }) => pages.map(({ path }) => `${root}/${path}`))
  ]

  it.each(all)('never becomes an attribute of the frame of %s', (page) => {
    const source = readFileSync(join(__dirname, `../../src/${page}.vue`), 'utf8')
    expect(source).toContain('inheritAttrs: false')
  })
})
