// A small application: notes down what WeChat sends and answers what the check wants.

import { createServer } from 'node:http';

/** Listens on a free port; `received` grows, `answer` makes the next answers. */
export async function listen() {
  const received = [];
  const application = { received, answer: () => '' };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url, 'http://127.0.0.1');
      const one = { path: url.pathname, query: url.searchParams, headers: request.headers, body: Buffer.concat(chunks).toString() };
      received.push(one);
      response.end(application.answer(one));
    });
  });
  await new Promise(resolve => { server.listen(0, '127.0.0.1', resolve); });
  application.url = `http://127.0.0.1:${server.address().port}`;
  application.close = () => server.close();
  return application;
}
