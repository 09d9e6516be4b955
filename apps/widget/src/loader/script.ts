/** Only readable while the script runs for the first time; not there where it was imported as a module. */
export const script = (document.currentScript ?? {}) as Partial<HTMLScriptElement>;
