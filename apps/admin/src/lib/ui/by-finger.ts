/** Whether a finger is what points here: it hovers over nothing, and hits no small things. */
export const byFinger = (): boolean => matchMedia('(pointer: coarse)').matches;
