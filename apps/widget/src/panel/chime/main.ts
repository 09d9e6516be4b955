import type { KeyValue } from '../../core/key-value.ts';

/** Two soft notes: e² and a². */
const notes = [
	{ hz: 659.3, at: 0 },
	{ hz: 880, at: 0.11 }
];
const loudness = 0.12;
const lengthS = 0.35;
const quietMs = 1500;

let audio: AudioContext | null = null;

/** The sound of an answer, made by the browser itself; not twice in a moment, in this or another tab. */
export function ring(storage: KeyValue, key: string): void {
	const now = Date.now();
	if (now - Number(storage.get(key) ?? 0) < quietMs) return;
	storage.set(key, `${now}`);
	const context = (audio ??= new AudioContext());
	void context.resume();
	for (const { hz, at } of notes) sound(context, hz, context.currentTime + at);
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
