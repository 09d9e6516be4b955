import { immutable } from '$app/manifest';
import { self } from '$app/service-worker';
import type { PushedNotification } from '@chatiq/contracts/notifications';

// Nothing private is ever kept: only files of the build, whose names change with their content, and the offline page.
const buildFiles = new Set(immutable.map(({ path }) => `/${path.replace(/^\//, '')}`));
const cacheName = 'chatiq-build';
const offlinePage = '/offline.html';
const icon = '/icons/icon-192.png';

self.addEventListener('install', (event) => {
	event.waitUntil(
		caches
			.open(cacheName)
			.then((cache) => cache.add(new Request(offlinePage, { cache: 'reload' })))
			.then(() => self.skipWaiting())
	);
});

self.addEventListener('activate', (event) => {
	event.waitUntil(Promise.all([forgetOldBuild(), self.clients.claim()]));
});

async function forgetOldBuild(): Promise<void> {
	const cache = await caches.open(cacheName);
	const stale = (await cache.keys()).filter(({ url }) => {
		const { pathname } = new URL(url);
		return pathname !== offlinePage && !buildFiles.has(pathname);
	});
	await Promise.all(stale.map((request) => cache.delete(request)));
}

self.addEventListener('fetch', (event) => {
	const { request } = event;
	const { origin, pathname } = new URL(request.url);
	if (request.method !== 'GET' || origin !== self.location.origin) return;
	if (buildFiles.has(pathname)) event.respondWith(fromBuild(request));
	else if (request.mode === 'navigate') event.respondWith(fromNetwork(request));
});

async function fromBuild(request: Request): Promise<Response> {
	const cache = await caches.open(cacheName);
	const kept = await cache.match(request);
	if (kept) return kept;
	const response = await fetch(request);
	if (response.status === 200) await cache.put(request, response.clone());
	return response;
}

async function fromNetwork(request: Request): Promise<Response> {
	try {
		return await fetch(request);
	} catch (error) {
		const page = await caches.match(offlinePage);
		if (page) return page;
		throw error;
	}
}

self.addEventListener('push', (event) => {
	const pushed = event.data?.json() as PushedNotification | undefined;
	if (!pushed) return;
	const { title, body, tag, path } = pushed;
	event.waitUntil(
		self.registration.showNotification(title, {
			...{ body, tag, icon, badge: icon, data: { path } },
			// A later word of the same wait takes the place of the first, and is heard as well.
			...({ renotify: true } as NotificationOptions)
		})
	);
});

self.addEventListener('notificationclick', (event) => {
	event.notification.close();
	const { path = '/inbox' } = event.notification.data as { path?: string };
	event.waitUntil(open(path));
});

/** A page that has come to life answers at once. */
const answersWithin = 2_000;

/** In a console that is open already, else in a new window. */
async function open(path: string): Promise<void> {
	const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
	const pages = windows.filter(
		({ url }) => !/\/(login|invitation|unsubscribe)\b/.test(new URL(url).pathname)
	);
	// Focus needs a user's gesture, which the click is.
	const there = (await whoGoes(pages, path)) ?? (await self.clients.openWindow(path));
	await there?.focus().catch(() => undefined);
}

/** The page goes there itself, so that what is being written stays; one that does not hear is loading still, or public. */
async function whoGoes(pages: readonly WindowClient[], path: string): Promise<WindowClient | null> {
	for (const page of pages) if (await asked(page, path)) return page;
	return pages[0]?.navigate(path).catch(() => null) ?? null;
}

/** Whether the page says that it goes there. */
function asked(page: WindowClient, path: string): Promise<boolean> {
	return new Promise((resolve) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = () => resolve(true);
		setTimeout(() => resolve(false), answersWithin);
		page.postMessage({ open: path }, [port2]);
	});
}
