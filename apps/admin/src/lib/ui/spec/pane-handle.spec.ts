import '../../../app.css';
import { expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import Panes from './Panes.svelte';

const handle = () => page.getByRole('separator', { name: 'Width' });

async function setup(grows: 'right' | 'left' = 'right') {
	const onsettle = vi.fn();
	await render(Panes, { grows, onsettle });
	const is = (width: number) =>
		expect.element(handle()).toHaveAttribute('aria-valuenow', String(width));
	return { onsettle, is };
}

it('is moved by keys, within its limits, and tells each time that it rests', async () => {
	const { is, onsettle } = await setup();
	handle().element().focus();
	await userEvent.keyboard('{ArrowRight}{ArrowRight}{ArrowLeft}');
	await is(216);
	await userEvent.keyboard('{End}{ArrowRight}');
	await is(400);
	await userEvent.keyboard('{Home}{ArrowLeft}');
	await is(100);
	expect(onsettle).toHaveBeenCalledTimes(7);
});

it('grows to the left when the pane is on the right', async () => {
	const { is } = await setup('left');
	handle().element().focus();
	await userEvent.keyboard('{ArrowLeft}');
	await is(216);
});

it('follows a pointer, also beside it, and rests when it is let go; a double click is the way back', async () => {
	const { is, onsettle } = await setup();
	const element = handle().element();
	const at = element.getBoundingClientRect().x;
	const move = (type: string, x: number) =>
		element.dispatchEvent(
			new PointerEvent(type, { clientX: x, clientY: 100, pointerId: 1, bubbles: true })
		);
	const capture = vi.fn();
	element.setPointerCapture = capture;
	move('pointerdown', at);
	move('pointermove', at + 60);
	await is(260);
	expect(capture).toHaveBeenCalledWith(1);
	move('pointermove', at + 900);
	await is(400);
	move('pointerup', at + 900);
	move('pointermove', at);
	await is(400);
	expect(onsettle).toHaveBeenCalledTimes(1);
	await handle().dblClick();
	await is(200);
});
