// Works out the small story that stands in the place of the picture puzzle, as people do: what comes counts, what goes is
// taken off, and numbers of lifts, houses and rows do not matter.

const NUMERALS = '零一二三四五六七八九';
const GOES = /出来|花了|领走|送走|拆走/;

function number(words) {
  const [tens, ones] = words.includes('十') ? words.split('十') : ['零', words];
  const digit = (sign, empty) => (sign ? NUMERALS.indexOf(sign) : empty);
  return digit(tens, 1) * 10 + digit(ones, 0);
}

/** The number it asks for. */
export function solve(question) {
  let sum = 0;
  for (const clause of question.split('，')) {
    for (const found of clause.matchAll(/(第?)([零一二三四五六七八九十]+)(号?)/g)) {
      if (found[1] || found[3]) continue;
      const goes = GOES.test(clause.slice(0, found.index).slice(-2));
      sum += goes ? -number(found[2]) : number(found[2]);
    }
  }
  return sum;
}
