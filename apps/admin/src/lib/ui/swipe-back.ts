import type { Attachment } from 'svelte/attachments';

const farPx = 72;
/** Until here it may still become a scroll or a tap. */
const slackPx = 12;

/** What scrolls sideways itself, or is moved in otherwise, keeps its gesture. */
const ownGesture = 'input, textarea, select, [role="slider"], [role="separator"], dialog';

/**
 * A finger that draws the page to the right leads back, as phones do it; the page follows the finger. The element needs
 * `touch-action: pan-y`, or the browser takes the gesture for its own.
 */
export function swipeBack(back: () => void, wanted: () => boolean): Attachment<HTMLElement> {
	return (element) => {
		let from: { x: number; y: number; id: number } | null = null;
		let moving = false;

		const move = (px: number) => (element.style.translate = px > 0 ? `${px}px` : '');
		const end = (px: number) => {
			from = null;
			if (!moving) return;
			moving = false;
			move(0);
			if (px > farPx) back();
		};

		const stop = new AbortController();
		const on = (type: string, listener: (event: PointerEvent) => void) =>
			element.addEventListener(type, listener as EventListener, { signal: stop.signal });
		on('pointerdown', ({ pointerType, isPrimary, clientX, clientY, pointerId, target }) => {
			const free = !(target instanceof Element && target.closest(ownGesture));
			if (pointerType !== 'touch' || !isPrimary || !free || !wanted()) return;
			from = { x: clientX, y: clientY, id: pointerId };
		});
		on('pointermove', ({ clientX, clientY, pointerId }) => {
			if (from?.id !== pointerId) return;
			const [x, y] = [clientX - from.x, clientY - from.y];
			if (!moving && Math.abs(y) > slackPx && Math.abs(y) > x) from = null;
			else if (moving || x > slackPx) {
				moving = true;
				move(x - slackPx);
			}
		});
		on('pointerup', ({ clientX, pointerId }) => {
			if (from?.id === pointerId) end(clientX - from.x);
		});
		on('pointercancel', () => end(0));
		return () => stop.abort();
	};
}
