import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import type { Component } from 'vue'
import { openWith } from './uni-app'

/** Opens a page with a query and waits until it has asked for what it shows. */
export async function visit(page: Component, query: Record<string, string> = {}): Promise<VueWrapper> {
  openWith(query)
  const shown = mount(page, { attachTo: document.body })
  await flushPromises()
  return shown
}

/** Taps the innermost pressable thing that shows (or is labelled with) a text. */
export async function tap(shown: VueWrapper, text: string): Promise<void> {
  const pressable = shown
    .findAll('[role="button"], [role="checkbox"], [role="radio"], [role="tab"], [role="switch"]')
    .filter((one) => one.text().includes(text) || (one.attributes('aria-label') ?? '').includes(text))
  if (pressable.length === 0) throw new Error(`nothing to press says ${text}`)
  await pressable[pressable.length - 1].trigger('click')
  await flushPromises()
}

/** Types into the input with this label. */
export async function type(shown: VueWrapper, label: string, value: string): Promise<void> {
  const input = shown.find(`input[aria-label="${label}"]`)
  input.element.dispatchEvent(new CustomEvent('input', { detail: { value } }))
  await flushPromises()
}
