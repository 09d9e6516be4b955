const heldMs = 450;
const slackPx = 10;

/** A finger that rests on a row of the list: `run`, and the click that follows is nobody's. Call the result to stop. */
export function longPress(list: HTMLElement, run: (id: string) => void): () => void {
	let timer: ReturnType<typeof setTimeout> | undefined;
	let start = { x: 0, y: 0 };
	let held = false;
	const stop = new AbortController();
	const { signal } = stop;
	const listen = <Name extends keyof HTMLElementEventMap>(
		name: Name,
		listener: (event: HTMLElementEventMap[Name]) => void
	) => list.addEventListener(name, listener, { signal, capture: true });

	listen('pointerdown', ({ pointerType, target, clientX: x, clientY: y }) => {
		held = false;
		clearTimeout(timer);
		const row = (target as Element)
			.closest('li')
			?.querySelector<HTMLElement>('[data-conversation]');
		const id = row?.dataset['conversation'];
		if (pointerType !== 'touch' || id === undefined) return;
		start = { x, y };
		timer = setTimeout(() => {
			held = true;
			run(id);
		}, heldMs);
	});
	listen('pointermove', ({ clientX: x, clientY: y }) => {
		if (Math.hypot(x - start.x, y - start.y) > slackPx) clearTimeout(timer);
	});
	for (const name of ['pointerup', 'pointercancel'] as const) {
		listen(name, () => clearTimeout(timer));
	}
	// The browser's own menu of a link would come over it.
	listen('contextmenu', (event) => {
		if (held) event.preventDefault();
	});
	listen('click', (event) => {
		if (!held) return;
		held = false;
		event.preventDefault();
		event.stopPropagation();
	});
	return () => {
		clearTimeout(timer);
		stop.abort();
	};
}
