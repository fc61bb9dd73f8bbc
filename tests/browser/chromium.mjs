// One headless Chromium for all journeys; every journey has a fresh profile of a phone 390 wide.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from './demo.mjs';

const { chromium } = createRequire(join(ROOT, 'miniprogram/package.json'))('playwright-core');

const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: ARGUMENTS });

/** A profile whose pages report what they must never do: errors in scripts, requests to other hosts. */
export async function profile(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'zh-CN', ...options });
  context.setDefaultTimeout(15_000);
  const complaints = [];
  context.on('weberror', (error) => complaints.push(`script: ${error.error().message}`));
  context.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') complaints.push(`left the house: ${request.url()}`);
  });
  return { context, complaints };
}
