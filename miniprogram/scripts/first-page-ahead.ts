import type { OutputBundle, OutputChunk } from 'rollup'
import type { Plugin } from 'vite'

/** Where people arrive: from a message, the menu, a bookmark. */
const FIRST_PAGES = [
  'pages/home/home',
  'pages/login/login',
  'pages/fees/fees',
  'pages/confirm/confirm',
  'pages/pay/pay',
  'pages/order/order',
  'pages/orders/orders',
  'pages/guest/asked'
]

const nameOf = (page: string) => page.replace(/\//g, '-')
/** The compiler names the file of a page after it. */
const pageOf = ({ fileName }: OutputChunk) => /(pages-[\w-]+)\.[\w-]+\.js$/.exec(fileName)?.[1] ?? ''

/** What a page's code needs, itself first; `known` is on its way already. */
function filesOf(bundle: OutputBundle, chunk: OutputChunk, known: ReadonlySet<string>): string[] {
  const found = new Set<string>()
  const walk = (file: string) => {
    const one = bundle[file]
    if (found.has(file) || known.has(file) || one?.type !== 'chunk') return
    found.add(file)
    one.imports.forEach(walk)
  }
  walk(chunk.fileName)
  return [...found]
}

/** Runs in the page, before everything else: names what the page in the address will ask for a moment later. */
function ahead(files: Record<string, string[]>, home: string): void {
  const page = (location.hash.slice(2).split('?')[0] || home).replace(/\//g, '-')
  for (const file of files[page] || []) {
    const link = document.createElement('link')
    link.rel = 'modulepreload'
    link.href = `./${file}`
    document.head.appendChild(link)
  }
}

/**
 * Which page is wanted stands behind `#` in the address, where only the page itself can read it; a few lines at its top
 * fetch that page's code beside the common code instead of after it: on a slow line a way there and back less.
 */
export function firstPageAhead(): Plugin {
  return {
    name: 'tejian:first-page-ahead',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((one): one is OutputChunk => one.type === 'chunk')
        const entry = chunks.find(({ isEntry }) => isEntry)
        const known = new Set([entry?.fileName ?? '', ...(entry?.imports ?? [])])
        const files = Object.fromEntries(
          chunks
            .filter((chunk) => FIRST_PAGES.map(nameOf).includes(pageOf(chunk)))
            .map((chunk) => [pageOf(chunk), filesOf(bundle, chunk, known)])
        )
        if (Object.keys(files).length === 0) return []
        const call = `(${ahead.toString()})(${JSON.stringify(files)},${JSON.stringify(FIRST_PAGES[0])})`
        return [{ tag: 'script', children: call, injectTo: 'head-prepend' }]
      }
    }
  }
}
