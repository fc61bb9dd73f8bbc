import { request, staffPath, type Query } from './request'
import type {
  Followers,
  MenuContent,
  MenuOffice,
  Page,
  RepliesContent,
  RepliesOffice,
  SceneCode,
  SceneKind
} from './types'

/** The menu as it was written last, its versions, and what WeChat shows now. */
export const fetchMenu = () => request<MenuOffice>('GET', staffPath('/account/menu'))
export const keepMenu = (content: MenuContent, note: string) =>
  request<{ number: number }>('POST', staffPath('/account/menu/versions'), { content, note })
/** What a version holds; 0 is the file of the installation. */
export const fetchMenuVersion = (number: number) =>
  request<MenuContent>('GET', staffPath(`/account/menu/versions/${number}`))
/** Makes a version what WeChat shows; an older one is a way back. */
export const pushMenu = (number: number) =>
  request<MenuOffice>('POST', staffPath(`/account/menu/versions/${number}/push`), {})

/** What the account says. */
export const fetchReplies = () => request<RepliesOffice>('GET', staffPath('/account/replies'))
export const keepReplies = (content: RepliesContent, note: string) =>
  request<RepliesOffice>('POST', staffPath('/account/replies/versions'), { content, note })
export const restoreReplies = (number: number) =>
  request<RepliesOffice>('POST', staffPath(`/account/replies/versions/${number}/restore`), {})
export const tryReplies = (content: RepliesContent, text: string) =>
  request<{ text: string; hand_over: boolean }>('POST', staffPath('/account/replies/try'), { content, text })

/** Codes that hang somewhere. */
export const fetchSceneCodes = (query: Query) =>
  request<Page<SceneCode>>('GET', staffPath('/scene-codes', query))
export const makeSceneCode = (code: { kind: SceneKind; name: string; page: string }) =>
  request<SceneCode>('POST', staffPath('/scene-codes'), code)
export const retireSceneCode = (id: string) =>
  request<SceneCode>('POST', staffPath(`/scene-codes/${id}/retire`), {})
export const fetchSceneDays = (id: string) =>
  request<{ items: { on: string; scans: number; follows: number }[] }>(
    'GET',
    staffPath(`/scene-codes/${id}/days`)
  )

export const fetchFollowers = () => request<Followers>('GET', staffPath('/account/followers'))
