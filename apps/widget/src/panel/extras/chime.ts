import type { KeyValue } from '../../core/key-value.ts';

/** Two soft notes: e² and a². */
const notes = [
	{ hz: 659.3, at: 0 },
	{ hz: 880, at: 0.11 }
];
const loudness = 0.12;
const lengthS = 0.35;
const quietMs = 1500;

/** The sound of an answer, made by the browser itself. */
export class Chime {
	readonly #storage: KeyValue;
	readonly #key: string;
	#audio: AudioContext | null = null;

	constructor(storage: KeyValue, key: string) {
		this.#storage = storage;
		this.#key = key;
	}

	/** Silent before the visitor has touched the page, and right after it sounded, in this or another tab. */
	play(): void {
		if (!navigator.userActivation.hasBeenActive) return;
		const now = Date.now();
		if (now - Number(this.#storage.get(this.#key) ?? 0) < quietMs) return;
		this.#storage.set(this.#key, `${now}`);
		const audio = (this.#audio ??= new AudioContext());
		void audio.resume();
		for (const { hz, at } of notes) sound(audio, hz, audio.currentTime + at);
	}
}

function sound(audio: AudioContext, hz: number, at: number): void {
	const tone = new OscillatorNode(audio, { type: 'sine', frequency: hz });
	const volume = new GainNode(audio, { gain: 0 });
	volume.gain.setValueAtTime(0, at);
	volume.gain.linearRampToValueAtTime(loudness, at + 0.015);
	volume.gain.exponentialRampToValueAtTime(0.0001, at + lengthS);
	tone.connect(volume).connect(audio.destination);
	tone.start(at);
	tone.stop(at + lengthS);
}
