/** What the phone keeps for us. Losing any of it is never an error: it is comfort, not truth. */
export function readStored<T>(key: string): T | null {
  try {
    const text = uni.getStorageSync(key) as string
    return text ? (JSON.parse(text) as T) : null
  } catch {
    return null
  }
}

/** Keeps a value under a key; a full or forbidden storage is silently ignored. */
export function store(key: string, value: unknown): void {
  try {
    uni.setStorageSync(key, JSON.stringify(value))
  } catch {
    // Private browsing and full storages refuse; the page works without.
  }
}

/** Forgets one key. */
export function forget(key: string): void {
  try {
    uni.removeStorageSync(key)
  } catch {
    // Nothing was kept, nothing is left.
  }
}

/** Forgets every key that begins with `prefix`. */
export function forgetAll(prefix: string): void {
  try {
    const { keys } = uni.getStorageInfoSync()
    keys.filter((key: string) => key.startsWith(prefix)).forEach((key: string) => forget(key))
  } catch {
    // As above.
  }
}
