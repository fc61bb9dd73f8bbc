import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ICON_COLORS } from '@/components/app-icon/shapes'

const TEXT = readFileSync(join(__dirname, '../../src/styles/tokens.scss'), 'utf8')

function tokensOf(selector: string): Record<string, string> {
  const block = TEXT.split(`${selector} {`)[1]?.split('}')[0] ?? ''
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value])
  )
}

const NORMAL = tokensOf('.tokens')
const ELDER = { ...NORMAL, ...tokensOf('.elder') }
const px = (value: string) => Number.parseInt(value, 10)

function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

const PAIRS: [string, string][] = [
  ['color-text', 'color-card'],
  ['color-text', 'color-ground'],
  ['color-muted', 'color-card'],
  ['color-muted', 'color-ground'],
  ['color-primary', 'color-card'],
  ['color-primary', 'color-ground'],
  ['color-primary', 'color-primary-soft'],
  ['color-primary-deep', 'color-primary-soft'],
  ['color-on-primary', 'color-primary'],
  ['color-success', 'color-success-soft'],
  ['color-success', 'color-card'],
  ['color-warning', 'color-warning-soft'],
  ['color-warning', 'color-card'],
  ['color-danger', 'color-danger-soft'],
  ['color-danger', 'color-card']
]

describe.each([
  ['normal', NORMAL],
  ['elder', ELDER]
])('the %s tokens', (_name, tokens) => {
  it.each(PAIRS)('%s can be read on %s', (text, ground) => {
    expect(contrast(tokens[text], tokens[ground])).toBeGreaterThanOrEqual(4.5)
  })
})

describe('the elder mode', () => {
  it.each(['.elder', '.elder-24', '.elder-30'])('%s has no text below 18 px', (selector) => {
    for (const [name, value] of Object.entries({ ...ELDER, ...tokensOf(selector) })) {
      if (name.startsWith('font-')) expect(px(value), name).toBeGreaterThanOrEqual(18)
    }
  })

  it('has targets of 60 px and a line of at least 1.3', () => {
    expect(px(ELDER.target)).toBeGreaterThanOrEqual(60)
    expect(px(ELDER.button)).toBeGreaterThanOrEqual(60)
    expect(Number(ELDER.line)).toBeGreaterThanOrEqual(1.3)
  })

  it('can be turned up to 30 px', () => {
    expect(px(tokensOf('.elder-30')['font-body'])).toBe(30)
  })
})

describe('icons', () => {
  it('have the colours of the tokens', () => {
    for (const [name, color] of Object.entries(ICON_COLORS)) {
      expect(color).toBe(name === 'white' ? NORMAL['color-on-primary'] : NORMAL[`color-${name}`])
    }
  })
})
