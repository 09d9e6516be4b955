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
			timer = setTimeout(() => {
				settle();
				onlong(element);
			}, longMs);
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
