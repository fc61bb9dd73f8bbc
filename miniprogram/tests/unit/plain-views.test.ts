import { describe, expect, it } from 'vitest'
import { compileTemplate } from 'vue/compiler-sfc'
import { plainViews } from '../../scripts/plain-views'

/** As the framework's build compiles it: to that, a view is a component. */
const compiled = (source: string) =>
  compileTemplate({
    source,
    id: 'page',
    filename: 'page.vue',
    compilerOptions: { nodeTransforms: [plainViews], isNativeTag: () => false }
  }).code

describe('the views of a page in the browser', () => {
  it('are elements at once where they only frame something', () => {
    const code = compiled('<view class="card" :style="look" @click="open"><view>1</view></view>')
    expect(code).not.toContain('_resolveComponent("view")')
    expect(code.match(/"uni-view"/g)).toHaveLength(2)
  })

  it.each([
    ['answers a finger', '<view hover-class="tap-active">1</view>'],
    ['answers a finger sometimes', '<view :hover-class="name">1</view>'],
    ['may be given anything', '<view v-bind="given">1</view>'],
    ['is given a name that is known later', '<view :[name]="value">1</view>']
  ])('stay what the framework makes of them where one %s', (_why, template) => {
    expect(compiled(template)).toContain('_resolveComponent("view")')
  })
})
