import type { Ledger } from './ledger.ts';

const reportMs = 30_000;
const patienceMs = 300_000;

/** Says how far a long run is. `stalled` rejects when nobody writes any more: a run must not only wait. */
export function watchProgress(
	ledger: Ledger,
	sends: number
): { stalled: Promise<never>; stop: () => void } {
	const { promise: stalled, reject } = Promise.withResolvers<never>();
	let [seen, since] = [0, performance.now()];
	const timer = setInterval(() => {
		const written = ledger.typed.length;
		console.log(`${written} texts written, ${sends} planned`);
		if (written > seen) [seen, since] = [written, performance.now()];
		else if (performance.now() - since > patienceMs)
			reject(new Error(`nobody has written anything for ${patienceMs / 1000} s`));
	}, reportMs);
	return { stalled, stop: () => clearInterval(timer) };
}
