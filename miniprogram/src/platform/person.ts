/** Small things a phone does for the person: call, copy, ask. */

/** Calls a number. */
export function call(phone: string): void {
  uni.makePhoneCall({ phoneNumber: phone.replace(/[^\d+]/g, ''), fail: () => undefined })
}

/** Copies a text and says so. */
export function copy(data: string): void {
  uni.setClipboardData({ data, showToast: false, success: () => say('已复制') })
}

/** A short notice that goes away by itself; only for things that need no answer. */
export function say(title: string): void {
  uni.showToast({ title, icon: 'none', duration: 2500 })
}
