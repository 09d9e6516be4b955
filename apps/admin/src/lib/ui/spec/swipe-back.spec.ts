import { expect, it, vi } from 'vitest';
import { swipeBack } from '../swipe-back.ts';

function setup({ wanted = true } = {}) {
	const back = vi.fn();
	const element = document.createElement('section');
	element.innerHTML = '<p>Words</p><textarea></textarea>';
	document.body.replaceChildren(element);
	swipeBack(back, () => wanted)(element);
	const finger = (type: string, [x, y]: [number, number], on: Element, pointerType = 'touch') =>
		on.dispatchEvent(
			new PointerEvent(type, {
				...{ clientX: x, clientY: y, pointerId: 7, pointerType, isPrimary: true, bubbles: true }
			})
		);
	const draw = (way: [number, number][], { on = 'p', by = 'touch', ends = 'pointerup' } = {}) => {
		const target = element.querySelector(on) ?? element;
		const [first, ...rest] = way;
		if (first) finger('pointerdown', first, target, by);
		for (const point of rest) finger('pointermove', point, target, by);
		const last = way.at(-1);
		if (last) finger(ends, last, target, by);
	};
	return { back, element, draw, finger };
}

it('leads back when a finger draws the page to the right', () => {
	const { back, element, draw } = setup();
	draw([
		[20, 300],
		[60, 304],
		[140, 310]
	]);
	expect(back).toHaveBeenCalledOnce();
	expect(element.style.translate).toBe('');
});

it('follows the finger meanwhile', () => {
	const { element, finger } = setup();
	const words = element.querySelector('p') as Element;
	finger('pointerdown', [20, 300], words);
	finger('pointermove', [82, 300], words);
	expect(element.style.translate).toBe('50px');
	finger('pointercancel', [82, 300], words);
	expect(element.style.translate).toBe('');
});

it.each<[string, Parameters<ReturnType<typeof setup>['draw']>]>([
	[
		'a short way',
		[
			[
				[20, 300],
				[60, 300]
			]
		]
	],
	[
		'a scroll',
		[
			[
				[20, 300],
				[24, 340],
				[140, 400]
			]
		]
	],
	[
		'to the left',
		[
			[
				[200, 300],
				[100, 300]
			]
		]
	],
	[
		'a mouse',
		[
			[
				[20, 300],
				[140, 300]
			],
			{ by: 'mouse' }
		]
	],
	[
		'what the browser takes for itself',
		[
			[
				[20, 300],
				[140, 300]
			],
			{ ends: 'pointercancel' }
		]
	],
	[
		'in a field',
		[
			[
				[20, 300],
				[140, 300]
			],
			{ on: 'textarea' }
		]
	]
])('does nothing for %s', (_, args) => {
	const { back, draw } = setup();
	draw(...args);
	expect(back).not.toHaveBeenCalled();
});

it('does nothing where there is no way back', () => {
	const { back, draw } = setup({ wanted: false });
	draw([
		[20, 300],
		[140, 300]
	]);
	expect(back).not.toHaveBeenCalled();
});
