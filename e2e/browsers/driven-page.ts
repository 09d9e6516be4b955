/** What a walk asks of a browser, whichever protocol drives it. */
export interface DrivenPage {
	goto(url: string): Promise<void>;
	reload(): Promise<void>;
	resize(width: number, height: number): Promise<void>;
	/** The value of an expression in the page, as JSON. */
	evaluate<Answer>(expression: string): Promise<Answer>;
	clickAt(x: number, y: number): Promise<void>;
	type(text: string): Promise<void>;
	press(key: Key): Promise<void>;
	/** Into the one field for files that the widget has. */
	chooseFile(path: string): Promise<void>;
	close(): Promise<void>;
}

export type Key = 'Enter' | 'Escape' | 'Tab';
