/** The console's service worker; null where the browser has none, as on an address without TLS. */
export async function serviceWorker(): Promise<ServiceWorkerRegistration | null> {
	if (!('serviceWorker' in navigator)) return null;
	return (await navigator.serviceWorker.getRegistration()) ?? null;
}
