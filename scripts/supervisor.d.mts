export type StackMessage =
	| { type: 'step'; name: string; ms: number }
	| { type: 'ready'; url: string; shopUrl: string; publishableKey: string }
	| { type: 'failed'; message: string };

export interface SupervisorOptions {
	node: string;
	main: string;
	/** Of every start. */
	args: string[];
	/** Of the first one alone, such as --reset. */
	firstArgs?: string[];
	port: number;
	onMessage: (message: StackMessage, restart: boolean) => void;
	warn: (text: string) => void;
	/** A stack that served this long was well: its end begins a new count. */
	healthyAfterMs?: number;
	/** In a row, after which it gives up. */
	crashes?: number;
	firstDelayMs?: number;
}

export class Supervisor {
	constructor(options: SupervisorOptions);
	/** The code to exit with, when it is over. */
	run(): Promise<number>;
	/** The first call ends the stack in order, the second at once. */
	stop(signal: NodeJS.Signals): void;
}
