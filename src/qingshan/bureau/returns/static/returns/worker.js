/* 我的填报断网也打得开：留下最近一次打开的页面和它用的样式、脚本；有网时总是取新的。退出登录或换人就清掉。 */
const KEEP = 'qs-returns-1', HOURS = 12 * 3600 * 1000, PAGE = /\/returns\/mine\/$/;
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (e) => e.waitUntil(self.clients.claim()));
self.addEventListener('message', (e) => {
  if (e.data === 'forget') e.waitUntil(caches.delete(KEEP));
  else if (e.data && e.data.keep) e.waitUntil(Promise.allSettled([page(e.data.keep, e.data.keep), ...e.data.assets.map((one) => asset(one))]));
});
self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== 'GET' || url.origin !== location.origin) return;
  if (e.request.mode === 'navigate' && PAGE.test(url.pathname)) e.respondWith(page(e.request, url.pathname));
  else if (url.pathname.startsWith('/static/')) e.respondWith(asset(e.request));
});
async function page(request, key) {
  const kept = await caches.open(KEEP);
  try {
    const answer = await fetch(request);
    if (answer.redirected || !answer.ok) { if (answer.redirected || answer.type === 'opaqueredirect') await kept.delete(key); return answer; }
    const headers = new Headers(answer.headers); headers.set('X-Kept', String(Date.now()));
    const body = await answer.clone().blob();
    await kept.put(key, new Response(body, { status: 200, headers }));
    return answer;
  } catch (wrong) {
    const old = await kept.match(key);
    if (old && Date.now() - Number(old.headers.get('X-Kept')) < HOURS) return old;
    throw wrong;
  }
}
async function asset(request) {
  const kept = await caches.open(KEEP);
  try {
    const answer = await fetch(request);
    if (answer.ok) await kept.put(request, answer.clone());
    return answer;
  } catch (wrong) {
    const old = await kept.match(request);
    if (old) return old;
    throw wrong;
  }
}
