import type { Plugin } from 'vite'

/**
 * Takes the framework's and the kit's outside addresses out of what we ship: a picture for the
 * navigation bar's shadow and an icon font. Pages must work without reaching any host but ours.
 */
export function noOutsideAddress(): Plugin {
  const clean = (text: string) =>
    text
      .replace(/@font-face\s*\{[^}]*\}/g, (rule) => (/wd-icons|uni-icon/.test(rule) ? '' : rule))
      .replace(/url\(["']?https?:\/\/[^)]*\)/g, 'none')
  return {
    name: 'tejian:no-outside-address',
    enforce: 'post',
    generateBundle(_options, bundle) {
      for (const output of Object.values(bundle)) {
        if (output.type !== 'asset' || typeof output.source !== 'string') continue
        if (/\.(css|wxss)$/.test(output.fileName)) output.source = clean(output.source)
      }
    }
  }
}
