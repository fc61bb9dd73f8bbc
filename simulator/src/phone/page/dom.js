// Building parts of pages. Texts are always set as text, never as HTML.

/** h('div.card', {onclick}, 'text', child, …) */
export function h(selector, ...parts) {
  const [tag, ...classes] = selector.split('.');
  const element = document.createElement(tag || 'div');
  if (classes.length) element.className = classes.join(' ');
  for (const part of parts.flat(Infinity)) {
    if (part === null || part === undefined || part === false) continue;
    if (part instanceof Node) element.append(part);
    else if (typeof part === 'object') assign(element, part);
    else element.append(String(part));
  }
  return element;
}

function assign(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith('on') || name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
}

/** An icon from a 24×24 path. */
export function icon(name) {
  const paths = {
    back: 'M15 4 7 12l8 8',
    close: 'M5 5l14 14M19 5 5 19',
    more: 'M5 12h.01M12 12h.01M19 12h.01',
    keyboard: 'M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M18 10h.01M7 14h10',
    menu: 'M4 7h16M4 12h16M4 17h16',
    chat: 'M4 5h16v11H10l-5 4v-4H4z',
    people: 'M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.5-7 8-7s8 3 8 7',
    compass: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM15.5 8.5l-2 5-5 2 2-5z',
    me: 'M12 12a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM3.5 21c.5-5 4-7 8.500-7s8 2 8.500 7',
    scan: 'M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16',
    right: 'M9 5l7 7-7 7',
    finger: 'M6 18c1-3 1-5 1-7a5 5 0 0 1 10 0c0 4-.5 6-1 8M10 20c1-3 1.500-6 1.500-9M13.500 21c.7-3 1-6 1-10a2.500 2.500 0 0 0-5 0c0 3 0 5-1.500 9',
    check: 'M5 12.500l4.500 4.500L19 7.500',
    reload: 'M20 11a8 8 0 1 0-2 6M20 5v6h-6',
  };
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}

/** 126500 → 1,265.00 */
export function yuan(fen) {
  return (fen / 100).toLocaleString('zh-CN', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** Unix seconds → 14:05, or 7月31日 14:05 on another day. */
export function clock(at, now) {
  const beijing = seconds => new Date(seconds * 1000 + 8 * 3600 * 1000);
  const then = beijing(at);
  const today = beijing(now);
  const two = number => String(number).padStart(2, '0');
  const time = `${two(then.getUTCHours())}:${two(then.getUTCMinutes())}`;
  if (then.toISOString().slice(0, 10) === today.toISOString().slice(0, 10)) return time;
  return `${then.getUTCMonth() + 1}月${then.getUTCDate()}日 ${time}`;
}

/** A round picture with the first character that tells people apart, in a colour that belongs to the name. */
export function avatar(name, colour) {
  const colours = ['#5b8ff9', '#61a39b', '#e8964a', '#9270ca', '#d9707f', '#4a9ad4'];
  const sum = [...name].reduce((total, letter) => total + letter.codePointAt(0), 0);
  return h('span.avatar', { style: `background:${colour || colours[sum % colours.length]}` }, [...name.replace(/^测试/, '')][0]);
}
