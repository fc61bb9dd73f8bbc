import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const DIST = fileURLToPath(new URL('../../dist', import.meta.url))
const ASSETS = join(DIST, 'assets')
const names = readdirSync(ASSETS)
const text = (name: string) => readFileSync(join(ASSETS, name), 'utf8')
const scripts = names.filter((name) => name.endsWith('.js'))
const styles = names.filter((name) => name.endsWith('.css'))
const index = readFileSync(join(DIST, 'index.html'), 'utf8')

/** Names of XML dialects and links inside error texts: nothing is fetched from them. */
const HARMLESS =
  /^https?:\/\/(www\.w3\.org|vuejs\.org|router\.vuejs\.org|element-plus\.org|errors|github\.com|feross\.org|localhost|a|b)\b/

const FIRST_SCRIPTS_BYTES_MAX = 620_000

describe('what is shipped', () => {
  it('works under a policy without eval', () => {
    for (const name of scripts) expect(text(name), name).not.toMatch(/\beval\(|new Function\(/)
  })

  it('has no script or style inside the page itself', () => {
    expect(index).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>[^<]/)
    expect(index).not.toMatch(/<style/)
  })

  it('fetches nothing from other hosts', () => {
    for (const name of styles) expect(text(name), name).not.toMatch(/url\(["']?(https?:)?\/\//)
    const outside = scripts
      .flatMap((name) => text(name).match(/https?:\/\/[\w.-]+/g) ?? [])
      .filter((one) => !HARMLESS.test(one))
    expect([...new Set(outside)]).toEqual([])
    expect(index).not.toMatch(/https?:\/\//)
  })

  it('loads little at first: pages and charts come when they are opened', () => {
    const first = [...index.matchAll(/assets\/([\w.-]+\.js)/g)].map(([, name]) => name ?? '')
    expect(first.some((name) => name.startsWith('charts'))).toBe(false)
    expect(first.reduce((sum, name) => sum + statSync(join(ASSETS, name)).size, 0)).toBeLessThan(
      FIRST_SCRIPTS_BYTES_MAX
    )
    expect(scripts.length).toBeGreaterThan(15)
  })
})
