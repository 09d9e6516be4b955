import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import type { DrivenPage } from './driven-page.ts';

const patienceMs = 30_000;

/** The widget as a person has it in a driven browser: everything waits until it is so. */
export class WidgetOnPage {
	readonly page: DrivenPage;

	constructor(page: DrivenPage) {
		this.page = page;
	}

	async goto(url: string): Promise<void> {
		await this.page.goto(url);
		await this.#listen();
	}

	async reload(): Promise<void> {
		await this.page.reload();
		await this.#listen();
	}

	/** What scripts of this origin have thrown on any of its pages. */
	thrown(): Promise<string> {
		return this.page.evaluate(`sessionStorage.thrown ?? ''`);
	}

	/** Runs in the page, on what the widget has drawn; arguments and answer are JSON. */
	inside<Args extends unknown[], Answer>(
		run: (root: ShadowRoot, ...args: Args) => Answer,
		...args: Args
	): Promise<Answer | null> {
		const given = args.map((arg) => `, ${JSON.stringify(arg)}`).join('');
		return this.page.evaluate(
			`((root) => root ? (${run.toString()})(root${given}) : null)(` +
				`document.querySelector('chatiq-widget')?.shadowRoot)`
		);
	}

	async until(what: string, holds: () => Promise<boolean | null>): Promise<void> {
		const deadline = Date.now() + patienceMs;
		while (!(await holds())) {
			assert.ok(Date.now() < deadline, `in vain: ${what}`);
			await pause(50);
		}
	}

	shows(selector: string): Promise<void> {
		return this.until(`${selector} is there`, () =>
			this.inside((root, selector) => root.querySelector(selector) !== null, selector)
		);
	}

	hides(selector: string): Promise<void> {
		return this.until(`${selector} is gone`, () =>
			this.inside((root, selector) => root.querySelector(selector) === null, selector)
		);
	}

	/** What stands in the conversation last, in this order. */
	says(texts: string[]): Promise<void> {
		return this.until(`“${texts.join('”, “')}”`, () =>
			this.inside((root, texts) => {
				const said = [...root.querySelectorAll('.list .bubble-text')].map((it) => it.textContent);
				return said.slice(-texts.length).join('\n') === texts.join('\n');
			}, texts)
		);
	}

	/** As by a finger: on its middle, and only once nothing lies over that. */
	async click(selector: string): Promise<void> {
		let place: { x: number; y: number } | null = null;
		await this.until(`${selector} can be clicked`, async () => {
			place = await this.inside((root, selector) => {
				const target = root.querySelector(selector);
				if (!target) return null;
				const { left, top, width, height } = target.getBoundingClientRect();
				const [x, y] = [left + width / 2, top + height / 2];
				return target.contains(root.elementFromPoint(x, y)) ? { x, y } : null;
			}, selector);
			return place !== null;
		});
		const { x, y } = place as unknown as { x: number; y: number };
		await this.page.clickAt(x, y);
	}

	async open(): Promise<void> {
		await this.click('.bubble');
		await this.focusIsOn('.composer textarea');
	}

	async write(text: string): Promise<void> {
		await this.page.type(text);
		await this.page.press('Enter');
	}

	focusIsOn(selector: string): Promise<void> {
		return this.until(`${selector} has the focus`, () =>
			this.inside((root, selector) => root.activeElement?.matches(selector) ?? false, selector)
		);
	}

	style(selector: string, name: 'backgroundColor'): Promise<string | null> {
		return this.inside(
			(root, selector, name) => {
				const element = root.querySelector(selector);
				return element && getComputedStyle(element)[name];
			},
			selector,
			name
		);
	}

	#listen(): Promise<void> {
		const listen = () => {
			const note = (what: unknown) => {
				sessionStorage['thrown'] = `${sessionStorage['thrown'] ?? ''}${String(what)}\n`;
			};
			addEventListener('error', ({ message }) => note(message));
			addEventListener('unhandledrejection', ({ reason }) => note(reason));
		};
		return this.page.evaluate(`(${listen.toString()})()`);
	}
}
