import { request, staffPath, type Query } from './request'
import type { components } from './schema'
import type { Page } from './types'

type Schemas = components['schemas']

/** Short names for the shapes of the unit desk; see `schema.d.ts`. */
export type UnitLine = Schemas['UnitLine']
export type UnitFile = Schemas['UnitFile']
export type UnitMember = Schemas['UnitMember']

/** Units, newest first. */
export const fetchUnits = (query: Query) => request<Page<UnitLine>>('GET', staffPath('/units', query))

/** One unit with its people and papers. */
export const fetchUnit = (id: string) => request<UnitFile>('GET', staffPath(`/units/${id}`))
