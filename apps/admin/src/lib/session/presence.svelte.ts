import { createContext } from 'svelte';
import type { OwnPresence } from '@chatiq/contracts/automation';

export type ChosenPresence = OwnPresence['chosen'];

/** Tells the backend how long the operator has done nothing, or what they chose; throws when it does not answer. */
export type ReportPresence = (report: {
	idle_seconds: number;
	chosen?: ChosenPresence;
}) => Promise<OwnPresence>;

/** The backend takes somebody for offline who misses two reports. */
const reportMs = 60_000;
/** Whoever was idle for longer may be away by now, so that the first move is told at once. */
const restedMs = reportMs;

const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'focus'] as const;

/** Whether the operator is online, busy or away: reported while the console is open in any tab. */
export class Presence {
	/** Null until the backend has answered. */
	state = $state.raw<OwnPresence | null>(null);

	readonly #report: ReportPresence;
	#activeAt = Date.now();

	constructor(report: ReportPresence) {
		this.#report = report;
	}

	/** What the account menu marks; online is what everybody begins with. */
	get chosen(): ChosenPresence {
		return this.state?.chosen ?? 'online';
	}

	/** Throws when the backend does not take it: the choice is then what it was. */
	async choose(chosen: ChosenPresence): Promise<void> {
		this.#activeAt = Date.now();
		this.state = await this.#report({ idle_seconds: 0, chosen });
	}

	/** Starts to report; call the result to stop. */
	connect(): () => void {
		const stop = new AbortController();
		const options = { signal: stop.signal, passive: true, capture: true };
		for (const sign of signs) window.addEventListener(sign, () => this.#moved(), options);
		const timer = setInterval(() => void this.tell(), reportMs);
		void this.tell();
		return () => {
			stop.abort();
			clearInterval(timer);
		};
	}

	/** Reports now, as after a sleep; a report that fails is made up for by the next. */
	async tell(): Promise<void> {
		try {
			const idle = Math.min(86_400, Math.floor((Date.now() - this.#activeAt) / 1000));
			this.state = await this.#report({ idle_seconds: idle });
		} catch (error) {
			console.warn('the presence could not be reported', error);
		}
	}

	#moved(): void {
		const rested = Date.now() - this.#activeAt > restedMs;
		this.#activeAt = Date.now();
		if (rested) void this.tell();
	}
}

export const [getPresence, setPresence] = createContext<Presence>();
