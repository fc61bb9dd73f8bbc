/** As much of the compiler's tree as is looked at here. */
interface TemplateNode {
  type: number
  tag?: string
  tagType?: number
  props?: { type: number; name: string; arg?: { isStatic?: boolean; content?: unknown } }[]
}

/** The compiler's own numbers. */
const ELEMENT = 1
const ATTRIBUTE = 6
const PLAIN_ELEMENT = 0

/** What a view can only do as a component: to answer a finger with a class. */
const NEEDS_COMPONENT = /^hover-/

/**
 * Most of a page are views, and each is a component of the framework that draws one element and is otherwise idle. Where
 * nothing asks for more, the template names that element at once: on a slow phone the page stands there sooner.
 */
export function plainViews(node: unknown): void {
  const view = node as TemplateNode
  if (view.type !== ELEMENT || view.tag !== 'view') return
  const asks = view.props?.some(({ type, name, arg }) => {
    if (type === ATTRIBUTE) return NEEDS_COMPONENT.test(name)
    // A name that is only known later may be any.
    return name === 'bind' && (!arg?.isStatic || NEEDS_COMPONENT.test(String(arg.content)))
  })
  if (asks) return
  view.tag = 'uni-view'
  view.tagType = PLAIN_ELEMENT
}
