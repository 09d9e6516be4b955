const gestures = ['pointerdown', 'keydown'] as const;
/** Two soft notes, a fourth apart: heard over music, not startling in a quiet room. */
const notes = [
	{ hertz: 660, at: 0 },
	{ hertz: 880, at: 0.14 }
];
const lengthSeconds = 0.5;
const loudness = 0.22;

/** The sound of a notification. Browsers let a page sound only after somebody has clicked or typed in it. */
export class Chime {
	/** Whether the browser lets this tab sound. */
	armed = $state(false);

	readonly #make: () => AudioContext;
	#context: AudioContext | null = null;

	constructor(make: () => AudioContext = () => new AudioContext()) {
		this.#make = make;
	}

	/** Arms itself with the first click or key; call the result to stop. */
	connect(): () => void {
		const stop = new AbortController();
		const options = { signal: stop.signal, passive: true, capture: true };
		for (const gesture of gestures)
			window.addEventListener(gesture, () => void this.arm(), options);
		return () => {
			stop.abort();
			void this.#context?.close();
			this.#context = null;
			this.armed = false;
		};
	}

	/** Only in the middle of a click or a key. */
	async arm(): Promise<void> {
		if (this.armed && this.#context?.state === 'running') return;
		try {
			this.#context ??= this.#make();
			await this.#context.resume();
			this.armed = this.#context.state === 'running';
		} catch (error) {
			console.warn('no sound', error);
			this.armed = false;
		}
	}

	/** Answers whether it could be heard, as far as the browser tells. */
	async play(): Promise<boolean> {
		const context = this.#context;
		if (!context) return false;
		// Phones and sleeping machines suspend it.
		if (context.state !== 'running') await context.resume().catch(() => undefined);
		if (context.state !== 'running') return (this.armed = false);
		for (const { hertz, at } of notes) strike(context, hertz, context.currentTime + at);
		return true;
	}
}

function strike(context: AudioContext, hertz: number, at: number): void {
	const [tone, gain] = [context.createOscillator(), context.createGain()];
	tone.type = 'sine';
	tone.frequency.value = hertz;
	gain.gain.setValueAtTime(0, at);
	gain.gain.linearRampToValueAtTime(loudness, at + 0.015);
	gain.gain.exponentialRampToValueAtTime(0.0001, at + lengthSeconds);
	tone.connect(gain).connect(context.destination);
	tone.start(at);
	tone.stop(at + lengthSeconds);
}
