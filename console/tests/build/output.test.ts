import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
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

const FIRST_SCRIPTS_GZIP_BYTES_MAX = 150 * 1024

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

  it('asks little of who signs in: frame, kit, pages and charts come when they are wanted', () => {
    const first = new Set<string>()
    const wanted = [...index.matchAll(/assets\/([\w.-]+\.js)/g)].map(([, name]) => name ?? '')
    wanted.push(...scripts.filter((name) => name.startsWith('sign-in-')))
    while (wanted.length > 0) {
      const name = wanted.pop()!
      if (first.has(name)) continue
      first.add(name)
      for (const [, other] of text(name).matchAll(/(?:import|from)\s*"\.\/([\w.-]+\.js)"/g))
        wanted.push(other ?? '')
    }
    expect([...first].filter((name) => /^(charts|kit)/.test(name))).toEqual([])
    const bytes = [...first].reduce((sum, name) => sum + gzipSync(readFileSync(join(ASSETS, name))).length, 0)
    expect(first.size).toBeGreaterThan(2)
    expect(bytes).toBeLessThan(FIRST_SCRIPTS_GZIP_BYTES_MAX)
    expect(scripts.length).toBeGreaterThan(15)
  })
})
