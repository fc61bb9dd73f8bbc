import {
  ArrowLeftRight,
  BadgeCheck,
  Banknote,
  Building,
  CalendarCheck2,
  ClipboardCheck,
  ContactRound,
  CreditCard,
  FileBadge2,
  FilePenLine,
  HandCoins,
  Landmark,
  LayoutDashboard,
  MessageSquareText,
  MapPin,
  MessagesSquare,
  ReceiptText,
  ScrollText,
  Settings,
  ShieldCheck,
  Smartphone,
  Undo2,
  UserRoundCheck,
  UsersRound,
  WalletCards
} from '@lucide/vue'
import type { Component } from 'vue'
import type { Permission } from './permissions'

export interface MenuEntry {
  path: string
  title: string
  icon: Component
  permission?: Permission
  /** The desks whose counts stand beside the entry. */
  desks?: string[]
}

/** The side menu; what the officer may not see is left out. */
export const MENU: { title: string; entries: MenuEntry[] }[] = [
  { title: '', entries: [{ path: '/', title: '工作台', icon: LayoutDashboard }] },
  {
    title: '收款',
    entries: [
      {
        path: '/remittances',
        title: '汇款审核',
        icon: ClipboardCheck,
        permission: 'remittances.decide',
        desks: ['remittance']
      },
      {
        path: '/bank',
        title: '到账认领',
        icon: Landmark,
        permission: 'bank.read',
        desks: ['bank', 'bank_transactions']
      },
      { path: '/orders', title: '订单', icon: ScrollText, permission: 'orders.read' },
      {
        path: '/refunds',
        title: '退款',
        icon: Undo2,
        permission: 'refunds.read',
        desks: ['refund', 'counter_undo', 'line_return', 'line_return_change', 'refund_payout']
      },
      { path: '/fees', title: '费用', icon: Banknote, permission: 'fees.read' },
      {
        path: '/credits',
        title: '欠费审批',
        icon: CreditCard,
        permission: 'credits.decide',
        desks: ['credit']
      },
      { path: '/arrears', title: '欠费台账', icon: HandCoins, permission: 'arrears.read' }
    ]
  },
  {
    title: '单位',
    entries: [
      {
        path: '/registrations',
        title: '注册审核',
        icon: UserRoundCheck,
        permission: 'registrations.decide',
        desks: ['registration']
      },
      {
        path: '/profile_changes',
        title: '企业信息变更',
        icon: FilePenLine,
        permission: 'registrations.decide',
        desks: ['profile_change']
      },
      {
        path: '/qualifications',
        title: '制造资质',
        icon: BadgeCheck,
        permission: 'registrations.decide',
        desks: ['qualification']
      },
      { path: '/units', title: '单位', icon: Building, permission: 'payers.read' }
    ]
  },
  {
    title: '票据与报告',
    entries: [
      {
        path: '/invoices',
        title: '票据',
        icon: ReceiptText,
        permission: 'invoices.read',
        desks: ['invoice_failed']
      },
      {
        path: '/reports',
        title: '报告',
        icon: FileBadge2,
        permission: 'reports.read',
        desks: ['voucher', 'posting']
      }
    ]
  },
  {
    title: '服务号',
    entries: [
      {
        path: '/conversations',
        title: '客服会话',
        icon: MessagesSquare,
        permission: 'threads.answer',
        desks: ['conversations']
      },
      { path: '/account', title: '服务号运营', icon: Smartphone, permission: 'content.edit' },
      { path: '/agreements', title: '协议文本', icon: ScrollText, permission: 'content.edit' },
      { path: '/offices', title: '网点与电话', icon: MapPin, permission: 'content.edit' }
    ]
  },
  {
    title: '客户',
    entries: [
      { path: '/customers', title: '客户账号', icon: ContactRound, permission: 'payers.read' },
      {
        path: '/phone_changes',
        title: '更换手机号',
        icon: Smartphone,
        permission: 'payers.mend',
        desks: ['phone_change']
      }
    ]
  },
  {
    title: '核对与监控',
    entries: [
      {
        path: '/reconciliation',
        title: '对账',
        icon: CalendarCheck2,
        permission: 'reconciliation.read',
        desks: ['differences', 'payment_disputes']
      },
      {
        path: '/messages',
        title: '消息监控',
        icon: MessageSquareText,
        permission: 'messages.read',
        desks: ['messages']
      },
      {
        path: '/integration',
        title: '导入与接口',
        icon: ArrowLeftRight,
        permission: 'integration.read',
        desks: ['channel_events', 'webhooks']
      }
    ]
  },
  {
    title: '管理',
    entries: [
      { path: '/audit', title: '审计', icon: ShieldCheck, permission: 'audit.read' },
      {
        path: '/staff',
        title: '人员与角色',
        icon: UsersRound,
        permission: 'staff.confirm',
        desks: ['staff_confirmation']
      },
      {
        path: '/payee_changes',
        title: '收款账户变更',
        icon: WalletCards,
        permission: 'payees.decide',
        desks: ['payee_change']
      },
      { path: '/settings', title: '设置', icon: Settings, permission: 'settings.read' }
    ]
  }
]
