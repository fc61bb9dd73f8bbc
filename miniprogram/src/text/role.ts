import type { Role } from '@/api/members'

/** Roles one can give, with what each may do. */
export const ROLES: { role: Role; text: string; note: string }[] = [
  { role: 'finance', text: '财务', note: '查看、缴费、开票、下载报告' },
  { role: 'applicant', text: '报检人', note: '只办理自己手机号报检的' },
  { role: 'viewer', text: '只查看', note: '能看能下载，不能缴费' },
  { role: 'admin', text: '管理员', note: '什么都能办，还能管理成员' }
]

/** What a role may do, in words. */
export const noteOfRole = (role: Role) => ROLES.find((one) => one.role === role)?.note ?? ''
