import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { bytesOf, filesBelow, H5, mainPages, MINI_PROGRAM, packages, pages, textOf } from './outputs'

/** What stands in the page itself, before all other code. */
const scriptsAtTop = () =>
  [...textOf(H5, 'index.html').matchAll(/<script>([^]*?)<\/script>/g)].map(([, script]) => script).join('\n')

const PACKAGE_BYTES_MAX = 1.2 * 1024 * 1024
/** The heaviest of the pages below has 120. */
const FIRST_SCREEN_GZIP_BYTES_MAX = 124 * 1024
/** On a slow line every file costs a way there and back. */
const FIRST_SCREEN_FILES_MAX = 9

/** Names of XML vocabularies look like addresses, are never fetched, and may stay. */
const VOCABULARIES = /^https?:\/\/www\.w3\.org\//

function outsideAddresses(folder: string): string[] {
  const found = filesBelow(folder)
    .filter((file) => /\.(js|css|html|wxml|wxss|json)$/.test(file))
    .flatMap((file) =>
      (textOf(folder, file).match(/https?:\/\/[a-z0-9][\w.-]*\.[a-z]{2,}[^\s"'`)]*/gi) ?? []).map(
        (address) => ({
          file,
          address
        })
      )
    )
  return found
    .filter(({ address }) => !VOCABULARIES.test(address))
    .map(({ file, address }) => `${file}: ${address}`)
}

describe('the mini-program', () => {
  it('contains every page of pages.json with its four files', () => {
    for (const page of pages()) {
      for (const extension of ['js', 'json', 'wxml']) {
        expect(existsSync(join(MINI_PROGRAM, `${page}.${extension}`)), `${page}.${extension}`).toBe(true)
      }
    }
    const app = JSON.parse(textOf(MINI_PROGRAM, 'app.json')) as {
      pages: string[]
      subPackages: { root: string }[]
    }
    expect(app.pages).toEqual(mainPages())
    expect(app.subPackages.map(({ root }) => root)).toEqual(packages())
  })

  it('stays within its size', () => {
    const apart = packages().map((root) => bytesOf(join(MINI_PROGRAM, root)))
    const main_bytes = bytesOf(MINI_PROGRAM) - apart.reduce((sum, bytes) => sum + bytes, 0)
    for (const bytes of [main_bytes, ...apart]) {
      expect(bytes).toBeGreaterThan(0)
      expect(bytes).toBeLessThan(PACKAGE_BYTES_MAX)
    }
  })

  it('names no outside address', () => {
    expect(outsideAddresses(MINI_PROGRAM)).toEqual([])
  })

  it('carries no code that only a browser can run', () => {
    const ours = filesBelow(MINI_PROGRAM).filter(
      (file) => file.endsWith('.js') && file !== 'common/vendor.js'
    )
    for (const file of ours) {
      expect(textOf(MINI_PROGRAM, file), file).not.toMatch(
        /WeixinJSBridge|\bwindow\.|(?<![/\w])document\.(?!js)|\bnavigator\.|localStorage|sessionStorage/
      )
    }
  })
})

describe('the H5 pages', () => {
  it('name no outside address', () => {
    expect(outsideAddresses(H5)).toEqual([])
  })

  it('refer to their files relatively, so that they can be served below any path', () => {
    const addresses = textOf(H5, 'index.html').match(/(?:src|href)="([^"]*)"/g) ?? []
    expect(addresses.length).toBeGreaterThan(1)
    for (const address of addresses) expect(address).toMatch(/="(\.\/|data:)/)
  })

  it.each(['home-home', 'confirm-confirm', 'login-login', 'pay-pay'])(
    'need little before %s can be used: few files, little code',
    (page) => {
      const seen = new Set<string>()
      const html = textOf(H5, 'index.html').replace(/<script>[^]*?<\/script>/g, '')
      const named: string[] = html.match(/assets\/[\w.-]+\.(?:js|css)/g) ?? []
      const queue = named.concat(
        filesBelow(H5).filter((file) => /pages-[\w-]+\..*\.js$/.test(file) && file.includes(page))
      )
      while (queue.length > 0) {
        const file = queue.pop()!
        if (seen.has(file)) continue
        seen.add(file)
        if (!file.endsWith('.js')) continue
        for (const [, name] of textOf(H5, file).matchAll(/(?:import|from)\s*"\.\/([\w.-]+\.js)"/g))
          queue.push(`assets/${name}`)
      }
      const bytes = [...seen].reduce((sum, file) => sum + gzipSync(readFileSync(join(H5, file))).length, 0)
      expect(seen.size).toBeGreaterThan(3)
      expect(seen.size).toBeLessThanOrEqual(FIRST_SCREEN_FILES_MAX)
      expect(bytes).toBeLessThan(FIRST_SCREEN_GZIP_BYTES_MAX)
    }
  )

  it('carry nothing of the framework that no page uses', () => {
    const scripts = filesBelow(H5)
      .filter((file) => file.endsWith('.js'))
      .map((file) => textOf(H5, file))
      .join('')
    expect(scripts).toContain('uni-view')
    // Advertising; parts that fly, scroll and turn; texts in other languages.
    for (const unused of [
      'uni_app_ad',
      'MovableView',
      'uni-swiper',
      'uni-picker',
      'uni-scroll-view',
      'Annuler'
    ])
      expect(scripts).not.toContain(unused)
  })

  it('name the code of the first page at the top, so that it comes beside the common code', () => {
    const script = scriptsAtTop()
    for (const page of ['pages-home-home', 'pages-confirm-confirm', 'pages-login-login']) {
      const [, file = ''] = new RegExp(`"${page}":\\["([^"]+)"`).exec(script) ?? []
      expect(existsSync(join(H5, file)) && file.includes(page), page).toBe(true)
    }
  })

  it('ask what the first page will ask, in words that old phones understand', () => {
    const script = scriptsAtTop()
    for (const question of ['/api/v1/session', '/api/v1/home', '/api/v1/checkouts/preview'])
      expect(script).toContain(question)
    // These lines are written as they are: no compiler makes them older.
    expect(script).not.toMatch(/\?\.\w|\?\?|Object\.fromEntries|replaceAll/)
  })

  it('lie there compressed, as the server sends them', () => {
    const large = filesBelow(H5).filter(
      (file) => /\.(js|css)$/.test(file) && readFileSync(join(H5, file)).length >= 860
    )
    expect(large.length).toBeGreaterThan(4)
    for (const file of large)
      for (const end of ['br', 'gz'])
        expect(existsSync(join(H5, `${file}.${end}`)), `${file}.${end}`).toBe(true)
  })
})
