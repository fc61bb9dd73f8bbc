import type { Plugin } from 'vite'

/** Parts of the framework that every build carries unless told otherwise, and that no page of ours uses. */
const UNUSED_FEATURES = {
  // All texts are Chinese.
  __UNI_FEATURE_I18N_EN__: 'false',
  __UNI_FEATURE_I18N_ES__: 'false',
  __UNI_FEATURE_I18N_FR__: 'false',
  __UNI_FEATURE_I18N_ZH_HANT__: 'false',
  // WeChat's script language, and pressing long.
  __UNI_FEATURE_WXS__: 'false',
  __UNI_FEATURE_LONGPRESS__: 'false'
}

/** Constants written onto the classes of the advertisements keep these alive although nobody refers to them. */
const ADVERTISING = /^__publicField\(_Ad(?:Config|Report), [^;]*;$/gm

/**
 * Leaves out of the browser's code what the framework brings along for others: on a slow line a twentieth of a second
 * for every ten kilobytes. The gates of the build say whether a new version of the framework still obeys.
 */
export function leanFramework(): Plugin {
  return {
    name: 'tejian:lean-framework',
    apply: 'build',
    config: () => ({ define: UNUSED_FEATURES }),
    transform(code, id) {
      if (!/@dcloudio\/uni-h5\/dist\/uni-h5\.es\.js$/.test(id)) return null
      return { code: code.replace(ADVERTISING, ''), map: null }
    }
  }
}
