import { beforeEach, describe, expect, it } from 'vitest'
import { appearance } from '@/stores/appearance'
import { selection } from '@/stores/selection'
import { session } from '@/stores/session'
import { fee, preview, session as signedIn, unit, visitor } from './support/shapes'
import { phone, refusal, serverOf } from './support/phone'

describe('the selection', () => {
  const one = fee('a', 100)
  const two = fee('b', 250)
  const three = fee('c', 5)

  beforeEach(() => {
    session.adopt(signedIn())
    selection.clear()
  })

  it('keeps count and sum while fees are ticked and unticked', () => {
    selection.toggle(one)
    selection.toggle(two)
    expect([selection.count.value, selection.amount_fen.value]).toEqual([2, 350])
    selection.toggle(one)
    expect([selection.count.value, selection.amount_fen.value]).toEqual([1, 250])
    expect(selection.request()).toEqual({ fee_ids: ['b'] })
  })

  it('does not count a fee twice', () => {
    selection.addAll([one, two])
    selection.addAll([one, three])
    expect([selection.count.value, selection.amount_fen.value]).toEqual([3, 355])
  })

  it('lets the server keep "all that match" and only names the exceptions', () => {
    selection.selectAllMatching('电梯', { count: 2000, amount_fen: 900000 })
    selection.toggle(two)
    expect([selection.count.value, selection.amount_fen.value]).toEqual([1999, 899750])
    expect(selection.has(two)).toBe(false)
    expect(selection.has(one)).toBe(true)
    expect(selection.request()).toEqual({ all_matching: { q: '电梯', except: ['b'] } })
  })

  it('becomes empty when the last exception takes the last fee', () => {
    selection.selectAllMatching('', { count: 1, amount_fen: 100 })
    selection.toggle(one)
    expect(selection.state.all).toBeNull()
    expect(selection.count.value).toBe(0)
  })

  it('survives a new search: all becomes the single fees it stood for', async () => {
    selection.selectAllMatching('电', { count: 3, amount_fen: 355 })
    selection.toggle(three)
    phone.server = serverOf({ 'POST /checkouts/preview': { data: preview([one, two]) } })
    await selection.settle()
    expect(phone.asked[0].data).toEqual({ all_matching: { q: '电', except: ['c'] } })
    expect([selection.count.value, selection.amount_fen.value]).toEqual([2, 350])
    selection.toggle(two)
    expect(selection.amount_fen.value).toBe(100)
  })

  it('is remembered for its unit and not for another', () => {
    selection.toggle(one)
    session.adopt(signedIn({ unit: unit('unt_2') }))
    selection.restore()
    expect(selection.count.value).toBe(0)
    session.adopt(signedIn())
    selection.restore()
    expect(selection.count.value).toBe(1)
  })
})

describe('the session', () => {
  it('is asked for once however many pages want it', async () => {
    phone.server = serverOf({ 'GET /session': { data: visitor() } })
    session.state.current = null
    await Promise.all([session.load(), session.load(), session.load()])
    await session.load()
    expect(phone.askedFor('GET', '/session')).toHaveLength(1)
  })

  it('takes everything private off the phone when it ends', async () => {
    phone.server = serverOf({ 'DELETE /session': { status: 204 }, 'GET /session': { data: visitor() } })
    session.adopt(signedIn({ token: 'secret' }))
    selection.toggle(fee('a', 1))
    uni.setStorageSync('appearance', 'kept')
    expect(uni.getStorageInfoSync().keys.length).toBeGreaterThan(2)
    await session.signOut()
    // The key by which the server knows the device again says nothing of who used it.
    expect(uni.getStorageInfoSync().keys.sort()).toEqual(['appearance', 'device-key'])
    expect(session.signedIn.value).toBe(false)
  })

  it('notices when the server has forgotten it', async () => {
    session.adopt(signedIn())
    phone.server = () => refusal(401, 'not_signed_in')
    await expect(session.choose('unt_2')).rejects.toMatchObject({ code: 'not_signed_in' })
    expect(session.signedIn.value).toBe(false)
    expect(session.unit.value).toBeNull()
  })
})

describe('the elder mode', () => {
  it('works for visitors and stays with the phone', async () => {
    session.adopt(visitor())
    await session.setElder(true)
    expect(appearance.className.value).toBe('tokens elder elder-20')
    expect(phone.asked).toHaveLength(0)
    appearance.setSize(30)
    expect(appearance.className.value).toContain('elder-30')
    expect(uni.getStorageSync('appearance')).toContain('30')
    await session.setElder(false)
    expect(appearance.className.value).toBe('tokens')
  })

  it('is kept with the account', async () => {
    session.adopt(signedIn())
    phone.server = serverOf({ 'PUT /preferences': { data: signedIn({ preferences: { elder_mode: true } }) } })
    await session.setElder(true)
    expect(phone.asked[0].data).toEqual({ elder_mode: true })
    appearance.setElder(false)
  })
})
