/** Whether the browser can hand a link to another app of the phone. */
export function canShareLink(): boolean {
  let can = false
  // #ifdef H5
  can = typeof navigator.share === 'function'
  // #endif
  return can
}

/** Hands a link to another app; closing the phone's sheet is an answer, not an error. */
export function shareLink(title: string, url: string): void {
  // #ifdef H5
  navigator.share({ title, url }).catch(() => undefined)
  // #endif
  void title
  void url
}
