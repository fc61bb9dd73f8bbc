import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

const ROOT = join(__dirname, '../..')

/** Where the compiler leaves its two outputs. */
export const H5 = join(ROOT, 'dist/build/h5')
export const MINI_PROGRAM = join(ROOT, 'dist/build/mp-weixin')

/** Every file below a folder, relative to it. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

/** The text of a file of an output. */
export function textOf(folder: string, file: string): string {
  return readFileSync(join(folder, file), 'utf8')
}

/** Bytes of all files of an output. */
export function bytesOf(folder: string): number {
  return filesBelow(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
}

interface PagesJson {
  pages: { path: string }[]
  subPackages: { root: string; pages: { path: string }[] }[]
}

const named = JSON.parse(readFileSync(join(ROOT, 'src/pages.json'), 'utf8')) as PagesJson

/** The pages of the main package, as `pages.json` names them. */
export const mainPages = (): string[] => named.pages.map(({ path }) => path)

/** The roots of the packages that are fetched when they are needed. */
export const packages = (): string[] => named.subPackages.map(({ root }) => root)

/** Every page. */
export const pages = (): string[] => [
  ...mainPages(),
  ...named.subPackages.flatMap(({ root, pages }) => pages.map(({ path }) => `${root}/${path}`))
]
