import type { ChatiqEvents } from '@chatiq/widget';

type Listener = (detail: never) => void;

let listeners: [name: string, listener: Listener][] = [];

export const on = (name: string, listener: Listener) => {
	listeners.push([name, listener]);
};

export const off = (name: string, listener: Listener) => {
	listeners = listeners.filter((it) => it[0] !== name || it[1] !== listener);
};

/** In a task of its own: what the page throws is the page's, and does not stop the widget. */
export const emit = (name: keyof ChatiqEvents, detail?: unknown) =>
	listeners.forEach((it) => it[0] === name && setTimeout(it[1], 0, detail));
