// Answers the question in words that stands beside every picture puzzle, as people do: 六十八减去十七等于多少？

const DIGITS = '零一二三四五六七八九';

function number(words) {
  const [tens, ones] = words.includes('十') ? words.split('十') : ['零', words];
  const digit = (sign, empty) => (sign ? DIGITS.indexOf(sign) : empty);
  return digit(tens, 1) * 10 + digit(ones, 0);
}

/** What the sum comes to. */
export function solve(question) {
  const [, left, sign, right] = /([零一二三四五六七八九十]+)(加上|减去)([零一二三四五六七八九十]+)等于/.exec(question);
  return number(left) + (sign === '加上' ? number(right) : -number(right));
}
