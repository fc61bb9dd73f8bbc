import { describe, expect, it } from 'vitest'
import { back, currentUrl, open, openLink, pageOfLink, pageUrl, PAGES, queryValue } from '@/platform/navigate'
import pagesJson from '@/pages.json'
import { pages, phone } from './support/phone'

describe('the way through the pages', () => {
  it('knows every page that exists, and no other', () => {
    expect(
      Object.values(PAGES)
        .map((path) => path.slice(1))
        .sort()
    ).toEqual(
      [
        ...pagesJson.pages.map(({ path }) => path),
        ...pagesJson.subPackages.flatMap(({ root, pages }) => pages.map(({ path }) => `${root}/${path}`))
      ].sort()
    )
  })

  it('writes queries that can be read again', () => {
    const url = pageUrl('login', { return_to: '/pages/confirm/confirm?all=1&unit=unt_1', empty: '' })
    expect(url).toBe('/pages/login/login?return_to=%2Fpages%2Fconfirm%2Fconfirm%3Fall%3D1%26unit%3Dunt_1')
    expect(queryValue({ return_to: '%2Fpages%2Fme%2Fme' }, 'return_to')).toBe('/pages/me/me')
    expect(queryValue({ q: '100%' }, 'q')).toBe('100%')
    expect(queryValue(undefined, 'q')).toBe('')
  })

  it('follows links of messages to our own pages only', () => {
    expect(pageOfLink('/h5/#/pages/order/order?id=ord_1')).toBe('/pages/order/order?id=ord_1')
    expect(pageOfLink('https://elsewhere.example/pages/order/orderly')).toBe(PAGES.home)
    expect(pageOfLink('javascript:alert(1)')).toBe(PAGES.home)
    openLink('/h5/#/pages/order/order?id=ord_1')
    expect(phone.navigateTo.mock.calls[0][0].url).toBe('/pages/order/order?id=ord_1')
  })

  it('goes home where there is nothing to go back to', () => {
    back()
    expect(phone.reLaunch).toHaveBeenCalledWith({ url: PAGES.home })
    pages.push({ route: 'pages/fees/fees', options: {} })
    back()
    expect(phone.navigateBack).toHaveBeenCalledOnce()
  })

  it('replaces the newest page when WeChat would not open one more', () => {
    for (let page = 0; page < 9; page += 1) pages.push({ route: 'pages/order/order', options: {} })
    open('order', { id: 'ord_1' })
    expect(phone.navigateTo).not.toHaveBeenCalled()
    expect(phone.redirectTo.mock.calls[0][0].url).toBe('/pages/order/order?id=ord_1')
  })

  it('knows where it is, to come back after a login', () => {
    pages.push({ route: 'pages/confirm/confirm', options: { all: '1', unit: 'unt_1' } })
    expect(currentUrl()).toBe('/pages/confirm/confirm?all=1&unit=unt_1')
  })
})
