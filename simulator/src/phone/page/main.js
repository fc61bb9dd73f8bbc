// Two phones and a panel around one state.

import { watch } from '/phone/server.js';
import { Phone } from '/phone/phone.js';
import { Panel } from '/phone/panel.js';

const phones = [
  new Phone(1, document.getElementById('place-1')),
  new Phone(2, document.getElementById('place-2')),
];
const panel = new Panel(document.getElementById('panel'), phones);
let moved = false;

watch(state => {
  // Cookies belong to the host: the page must be on the host that the WeChat browser has.
  const home = new URL(state.base_url);
  if (!moved && location.hostname === 'localhost' && home.hostname === '127.0.0.1') {
    moved = true;
    location.replace(`${location.protocol}//127.0.0.1:${location.port}/`);
    return;
  }
  for (const phone of phones) phone.show(state);
  panel.show(state);
});

for (const tab of document.querySelectorAll('.tabs button')) {
  tab.onclick = () => {
    document.body.dataset.tab = tab.dataset.tab;
    for (const other of document.querySelectorAll('.tabs button')) {
      other.setAttribute('aria-selected', String(other === tab));
    }
  };
}
document.body.dataset.tab = 'phone';
