import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { filesBelow, MINI_PROGRAM } from './outputs'

const require = createRequire(import.meta.url)
const SYSTEM = { linux: 'linux', darwin: 'mac', win32: 'windows' }[process.platform as 'linux'] ?? 'linux'
const WCC = join(dirname(require.resolve('miniprogram-compiler/package.json')), 'bin', SYSTEM, 'wcc')
// The package forgets to mark its compiler as executable.
chmodSync(WCC, 0o755)

/** WeChat's own template compiler is the judge of every template that we ship. */
describe('every template', () => {
  it.each(filesBelow(MINI_PROGRAM).filter((file) => file.endsWith('.wxml')))('%s is accepted', (file) => {
    const out = execFileSync(WCC, ['-d', file], { cwd: MINI_PROGRAM, encoding: 'utf8', maxBuffer: 1 << 26 })
    expect(out.length).toBeGreaterThan(0)
  })

  it('would be refused if it were broken', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wxml-'))
    writeFileSync(join(folder, 'broken.wxml'), '<view><text></view>')
    expect(() => execFileSync(WCC, ['-d', 'broken.wxml'], { cwd: folder, stdio: 'pipe' })).toThrow()
  })
})
