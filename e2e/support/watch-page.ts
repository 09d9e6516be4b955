import type { CDPSession, Page } from '@playwright/test';

/** What a page may not suffer from its widget. */
export interface Suffering {
	/** Uncaught errors and rejections, violations of the page's policy. */
	errors: string[];
	/** What the widget has told the developer. */
	said: string[];
}

export async function watchPage(page: Page): Promise<Suffering> {
	const suffering: Suffering = { errors: [], said: [] };
	page.on('pageerror', (error) => suffering.errors.push(error.message));
	page.on('console', (message) => {
		if (message.text().startsWith('[ChatIQ]')) suffering.said.push(message.text());
	});
	await page.exposeFunction('violated', (text: string) => suffering.errors.push(text));
	await page.addInitScript(() => {
		const { violated } = window as unknown as { violated: (text: string) => void };
		addEventListener('securitypolicyviolation', (event) => {
			violated(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`);
		});
	});
	return suffering;
}

/**
 * Notes every global, and every property of every constructor and prototype, before any script of the page;
 * `changedGlobals` then tells what is another one or new.
 */
export async function noteGlobals(page: Page): Promise<void> {
	await page.addInitScript(() => {
		const look = (object: object) => {
			const values = new Map<PropertyKey, unknown>();
			for (const key of Reflect.ownKeys(object)) {
				const found = Reflect.getOwnPropertyDescriptor(object, key);
				values.set(key, found && ('value' in found ? found.value : (found.get ?? found.set)));
			}
			return values;
		};
		const watched: [name: string, object: object][] = [
			...Object.entries({ window, document, navigator, JSON, Math, Reflect }),
			...[...look(window)].flatMap(([name, value]): [string, object][] => {
				if (typeof value !== 'function') return [];
				const { prototype } = value as { prototype?: object };
				return [
					[String(name), value],
					...(prototype ? [[`${String(name)}.prototype`, prototype] as [string, object]] : [])
				];
			})
		];
		const seen = watched.map(([name, object]) => ({ name, object, before: look(object) }));
		const changed = () =>
			seen.flatMap(({ name, object, before }) => {
				const now = look(object);
				return [...new Set([...before.keys(), ...now.keys()])]
					.filter(
						(key) => !Object.is(before.get(key), now.get(key)) || before.has(key) !== now.has(key)
					)
					.map((key) => `${name}.${String(key)}`);
			});
		Object.defineProperty(window, 'changedGlobals', { value: changed, enumerable: false });
	});
}

export const changedGlobals = (page: Page) =>
	page.evaluate(() =>
		(window as unknown as { changedGlobals: () => string[] })
			.changedGlobals()
			.filter((name) => !name.endsWith('.changedGlobals'))
	);

/** What is in the browser's memory for the page, after a collection. */
export async function countMemory(cdp: CDPSession): Promise<{ listeners: number; nodes: number }> {
	await cdp.send('Performance.enable');
	await cdp.send('HeapProfiler.collectGarbage');
	const { metrics } = await cdp.send('Performance.getMetrics');
	const value = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? NaN;
	return { listeners: value('JSEventListeners'), nodes: value('Nodes') };
}

/** Kinds of events that somebody listens to on the window and the document. */
export async function listenersOnPage(cdp: CDPSession): Promise<string[]> {
	const kinds: string[] = [];
	for (const expression of ['window', 'document', 'document.body', 'visualViewport']) {
		const { result } = await cdp.send('Runtime.evaluate', { expression });
		if (result.objectId === undefined) continue;
		const { listeners } = await cdp.send('DOMDebugger.getEventListeners', {
			objectId: result.objectId
		});
		kinds.push(...listeners.map(({ type }) => `${expression} ${type}`));
	}
	return kinds.sort();
}
