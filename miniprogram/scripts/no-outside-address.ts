import type { Plugin } from 'vite'

/** Addresses that the framework carries for advertising, statistics and help texts. */
const FRAMEWORK_ADDRESS = /https?:\/\/(?:[\w-]+\.)*(?:dcloud\.net\.cn|vuejs\.org)[\w./#-]*/g

/**
 * Takes the framework's and the kit's outside addresses out of what we ship: advertising and
 * statistics, a picture for the navigation bar's shadow, an icon font. Pages must work without
 * reaching any host but ours.
 */
export function noOutsideAddress(): Plugin {
  const cleanStyle = (text: string) =>
    text
      .replace(/@font-face\s*\{[^}]*\}/g, (rule) => (/wd-icons|uni-icon/.test(rule) ? '' : rule))
      .replace(/url\(["']?https?:\/\/[^)]*\)/g, 'none')
  return {
    name: 'tejian:no-outside-address',
    enforce: 'post',
    generateBundle(_options, bundle) {
      for (const output of Object.values(bundle)) {
        if (output.type === 'chunk') output.code = output.code.replace(FRAMEWORK_ADDRESS, '')
        else if (typeof output.source === 'string' && /\.(css|wxss)$/.test(output.fileName)) {
          output.source = cleanStyle(output.source)
        }
      }
    }
  }
}
