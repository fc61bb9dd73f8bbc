/** The drawings of the icons on a 24×24 grid: strokes only, drawn in the colour asked for. */
export const SHAPES = {
  alert:
    '<path d="M12 8v5M12 16.5v.2M10.3 3.9 2.4 18a2 2 0 0 0 1.7 3h15.8a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0Z"/>',
  back: '<path d="m15 5-7 7 7 7"/>',
  bell: '<path d="M6 10a6 6 0 1 1 12 0c0 5 2 6.5 2 6.5H4S6 15 6 10ZM10 20a2.2 2.2 0 0 0 4 0"/>',
  building:
    '<path d="M5 21V5a2 2 0 0 1 2-2h7a2 2 0 0 1 2 2v16M16 10h2a1 1 0 0 1 1 1v10M3 21h18M9 8h3M9 12h3M9 16h3"/>',
  check: '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
  circle: '<circle cx="12" cy="12" r="9"/>',
  clock: '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2"/>',
  close: '<path d="m6 6 12 12M18 6 6 18"/>',
  copy: '<rect x="8" y="8" width="12" height="12" rx="2"/><path d="M16 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h2"/>',
  device:
    '<rect x="5" y="3" width="14" height="18" rx="2"/><path d="M12 3v18M8 9l1-1.5L10 9M14 15l1 1.5 1-1.5"/>',
  done: '<circle cx="12" cy="12" r="9"/><path d="m8 12.3 2.8 2.8L16 9.5"/>',
  down: '<path d="m5 9 7 7 7-7"/>',
  download: '<path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14"/>',
  edit: '<path d="M4 20h4L19 9l-4-4L4 16v4ZM13 7l4 4"/>',
  elder: '<circle cx="12" cy="12" r="9"/><path d="M7.5 16 11 8l3.5 8M8.7 13.3h4.6M16 11h3M17.5 9.500v3"/>',
  exit: '<path d="M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M4 12h11M8 8l-4 4 4 4"/>',
  eye: '<path d="M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12Z"/><circle cx="12" cy="12" r="2.800"/>',
  file: '<path d="M6 3h8l5 5v11a2 2 0 0 1-2 2H6a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1ZM14 3v5h5M9 13h6M9 17h4"/>',
  forward: '<path d="m9 5 7 7-7 7"/>',
  home: '<path d="m3 11 9-7 9 7M5.500 9.500V20h13V9.500M10 20v-5h4v5"/>',
  info: '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.500M12 7.500v.2"/>',
  invoice: '<path d="M5 3h14v18l-2.500-1.600L14 21l-2-1.600L10 21l-2.500-1.600L5 21V3ZM9 8h6M9 12h6"/>',
  lock: '<rect x="5" y="11" width="14" height="10" rx="2"/><path d="M8 11V8a4 4 0 1 1 8 0v3"/>',
  mail: '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="m4 7 8 6 8-6"/>',
  message: '<path d="M4 5h16v12H9l-5 4V5ZM8 9.500h8M8 13h5"/>',
  phone:
    '<path d="M6.500 3h3l1.500 5-2.200 1.500a12 12 0 0 0 5.700 5.700L16 13l5 1.500v3a2.500 2.500 0 0 1-2.700 2.500C10.500 19.500 4.500 13.500 4 5.700A2.500 2.500 0 0 1 6.500 3Z"/>',
  plus: '<path d="M12 5v14M5 12h14"/>',
  share:
    '<circle cx="6" cy="12" r="2.500"/><circle cx="17" cy="5.500" r="2.500"/><circle cx="17" cy="18.500" r="2.500"/><path d="m8.300 10.800 6.400-4M8.300 13.200l6.400 4"/>',
  camera:
    '<path d="M4 8h3.500L9 5.500h6L16.500 8H20a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1Z"/><circle cx="12" cy="13" r="3.500"/>',
  bank: '<path d="m3 9 9-5 9 5H3ZM5 9v8M9.500 9v8M14.500 9v8M19 9v8M3 20h18"/>',
  qr: '<path d="M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.500v2.500H14zM19 14v3M17 20h3M14 19.500v.5"/>',
  refresh: '<path d="M20 11a8 8 0 1 0-.8 5M20 5v6h-6"/>',
  search: '<circle cx="11" cy="11" r="6.500"/><path d="m16 16 4.500 4.500"/>',
  shield: '<path d="M12 3 5 6v5c0 5 3 8.500 7 10 4-1.500 7-5 7-10V6l-7-3ZM9 12l2.200 2.200L15.500 10"/>',
  swap: '<path d="M7 4 3.500 7.500 7 11M3.500 7.500H17M17 13l3.500 3.500L17 20M20.500 16.500H7"/>',
  title: '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M7 10h5M7 14h3M15 10h2M15 14h2"/>',
  trash: '<path d="M5 7h14M10 7V4.500h4V7M7 7l1 13h8l1-13"/>',
  user: '<circle cx="12" cy="8" r="4"/><path d="M4 20.500c.8-4 4-6 8-6s7.200 2 8 6"/>',
  wallet:
    '<path d="M4 7a2 2 0 0 1 2-2h11v3M4 7v11a2 2 0 0 0 2 2h13a1 1 0 0 0 1-1V9a1 1 0 0 0-1-1H5a1 1 0 0 1-1-1ZM16 14v.2"/>',
  wechat:
    '<path d="M9.500 4C5.400 4 2 6.700 2 10.100c0 1.900 1.100 3.600 2.800 4.700L4 17l2.700-1.300c.9.2 1.800.4 2.800.4M16 9.500c3.300 0 6 2.200 6 4.900 0 1.500-.8 2.800-2.100 3.700l.6 1.900-2.200-1.100a7.700 7.700 0 0 1-2.300.3c-3.300 0-6-2.200-6-4.900s2.700-4.800 6-4.800ZM7 8.500v.1M12 8.500v.1M14 13.500v.1M18 13.500v.1"/>'
} as const

/** An icon's name. */
export type IconName = keyof typeof SHAPES

/** Colours of icons, equal to the tokens of the same names (an image cannot read CSS variables). */
export const ICON_COLORS = {
  primary: '#0b57b7',
  text: '#16202e',
  muted: '#566173',
  white: '#ffffff',
  success: '#0a7440',
  warning: '#8a4b00',
  danger: '#b9271a'
} as const

/** A colour of an icon. */
export type IconColor = keyof typeof ICON_COLORS

/** The icon as the text of an SVG element that fills the box around it. */
export function iconDrawing(name: IconName, color: IconColor): string {
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="100%" height="100%" display="block" fill="none"' +
    ` stroke="${ICON_COLORS[color]}" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">${SHAPES[name]}</svg>`
  )
}

/** The icon as an address for `background-image`. */
export function iconImage(name: IconName, color: IconColor): string {
  return `url("data:image/svg+xml,${encodeURIComponent(iconDrawing(name, color))}")`
}
