import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import type { RefundView } from './pages/refunds/refund-kinds'
import type { Permission } from './permissions'
import { isIn, learnSession, may, session } from './stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    permission?: Permission
    /** Shown without the frame and without a session. */
    open?: boolean
  }
}

const page = (
  path: string,
  title: string,
  component: RouteRecordRaw['component'],
  permission?: Permission,
  props: boolean = false
): RouteRecordRaw => ({ path, component, props, meta: { title, permission } }) as RouteRecordRaw

/** Money that goes back: one desk for each way it came. */
const desk = (path: string, title: string, view: RefundView): RouteRecordRaw => ({
  path,
  component: () => import('./pages/refunds/refund-desk.vue'),
  props: (to) => ({ id: to.params.id, view }),
  meta: { title, permission: 'refunds.decide' }
})

const routes: RouteRecordRaw[] = [
  {
    path: '/sign-in',
    component: () => import('./pages/sign-in/sign-in.vue'),
    meta: { title: '登录', open: true }
  },
  page('/', '工作台', () => import('./pages/workbench/workbench.vue')),
  page(
    '/remittances/:id?',
    '汇款审核',
    () => import('./pages/remittances/remittances.vue'),
    'remittances.decide',
    true
  ),
  page(
    '/registrations/:id?',
    '注册审核',
    () => import('./pages/registrations/registrations.vue'),
    'registrations.decide',
    true
  ),
  page(
    '/profile_changes/:id?',
    '企业信息变更',
    () => import('./pages/profile-changes/profile-changes.vue'),
    'registrations.decide',
    true
  ),
  page(
    '/qualifications/:id?',
    '制造资质审核',
    () => import('./pages/qualifications/qualifications.vue'),
    'registrations.decide',
    true
  ),
  page(
    '/phone_changes/:id?',
    '更换手机号',
    () => import('./pages/customers/phone-changes.vue'),
    'payers.mend',
    true
  ),
  page('/units', '单位', () => import('./pages/units/units.vue'), 'payers.read'),
  page('/bank', '到账认领', () => import('./pages/bank/bank.vue'), 'bank.read'),
  page('/orders', '订单', () => import('./pages/orders/orders.vue'), 'orders.read'),
  page('/orders/:id', '订单详情', () => import('./pages/orders/order.vue'), 'orders.read', true),
  page('/refunds/:id?', '退款', () => import('./pages/refunds/refunds.vue'), 'refunds.read', true),
  desk('/counter_undos/:id?', '窗口收款撤销', 'window'),
  desk('/line_returns/:id?', '重复转账退回', 'line'),
  desk('/line_return_changes/:id?', '退回变更', 'change'),
  page('/fees', '费用', () => import('./pages/fees/fees.vue'), 'fees.read'),
  page('/credits/:id?', '欠费审批', () => import('./pages/credits/credits.vue'), 'credits.decide', true),
  page('/customers', '客户账号', () => import('./pages/customers/customers.vue'), 'payers.read'),
  page('/arrears', '欠费台账', () => import('./pages/arrears/arrears.vue'), 'arrears.read'),
  page('/invoices', '票据', () => import('./pages/invoices/invoices.vue'), 'invoices.read'),
  page('/reports', '报告', () => import('./pages/reports/reports.vue'), 'reports.read'),
  page(
    '/reconciliation/:on?',
    '对账',
    () => import('./pages/reconciliation/reconciliation.vue'),
    'reconciliation.read',
    true
  ),
  page(
    '/conversations/:id?',
    '客服会话',
    () => import('./pages/conversations/conversations.vue'),
    'threads.answer',
    true
  ),
  page('/account', '服务号运营', () => import('./pages/account/account.vue'), 'content.edit'),
  page('/offices', '网点与电话', () => import('./pages/offices/offices.vue'), 'content.edit'),
  page('/agreements', '协议文本', () => import('./pages/agreements/agreements.vue'), 'content.edit'),
  page('/messages', '消息监控', () => import('./pages/messages/messages.vue'), 'messages.read'),
  page('/integration', '导入与接口', () => import('./pages/integration/integration.vue'), 'integration.read'),
  page('/audit', '审计', () => import('./pages/audit/audit.vue'), 'audit.read'),
  page('/staff', '人员与角色', () => import('./pages/staff/staff.vue'), 'staff.confirm'),
  page(
    '/payee_changes/:id?',
    '收款账户变更',
    () => import('./pages/settings/payee-changes.vue'),
    'payees.decide',
    true
  ),
  page('/settings', '设置', () => import('./pages/settings/settings.vue'), 'settings.read'),
  page('/reviews/:id', '审核', () => import('./pages/reviews/find-review.vue'), undefined, true),
  {
    path: '/channel-events',
    redirect: (to) => ({ path: '/integration', query: { ...to.query, view: 'events' } })
  },
  page('/me', '我的账号', () => import('./pages/me/me.vue')),
  page('/:rest(.*)*', '没有这一页', () => import('./pages/not-found/not-found.vue'))
]

/** Pages; each is loaded when it is first opened. */
export const router = createRouter({
  history: createWebHistory(import.meta.env.BASE_URL),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 }
})

router.beforeEach(async (to) => {
  try {
    await learnSession()
  } catch {
    // The sign-in page says what is wrong with the line, and offers to try again.
  }
  if (to.meta.open) return isIn.value ? String(to.query.return_to ?? '/') : true
  if (!isIn.value) return { path: '/sign-in', query: to.fullPath === '/' ? {} : { return_to: to.fullPath } }
  // Whoever got his password from somebody else, or has used it for too long, chooses another one before anything opens.
  if (session.session.officer?.must_change_password && to.path !== '/me') return '/me'
  return true
})

router.afterEach((to) => {
  const name = session.session.institute_name
  document.title = [to.meta.title, name || '业务台'].filter(Boolean).join(' · ')
})

/** Whether the officer may open the page he is on. */
export const allowed = (permission: Permission | undefined) => may(permission)
