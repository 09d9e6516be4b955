import { afterEach, expect, it } from 'vitest';
import { StayPut } from '../stay-put.svelte.ts';

const stops: (() => void)[] = [];
afterEach(() => {
	for (const stop of stops.splice(0)) stop();
	document.body.replaceChildren();
});

/** Ten lines of 50 px in 200. */
function list(ends = true) {
	const scroller = document.createElement('div');
	scroller.style.cssText = 'height: 200px; overflow-y: auto; overflow-anchor: none';
	const content = document.createElement('div');
	scroller.append(content);
	document.body.append(scroller);
	const place = new StayPut(() => ends);
	const add = (px = 50) => {
		const line = document.createElement('div');
		line.style.height = `${px}px`;
		content.append(line);
		stops.push(place.line(line));
		return line;
	};
	const lines = Array.from({ length: 10 }, () => add());
	stops.push(place.scroller(scroller));
	scroller.addEventListener('scroll', () => place.scrolled(scroller));
	const under = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
	return { scroller, place, add, lines, under };
}

it('begins at the end, and stays there when a line comes and when its place shrinks', async () => {
	const { scroller, add, under } = list();
	await expect.poll(under).toBe(0);
	expect(scroller.scrollTop).toBe(300);
	add();
	await expect.poll(() => scroller.scrollTop).toBe(350);
	scroller.style.height = '120px';
	await expect.poll(() => scroller.scrollTop).toBe(430);
});

it('does not take what has come below for a move up', async () => {
	const { scroller, place, add, under } = list();
	await expect.poll(under).toBe(0);
	add(500);
	// As for a scroll of before that is told only now.
	place.scrolled(scroller);
	expect(place.atBottom).toBe(true);
	await expect.poll(() => scroller.scrollTop).toBe(800);
});

it('leaves alone who reads further up, whatever comes below or grows above', async () => {
	const { scroller, place, add, lines, under } = list();
	await expect.poll(under).toBe(0);
	scroller.scrollTop = 120;
	await expect.poll(() => place.atBottom).toBe(false);
	const read = lines[3];
	const shownAt = () => read?.getBoundingClientRect().top;
	const before = shownAt();
	add();
	const [first] = lines;
	if (first) first.style.height = '90px';
	await expect.poll(() => scroller.scrollTop).toBe(160);
	expect(shownAt()).toBe(before);
	scroller.scrollTop = 1000;
	await expect.poll(() => place.atBottom).toBe(true);
});

it('does not follow the end of a stretch behind which there is more', async () => {
	const { scroller, add, under } = list(false);
	add();
	await expect.poll(under).toBe(350);
	expect(scroller.scrollTop).toBe(0);
});
