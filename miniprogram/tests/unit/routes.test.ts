import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fetchPagesAhead, isOther, watchForMissing } from '@/platform/routes'
import { phone } from './support/phone'

const online = (value: boolean) => vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(value)

describe('an address that is none of ours', () => {
  it('leads to the page that says so, whenever it is met', () => {
    let changed: (to: { matched: unknown[] }) => void = () => undefined
    vi.stubGlobal('getApp', () => ({ $router: { afterEach: (run: typeof changed) => (changed = run) } }))
    watchForMissing()
    changed({ matched: [{}] })
    expect(phone.reLaunch).not.toHaveBeenCalled()
    changed({ matched: [] })
    expect(phone.reLaunch).toHaveBeenCalledWith({ url: '/pages/missing/missing' })
  })
})

describe('an address of the page that is open', () => {
  it('asks for something else when other words stand behind it', () => {
    const shown = '/pages/order/order?id=ord_1&unit=unt_1'
    expect(isOther(shown, '/pages/order/order?id=ord_2&unit=unt_1')).toBe(true)
    expect(isOther(shown, '/pages/order/order?unit=unt_1&id=ord_1')).toBe(false)
    expect(isOther(shown, '/pages/pay/pay?order=ord_2')).toBe(false)
    expect(isOther('/pages/fees/fees?q=电梯', '/pages/fees/fees?q=%E7%94%B5%E6%A2%AF')).toBe(false)
  })
})

describe('the code of the other pages', () => {
  const loader = vi.fn(() => Promise.resolve())

  beforeEach(() => {
    vi.useFakeTimers()
    loader.mockReset().mockResolvedValue(undefined)
    vi.stubGlobal('__uniRoutes', [{ loader }, {}, { loader }])
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is fetched once the first page has been used for a moment', async () => {
    online(true)
    fetchPagesAhead()
    expect(loader).not.toHaveBeenCalled()
    await vi.runAllTimersAsync()
    expect(loader).toHaveBeenCalledTimes(2)
  })

  it('goes on with the next page when one does not come', async () => {
    online(true)
    loader.mockRejectedValueOnce(new Error('gone'))
    fetchPagesAhead()
    await vi.runAllTimersAsync()
    expect(loader).toHaveBeenCalledTimes(2)
  })

  it('is left alone without a network: a browser may remember the failure', async () => {
    online(false)
    fetchPagesAhead()
    await vi.runAllTimersAsync()
    expect(loader).not.toHaveBeenCalled()
  })
})

describe('what stands in for a page', () => {
  it('is named in the manifest as main.ts registers it', () => {
    const read = (file: string) => readFileSync(join(__dirname, '../../src', file), 'utf8')
    const { loading, error } = JSON.parse(read('manifest.json')).h5.async
    for (const name of [loading, error]) expect(read('main.ts')).toContain(`app.component('${name}'`)
  })
})
