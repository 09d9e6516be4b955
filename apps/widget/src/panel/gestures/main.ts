const longMs = 450;
const slopPx = 10;
const replyPx = 56;
const closePx = 90;

interface MessageGestures {
	onlong: (opener: HTMLElement) => void;
	onswipe: () => void;
}

/** On touch: a long press, or a pull to the side; scrolling stays the browser's. */
export function messageGestures({ onlong, onswipe }: MessageGestures) {
	return (element: HTMLElement): (() => void) => {
		let start: { x: number; y: number } | null = null;
		let timer: ReturnType<typeof setTimeout> | undefined;
		let long = false;
		const end = new AbortController();
		const settle = () => {
			clearTimeout(timer);
			start = null;
			element.style.removeProperty('translate');
		};
		const pulled = ({ clientX }: PointerEvent) => (start ? Math.abs(clientX - start.x) : 0);
		const on = <Name extends keyof HTMLElementEventMap>(
			name: Name,
			listener: (event: HTMLElementEventMap[Name]) => void
		) => element.addEventListener(name, listener, { signal: end.signal });
		on('pointerdown', (event) => {
			if (event.pointerType !== 'touch') return;
			start = { x: event.clientX, y: event.clientY };
			long = false;
			timer = setTimeout(() => {
				settle();
				long = true;
				onlong(element);
			}, longMs);
		});
		// The finger that opened the menu is lifted over it: that is no tap on what lies there.
		on('touchend', (event) => {
			if (long) event.preventDefault();
			long = false;
		});
		on('pointermove', (event) => {
			if (!start) return;
			const moved = Math.max(pulled(event), Math.abs(event.clientY - start.y));
			if (moved > slopPx) clearTimeout(timer);
			const x = Math.max(-replyPx, Math.min(replyPx, event.clientX - start.x));
			if (pulled(event) > slopPx) element.style.setProperty('translate', `${x}px`);
		});
		on('pointerup', (event) => {
			if (pulled(event) >= replyPx) onswipe();
			settle();
		});
		on('pointercancel', settle);
		// The browser's own menu would cover ours.
		on('contextmenu', (event) => {
			if (event.pointerType === 'touch') event.preventDefault();
		});
		return () => {
			settle();
			end.abort();
		};
	};
}

/** Pulling the header down closes the panel, which follows the finger. */
export function pullToClose(header: HTMLElement, enabled: () => boolean, onclose: () => void) {
	const panel = header.parentElement;
	const end = new AbortController();
	const { signal } = end;
	let from: number | null = null;
	const settle = () => {
		from = null;
		panel?.style.removeProperty('translate');
	};
	header.addEventListener(
		'pointerdown',
		({ pointerType, clientY, target }) => {
			const button = (target as Element).closest('button');
			if (pointerType === 'touch' && enabled() && !button) from = clientY;
		},
		{ signal }
	);
	header.addEventListener(
		'pointermove',
		({ clientY }) => {
			if (from === null) return;
			panel?.style.setProperty('translate', `0 ${Math.max(0, clientY - from)}px`);
		},
		{ signal }
	);
	header.addEventListener(
		'pointerup',
		({ clientY }) => {
			const far = from !== null && clientY - from > closePx;
			settle();
			if (far) onclose();
		},
		{ signal }
	);
	header.addEventListener('pointercancel', settle, { signal });
	return () => end.abort();
}

/** Not in every browser, and so not in TypeScript's either. */
interface CloseWatcher {
	onclose: (() => void) | null;
	destroy: () => void;
}

/** Android's “back” takes away what lies on top of the page, as Escape does, and not the page. */
export function goBack(panel: Element, leave: () => void): () => void {
	const { CloseWatcher: Watcher } = window as { CloseWatcher?: new () => CloseWatcher };
	const end = new AbortController();
	let watcher: CloseWatcher | undefined;
	let keyed = false;
	const watch = () => {
		if (!Watcher || end.signal.aborted) return;
		watcher = new Watcher();
		watcher.onclose = () => {
			if (!keyed) leave();
			watch();
		};
	};
	// Where there are keys, Escape is such a wish too, after those who hear the key have granted it.
	const onkeydown = ({ key }: KeyboardEvent) => {
		keyed = key === 'Escape';
		setTimeout(() => (keyed = false));
	};
	panel.addEventListener('keydown', onkeydown as EventListener, {
		capture: true,
		signal: end.signal
	});
	watch();
	return () => {
		end.abort();
		watcher?.destroy();
	};
}
